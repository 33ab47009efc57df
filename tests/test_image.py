"""What the Dockerfile puts into the image is enough to serve the page, for a user without rights.

Its own lines are followed: the files it copies, its environment, its command and its health check. Leaves out: the base
image, and installing packages into it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from .served import START_SECONDS, free_port

ROOT = Path(__file__).resolve().parents[1]
NOBODY = 65534


def lines(instruction: str) -> list[str]:
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    return re.findall(rf"^{instruction} +(.+)$", text, re.MULTILINE)


def copied(into: Path) -> None:
    """Every `COPY FROM… TO`, as an image has it."""
    for line in lines("COPY"):
        *sources, target = [word for word in shlex.split(line) if not word.startswith("--")]
        for source in sources:
            place = into / (Path(source).name if target == "." else target)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, place)


def run_as_nobody(command: str, folder: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    python, *arguments = json.loads(command)
    assert python == "python"
    return subprocess.Popen([sys.executable, *arguments], cwd=folder, env=environment, **nobody())


@cache
def nobody() -> dict[str, Any]:
    """What makes a process that of a user without rights: where this one may do so, and that user reach Python."""
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    try:
        return user if subprocess.run([sys.executable, "-c", "import torch"], **user).returncode == 0 else {}
    except PermissionError:
        return {}


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may read; pytest's own are its user's alone."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


def test_the_image_serves_the_page_and_its_user_has_no_rights(place: Path) -> None:
    assert lines("USER") and not {"root", "0"} & set(lines("USER"))
    home, folder = place / "home", place / "app"
    home.mkdir()
    home.chmod(0o777)
    folder.mkdir()
    copied(folder)
    port = free_port()
    image = dict(word.split("=", 1) for line in lines("ENV") for word in shlex.split(line))
    environment = os.environ | image | {"HOME": str(home), "HF_HUB_OFFLINE": "1", "GRADIO_SERVER_PORT": str(port)}
    environment["PATH"] = os.environ["PATH"]
    health = lines("HEALTHCHECK")[0].partition("CMD ")[2].replace("7860", str(port))
    server = run_as_nobody(lines("CMD")[0].removeprefix("CMD "), folder, environment)
    try:
        end = time.monotonic() + START_SECONDS
        while run_as_nobody(health, folder, environment).wait() and time.monotonic() < end:
            assert server.poll() is None, "the app has ended"
            time.sleep(0.5)
        while not json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5))["ready"]:
            assert time.monotonic() < end, "the embedded model is not loaded"
            time.sleep(0.2)
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).read().decode()
        assert "Tsuzuki" in page
    finally:
        server.terminate()
        server.wait(60)
