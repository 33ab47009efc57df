"""The code blocks of the README and of the pages in `docs`, and servers that are started by one of their lines.

Leaves out: which of them run where (`test_readme`, `fresh_clone`).
"""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

from .served import START_SECONDS

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
_PAGE_AT = re.compile(r"the page is at (http://[^\s\"]+)")


class Block(NamedTuple):
    language: str
    text: str
    place: str
    """The page and the line at which it begins."""


def pages(root: Path = ROOT) -> list[Path]:
    """The README, and then what it has no room for."""
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def blocks(root: Path = ROOT) -> list[Block]:
    """Every code block, page by page and from top to bottom; one that is indented has no language."""
    found = [(page, one) for page in pages(root) for one in MarkdownIt().parse(page.read_text(encoding="utf-8"))]
    codes = [(page, one) for page, one in found if one.type in ("fence", "code_block")]
    return [Block(one.info, one.content, f"{page.name}:{(one.map or [0])[0] + 1}") for page, one in codes]


def commands(block: Block) -> list[str]:
    """The lines of a shell, those with a backslash at the end joined to the next."""
    return [line for line in re.sub(r"\\\n\s*", "", block.text).splitlines() if line.strip()]


@contextmanager
def page_of(
    command: str, folder: Path, environment: Mapping[str, str], seconds: float = START_SECONDS
) -> Iterator[str]:
    """The address of the page that a line of a Markdown page serves, from its log. The line ends with its context."""
    asked = ["bash", "-c", command]
    with (folder / "page.log").open("w+", encoding="utf-8") as log:
        server = subprocess.Popen(asked, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            yield _address(server, folder / "page.log", seconds)
        finally:
            server.terminate()  # Bash has become the line's own program, and make ends what it has started.
            server.wait(60)


def _address(server: subprocess.Popen[bytes], log: Path, seconds: float) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        said = _PAGE_AT.search(log.read_text(encoding="utf-8"))
        if said and is_ready(said[1]):
            return said[1]
        time.sleep(0.2)
    raise AssertionError(f"no page was served: {log.read_text(encoding='utf-8')[-2_000:]}")


def is_ready(address: str) -> bool:
    """Whether the app answers there, with its default model in memory."""
    try:
        return bool(json.load(urllib.request.urlopen(f"{address}/health", timeout=5))["ready"])
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
