"""`python app.py …` as one types it: served where it was asked for, or one sentence."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from page.serving.address import PORT, free_port, url

from ..served import START_SECONDS
from ..served import free_port as any_port

ROOT = Path(__file__).resolve().parents[2]
BARE = r"""
import runpy, sys
sys.path[:] = [path for path in sys.path if "site-packages" not in path]
sys.argv = ["app.py", *sys.argv[1:]]
runpy.run_path("app.py", run_name="__main__")
"""
"""The app in a Python without packages."""
OLD = """
import sys
sys.version_info = (3, 10, 4)
from page.command import read
read([])
"""


def app(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return python("app.py", *arguments, **environment)


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, *arguments]
    options = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 60, "check": False}
    return subprocess.run(asked, cwd=ROOT, env={**os.environ, **environment}, **options)


@contextmanager
def taken(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A port at which somebody else listens."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((host, port))
        other.listen()
        yield other.getsockname()[1]


def test_help_names_the_options_and_the_command_and_serves_nothing() -> None:
    for asked in ("--help", "-h"):
        done = app(asked)
        assert (done.returncode, done.stderr) == (0, "")
        assert all(word in done.stdout for word in ("--host", "--port", "python app.py export --help"))


MISTAKES = {
    ("exprot",): "There is no command exprot. Did you mean export?",
    ("Export", "--prompt", "a", "x.html"): "There is no command Export. Did you mean export?",
    ("serve",): "There is no command serve. There is export.",
    ("--port", "7871", "export"): "export stands first: python app.py export …",
    ("--port", "7871", "now"): "“now” is one word too many.",
    ("--prot", "7871"): "There is no option --prot. Did you mean --port?",
    ("--hots=0.0.0.0",): "There is no option --hots. Did you mean --host?",
    ("--server-port", "7871"): "There is no option --server-port. ",
    ("-p", "7871"): "There is no option -p. There is --help, --host, --port.",
    ("--share",): "There is no option --share. There is --help, --host, --port.",
    ("--port",): "argument --port: expected one argument",
    ("--port", "0"): "a port is a whole number from 1 to 65535, not 0",
    ("--port", "65536"): "a port is a whole number from 1 to 65535, not 65536",
    ("--port", "78.5"): "a port is a whole number from 1 to 65535, not 78.5",
    ("--port", "９"): "a port is a whole number from 1 to 65535, not ９",
    ("--port", "9" * 5000): "a port is a whole number from 1 to 65535, not 9",
}


@pytest.mark.parametrize(("asked", "sentence"), MISTAKES.items(), ids=[" ".join(asked)[:30] for asked in MISTAKES])
def test_what_is_mistyped_is_refused_in_a_sentence(asked: tuple[str, ...], sentence: str) -> None:
    done = app(*asked)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr.splitlines()[-1] and done.stderr.startswith("usage: python app.py")


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1", "http://127.0.0.1", "a" * 300])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    done = app("--host", host)
    assert done.returncode == 1 and done.stderr.startswith(f"{host} is no address of this machine.")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("TSUZUKI_TOKENS", "1.5", "TSUZUKI_TOKENS is “1.5” in the environment; it must be a whole number"),
        ("TSUZUKI_TOKENS", "0", "TSUZUKI_TOKENS is “0” in the environment; it must be a whole number"),
        ("TSUZUKI_CHARACTERS", "many", "TSUZUKI_CHARACTERS is “many” in the environment; it must be a whole number"),
        ("TSUZUKI_RATE", "often", "TSUZUKI_RATE is “often” in the environment; it must be a rate"),
        ("GRADIO_SERVER_PORT", "http", "a port is a whole number from 1 to 65535, not http"),
        ("GRADIO_SERVER_NAME", "nowhere.invalid", "nowhere.invalid is no address of this machine."),
    ],
)
def test_an_environment_that_cannot_be_is_one_sentence(name: str, value: str, sentence: str) -> None:
    done = app(**{name: value})
    assert done.returncode in (1, 2) and sentence in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("asked", [(), ("--help",), ("export", "--prompt", "a", "page.html")])
def test_a_python_without_the_packages_is_told_where_they_are(asked: tuple[str, ...]) -> None:
    done = python("-c", BARE, *asked)
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith(f"{sys.executable} lacks packages that Tsuzuki needs (gradio, ")
    assert "Run `make app` once, then `source .venv/bin/activate`" in done.stderr


def test_a_python_that_is_too_old_is_told_which_is_needed() -> None:
    done = python("-c", OLD)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{sys.executable} is Python 3.10; Tsuzuki needs 3.11 or newer.")


def test_a_port_that_was_asked_for_is_that_port_or_none() -> None:
    with taken() as port:
        for asked, environment in ((("--port", str(port)), {}), ((), {"GRADIO_SERVER_PORT": str(port)})):
            done = app(*asked, **environment)
            assert done.returncode == 1 and done.stderr.count("\n") == 1
            assert done.stderr.startswith(f"Port {port} is in use by another program.")


def test_the_first_free_port_is_taken_where_none_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("page.serving.address.PORT", first := any_port())
    with taken(port=first):
        assert first < free_port("127.0.0.1", None) < first + 100
    assert free_port("127.0.0.1", None) == first
    monkeypatch.setattr("page.serving.address.TRIED", 1)
    with taken(port=first), pytest.raises(SystemExit, match=f"Ports {first} to {first} are all in use"):
        free_port("127.0.0.1", None)


def test_a_port_that_a_server_has_just_left_is_free() -> None:
    with taken() as port, socket.create_connection(("127.0.0.1", port)):
        pass
    assert free_port("127.0.0.1", port) == port


@pytest.mark.parametrize(
    ("host", "opened"),
    [("127.0.0.1", "http://127.0.0.1:7"), ("0.0.0.0", "http://127.0.0.1:7"), ("::1", "http://[::1]:7")],
)
def test_the_address_that_is_told_can_be_opened(host: str, opened: str) -> None:
    assert url(host, 7) == opened


def test_a_log_is_json_from_its_first_line_on_and_says_where_the_page_is() -> None:
    port = any_port()
    asked = [sys.executable, "app.py", "--port", str(port)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    with subprocess.Popen(asked, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        end = time.monotonic() + START_SECONDS
        while not ready(port) and time.monotonic() < end and server.poll() is None:
            time.sleep(0.2)
        server.terminate()
        out, log = server.communicate(timeout=60)
    lines = [json.loads(line) for line in log.decode("utf-8").splitlines()]
    assert out == b"" and re.search(rf"http://127\.0\.0\.1:{port}\b", lines[0]["message"])


def ready(port: int) -> bool:
    import urllib.request

    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(json.load(answer)["ready"])
    except OSError:
        return False


def test_the_first_port_is_the_one_in_the_readme() -> None:
    assert f"http://127.0.0.1:{PORT}" in (ROOT / "README.md").read_text(encoding="utf-8")
