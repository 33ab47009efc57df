"""How the app ends: when it is told to, also as the first process of a container, and what it says to its visitors."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .served import START_SECONDS, free_port
from .serving.inputs import Attacker

ROOT = Path(__file__).resolve().parents[1]
ALONE = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")
PATIENCE = 30


def can_be_first() -> bool:
    """Whether this machine lets a process be the first of its own."""
    return bool(shutil.which(ALONE[0])) and subprocess.run([*ALONE, "true"], capture_output=True).returncode == 0


@pytest.fixture(params=["alone", "first"] if can_be_first() else ["alone"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A running app, its address, and the process to send a signal to."""
    port = free_port()
    environment = os.environ | {
        "GRADIO_SERVER_PORT": str(port),
        "HF_HUB_OFFLINE": "1",
        "GRADIO_TEMP_DIR": str(tmp_path),
    }
    command = [*(ALONE if request.param == "first" else ()), sys.executable, "app.py"]
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    url, end = f"http://127.0.0.1:{port}/", time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if json.load(urllib.request.urlopen(f"{url}health", timeout=5))["ready"]:
                break
        except OSError:
            assert process.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")
        time.sleep(0.1)
    children = f"/proc/{process.pid}/task/{process.pid}/children"
    number = int(Path(children).read_text(encoding="utf-8").split()[0]) if request.param == "first" else process.pid
    yield process, url, number, tmp_path
    process.kill()
    process.wait(PATIENCE)


def test_told_to_end_it_ends_soon_and_runs_end_with_a_sentence(app: Any) -> None:
    process, url, number, folder = app
    visitor, page, said = Attacker(url), "page", []
    assert visitor.join(visitor.run, ["The old man", 3_000, 1, 0, 1, 0, 1, 0, "small", "en"], page=page) == 200
    following = threading.Thread(target=lambda: said.append(visitor.follow(page)))
    following.start()
    end = time.monotonic() + PATIENCE
    while b"tsuzuki_jobs_begun 1" not in visitor.get("/metrics")[1]:
        assert time.monotonic() < end
        time.sleep(0.02)
    begun = time.monotonic()
    os.kill(number, signal.SIGTERM)
    following.join(PATIENCE)
    assert process.wait(PATIENCE) == 0
    assert time.monotonic() - begun < 9, "a container is killed after ten seconds"
    assert b"being stopped or started anew" in said[0] and b"process_completed" in said[0]
    assert not list(folder.glob("tsuzuki-*"))
    assert "Traceback" not in (folder / "log").read_text(encoding="utf-8")
