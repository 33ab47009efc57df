"""`make space` puts the page on Hugging Face Spaces: what it needs, in a form that the hub takes, and nothing else.

Leaves out: the real hub, and its installing of `requirements.txt`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from .served import serve_app
from .space_hub import LARGEST, SpaceHub, needs_lfs, space_hub

ROOT = Path(__file__).resolve().parents[1]
ASKED = ("make", "--old-file=.venv/app", f"BIN={Path(sys.executable).parent}", "space")
LEFTOVER = {".gitattributes": b"*.safetensors filter=lfs\n", "tests/old.py": b"", "page/old.py": b"", "Dockerfile": b""}


def make_space(address: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {"HF_ENDPOINT": address, "HF_TOKEN": "hf_none", "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    quiet = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    options = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 300, "check": False}
    return subprocess.run([*ASKED, *arguments], cwd=ROOT, env=os.environ | own | quiet, **options)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[SpaceHub]]:
    """What the hub holds of a Space that had held something else."""
    with space_hub(dict(LEFTOVER)) as (address, hub):
        done = make_space(address, tmp_path_factory.mktemp("home"), "SPACE=user/name")
        assert done.returncode == 0, done.stdout + done.stderr
        yield hub


def test_a_space_holds_what_the_page_needs_and_nothing_else(space: type[SpaceHub]) -> None:
    needed = ("LICENSE", "requirements.txt", "app.py", "page", "model_utils", "viz", "assets")
    served = (*needed, "README.md", "CONTRIBUTING.md", "docs")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *served]
    names = subprocess.check_output(listed, cwd=ROOT).decode("utf-8").split("\0")
    files = {name: (ROOT / name).read_bytes() for name in names if name and (ROOT / name).exists()}
    files[".gitattributes"] = LEFTOVER[".gitattributes"]
    assert space.files.keys() == files.keys()
    assert space.files == files
    assert space.created["type"] == "space" and space.created["sdk"] == "gradio"


def test_the_command_without_make_uploads_the_same() -> None:
    page = (ROOT / "docs" / "spaces.md").read_text(encoding="utf-8").replace("\\\n", "")
    (line,) = [one for one in page.splitlines() if one.startswith("hf upload ")]
    (asked,) = re.findall(r"^SERVED := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    words = shlex.split(line)
    assert {words[at + 1] for at, word in enumerate(words) if word == "--include"} == set(shlex.split(asked))


def test_large_and_binary_files_go_by_lfs_and_no_others(space: type[SpaceHub]) -> None:
    assert space.large == {name for name, content in space.files.items() if needs_lfs(content, len(content))}
    assert any(len(space.files[name]) > LARGEST for name in space.large)
    assert any(len(space.files[name]) < LARGEST for name in space.large)


def test_the_page_starts_from_what_a_space_holds(space: type[SpaceHub], tmp_path: Path) -> None:
    for name, content in space.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    app = serve_app({"SPACE_ID": "user/name", "TSUZUKI_MODELS": ""}, "health", cwd=tmp_path)
    try:
        page = urllib.request.urlopen(app.url, timeout=20).read().decode("utf-8")
        assert "Tsuzuki" in page and json.load(urllib.request.urlopen(f"{app.url}health", timeout=20))["status"] == "ok"
    finally:
        app.stop()


def test_the_front_matter_asks_for_what_is_pinned() -> None:
    front = yaml.safe_load((ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    pins = dict(
        line.split("==") for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines() if "==" in line
    )
    assert (front["sdk"], front["sdk_version"]) == ("gradio", pins["gradio"])
    assert (ROOT / front["app_file"]).is_file() and tuple(map(int, front["python_version"].split("."))) >= (3, 11)
    assert len(front["short_description"]) <= 60


def test_a_space_without_a_name_is_asked_for_it(tmp_path: Path) -> None:
    done = make_space("http://127.0.0.1:9", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Name the Space: make space SPACE=user/name" in done.stderr and done.stderr.count("\n") == 1
