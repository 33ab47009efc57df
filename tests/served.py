"""Servers of their own for tests and benchmarks: a process on a free port, until it answers and until it is over; or a
handler in a thread of this process.

Leaves out: what they serve.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 120
APP = ("app.py",)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def answering(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve this handler in a thread; gives its address, without a slash at its end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Served:
    """A Python process that answers at `url`; it may be killed and started again at the same address.

    `environment` is added to this process's own, `options` are those of Popen.
    """

    def __init__(
        self, command: Sequence[str], port: int, environment: dict[str, str], path: str = "", **options: Any
    ) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self._start = [sys.executable, *command]
        self._environment, self._path, self._options = environment, path, options
        self.start()

    def start(self) -> None:
        """Start, and wait for an answer. A port just used may not be free yet: then another process tries."""
        end = time.monotonic() + START_SECONDS
        self._spawn()
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(self.url + self._path, timeout=5).read()
                return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.02)
            if self.process.poll() is not None:
                time.sleep(1)
                self._spawn()
        self.process.kill()
        raise RuntimeError(f"{' '.join(self._start)} was not served within {START_SECONDS} s")

    def _spawn(self) -> None:
        environment = {**os.environ, **self._environment}
        self.process = subprocess.Popen(self._start, env=environment, **{"cwd": ROOT, **self._options})

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


def serve_app(environment: dict[str, str] | None = None, path: str = "", **options: Any) -> Served:
    """The page, without a hub."""
    port = free_port()
    own = {"GRADIO_SERVER_PORT": str(port), "HF_HUB_OFFLINE": "1"}
    return Served(APP, port, own | (environment or {}), path, **options)


def serve_replicas(count: int, model: str = "small") -> Served:
    """A model, if not the embedded one, on so many workers of a Ray cluster of its own."""
    port = free_port()
    quiet = {"PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    return Served(["-m", "tests.remote.ray.cluster", str(port), str(count), model], port, quiet, "model")
