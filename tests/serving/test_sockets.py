"""A server of its own: connections that ask for nothing, or take nothing, are closed; and there are never too many."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from model_utils.serving.http import sockets
from model_utils.serving.http.sockets import Timed

ROOT = Path(__file__).resolve().parents[2]
LARGE = 20_000_000


async def here(request: Request) -> Response:
    return PlainTextResponse("x" * (LARGE if request.url.path == "/large" else 1))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(sockets, "HEADER_SECONDS", 0.4)
    monkeypatch.setattr(sockets, "TAKING_SECONDS", 0.4)
    monkeypatch.setattr(sockets, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(Timed, "most", 20)
    app = Starlette(routes=[Route("/{path:path}", here)])
    made = uvicorn.Server(uvicorn.Config(app, port=0, http=Timed, log_level="critical"))
    thread = threading.Thread(target=made.run)
    thread.start()
    while not made.started:
        time.sleep(0.01)
    yield made
    made.should_exit = True
    made.force_exit = True
    thread.join()


def connect(server: Any, sent: bytes = b"") -> socket.socket:
    made = socket.create_connection(server.servers[0].sockets[0].getsockname(), timeout=5)
    made.sendall(sent)
    return made


def is_open(connection: socket.socket, seconds: float = 0.0) -> bool:
    time.sleep(seconds)
    connection.setblocking(False)
    try:
        return bool(connection.recv(1))
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False


WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("half", [b"", b"GET", WHOLE[:-2], WHOLE + b"GET / HT"])
def test_headers_that_do_not_come_are_not_waited_for(server: Any, half: bytes) -> None:
    with closing(connect(server, half)) as connection:
        time.sleep(0.1)
        if half.startswith(WHOLE):
            assert connection.recv(1_000).startswith(b"HTTP/1.1 200")
        assert is_open(connection)
        assert not is_open(connection, 1.0)


def test_headers_that_drip_are_not_waited_for(server: Any) -> None:
    with closing(connect(server, WHOLE[:-2])) as connection, pytest.raises((BrokenPipeError, ConnectionResetError)):
        for _ in range(40):
            time.sleep(0.05)
            connection.sendall(b"X: 1\r\n")


def test_who_keeps_a_connection_for_the_next_request_has_it(server: Any) -> None:
    with closing(connect(server)) as connection:
        for _ in range(3):
            connection.sendall(WHOLE)
            assert connection.recv(1_000).startswith(b"HTTP/1.1 200")
            time.sleep(0.2)


def test_an_answer_that_nobody_takes_is_let_go_of(server: Any) -> None:
    connection = connect(server, WHOLE.replace(b"/ ", b"/large "))
    with closing(connection):
        time.sleep(2)
        assert not [one for one in server.server_state.connections if one.transport.get_write_buffer_size()]


def test_of_too_many_connections_those_go_that_asked_for_nothing(server: Any) -> None:
    idle = [connect(server) for _ in range(19)]
    with closing(connect(server, WHOLE)) as busy:
        assert busy.recv(1_000).startswith(b"HTTP/1.1 200")
        more = [connect(server) for _ in range(15)]
        time.sleep(0.1)
        assert is_open(busy) and not any(map(is_open, idle[:10]))
        assert len(server.server_state.connections) <= 20
        for each in (*idle, *more):
            each.close()


def test_as_many_descriptors_are_asked_for_as_the_system_allows() -> None:
    script = (
        "import resource; from model_utils.serving.http.sockets import raise_descriptors;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]));"
        "print(raise_descriptors(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    raised, now = map(int, done.stdout.split())
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = sockets.DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, sockets.DESCRIPTORS)
    assert raised == now == wanted
