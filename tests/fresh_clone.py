"""The README and `docs` on a fresh clone: their lines as they stand, in order, with each Python that is named.

    python -m tests.fresh_clone python3.11 python3.12 python3.13

Each gets a clone of the newest commit and an environment of its own, of up to 6 GB, both removed afterwards. Prints
the time of each line, or the reason for leaving it out; the exit code is 1 if a line failed. Leaves out: Windows.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .readme import ROOT, Block, blocks, commands, page_of
from .space_hub import space_hub

LEFT_OUT = {
    "make test": "runs by itself, for an hour",
    "docker ": "needs Docker",
    "hf auth ": "needs an account",
    "vllm ": "is another program",
    "serve run ": "fetches a model from the hub",
    "python -m model_utils.training ": "takes hours",
}
INSTALL_SECONDS = 3600.0


class Clone:
    """A clone in a folder, and the shell in which the lines of its pages run."""

    def __init__(self, folder: Path, python: str) -> None:
        self.place = folder / "clone"
        subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{ROOT}", self.place], check=True)
        found = shutil.which(python)
        assert found, f"there is no {python}"
        script = folder / "bin" / "python3"  # The Makefile's `python3` is this one.
        script.parent.mkdir()
        script.write_text(f'#!/bin/sh\nexec {found} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        path = f"{script.parent}:{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_XET": "1"}
        self.activated = ""

    def run(self, block: Block) -> Iterator[tuple[str, str]]:
        """Each line of a block, and what became of it."""
        if block.language == "python":
            (self.place / "block.py").write_text(block.text, encoding="utf-8")
            yield "(the Python block)", self.outcome("python block.py")
        elif block.language == "sh":
            for line in commands(block):
                yield line, self.outcome(line)

    def outcome(self, line: str) -> str:
        reason = next((why for start, why in LEFT_OUT.items() if line.startswith(start)), None)
        if reason:
            return f"left out: {reason}"
        begun = time.monotonic()
        try:
            self.try_line(line)
        except (AssertionError, OSError) as error:
            return f"FAILED: {error}"
        return f"{time.monotonic() - begun:.0f} s"

    def try_line(self, line: str) -> None:
        if line.startswith("source "):
            self.activated += f"{line}\n"
        if re.match(r"make app|(\w+=\S+ )*python app\.py\b(?! export)", line):
            with page_of(self.activated + line, self.place, self.environment, INSTALL_SECONDS) as address:
                assert "Tsuzuki" in urllib.request.urlopen(address, timeout=20).read().decode("utf-8")
        elif re.match(r"hf |make space", line):
            with space_hub({}) as (address, _):
                self.shell(line, HF_ENDPOINT=address, HF_TOKEN="hf_none", HF_HUB_OFFLINE="0")
        else:
            self.shell(line)

    def shell(self, line: str, **own: str) -> None:
        asked = ["bash", "-euc", self.activated + line]
        environment = {**self.environment, **own}
        done = subprocess.run(asked, cwd=self.place, env=environment, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2_000:]


def try_python(python: str) -> bool:
    """Whether no line failed."""
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        clone = Clone(Path(folder), python)
        shutil.copy(clone.place / "assets" / "examples" / "beam_ja.json", clone.place / "branches.json")
        for block in blocks(clone.place):
            for line, outcome in clone.run(block):
                print(f"{python}: {line}\n    {outcome}", flush=True)
                failed |= outcome.startswith("FAILED")
                if line.startswith("make app"):
                    print(f"    .venv takes {size_of(clone.place / '.venv') / 1e9:.1f} GB", flush=True)
    return not failed


def size_of(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.lstat().st_size
    return total


if __name__ == "__main__":
    sys.exit(1 if [python for python in sys.argv[1:] if not try_python(python)] else 0)
