"""What would stop the others, or stay for good: one small request of each kind, to send as often as one likes.

Leaves out: what each is answered (`test_hostile_http`), and what it costs the others (`tests/benchmarks/hostile`).
"""

from __future__ import annotations

import base64
import http.client
import json
import random
import socket
import string
import uuid
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 60.0
EXAMPLE = Path(__file__).resolve().parents[2] / "assets" / "examples" / "coffee.json"
GOOD = ["Hello", 3, 0, 0, 1, 0, 1, 0, "small", "en"]
JSON = {"content-type": "application/json"}


class Attacker:
    """Whoever has read the page's configuration."""

    def __init__(self, url: str) -> None:
        self.where = urlsplit(url).netloc
        config = json.loads(self.get("/config")[1])
        ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
        events = config["dependencies"]
        buttons = {part["id"] for part in config["components"] if part["type"] == "uploadbutton"}
        self.run = self._event(events, ids["run"], "click")
        self.answers = self._event(events, ids["answers-run"], "click")
        self.ask = self._event(events, ids["player"], "ask")
        self.recall = next(one["id"] for one in events if any(name == "recall" for _, name in one["targets"]))
        self.opening = next(one["id"] for one in events if buttons & set(one["inputs"][:1]))

    @staticmethod
    def _event(events: list[Any], component: int, name: str) -> int:
        return next(one["id"] for one in events if one["backend_fn"] and [component, name] in map(list, one["targets"]))

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        return self._request("GET", path, None, headers)

    def post(self, path: str, body: bytes, headers: dict[str, str] = JSON) -> tuple[int, bytes]:
        """The status and the answer; 0 where the connection was closed before all was sent."""
        with suppress(BrokenPipeError, ConnectionResetError):
            return self._request("POST", path, body, headers)
        return 0, b""

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        with closing(http.client.HTTPConnection(self.where, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def join(self, event: int, data: list[Any], event_data: Any = None, page: str = "") -> int:
        asked = {"fn_index": event, "data": data, "event_data": event_data, "session_hash": page or uuid.uuid4().hex}
        return self.post("/gradio_api/queue/join", json.dumps(asked).encode())[0]

    def follow(self, page: str, end: bytes = b"close_stream") -> bytes:
        """All that a page is sent, up to this."""
        with closing(http.client.HTTPConnection(self.where, timeout=PATIENCE)) as connection:
            connection.request("GET", f"/gradio_api/queue/data?session_hash={page}")
            answer, said = connection.getresponse(), b""
            while end not in said and (line := answer.readline()):
                said += line
            return said

    def run_to_end(self, prompt: str) -> bytes:
        page = uuid.uuid4().hex
        assert self.join(self.run, [prompt, *GOOD[1:]], page=page) == 200
        return self.follow(page)


def wrong_types(attacker: Attacker, at: int) -> None:
    """Megabytes of the wrong type, which would come back in the refusal."""
    bodies = {
        "/gradio_api/cancel": b'{"session_hash":[' + b"{}," * 1_300_000 + b"{}]}",
        "/gradio_api/reset": b'{"event_id":[' + b"[]," * 1_000_000 + b"[]]}",
        "/gradio_api/queue/join": b'{"data":{"a":[' + b"{}," * 120_000 + b"{}]}}",
    }
    path = list(bodies)[at % len(bodies)]
    attacker.post(path, bodies[path])


def unfollowed_answers(attacker: Attacker, at: int) -> None:
    """A link of many branches, whose answer nobody fetches."""
    attacker.join(attacker.recall, ["small", "en"], linked(151))


def linked(branches: int) -> dict[str, Any]:
    one = {"ids": [1, 40, 50, 60], "end": "given", "given": [3], "candidates": 100}
    return {"model": "small", "revision": "", "current": 0, "list": [one] * branches}


def foreign_files(attacker: Attacker, at: int) -> None:
    """A file that is to be fetched from another server."""
    path = f"http://127.0.0.1:9/{at}.json"
    file = {"path": path, "url": path, "orig_name": "a.json", "meta": {"_type": "gradio.FileData"}}
    page = uuid.uuid4().hex
    if attacker.join(attacker.opening, [file, "en"], page=page) == 200:
        attacker.follow(page)


def long_keys(attacker: Attacker, at: int) -> None:
    """Much that is remembered of a request beside its answer."""
    trace = json.loads(EXAMPLE.read_bytes())
    asked = {"branch": "b", "model": "small", "revision": trace["revision"], "ids": [0], "of": f"{at} " + "x" * 300_000}
    page = uuid.uuid4().hex
    if attacker.join(attacker.ask, [1, 0, 0, 1, 0, 1, 0, "small", "en"], asked, page) == 200:
        attacker.follow(page)


def left_work(attacker: Attacker, at: int) -> None:
    """Minutes of work, and away."""
    rng = random.Random(at)
    spellings = [[" ".join(rng.choices(string.ascii_lowercase, k=12)) for _ in range(10)] for _ in range(10)]
    page = uuid.uuid4().hex
    if (
        attacker.join(attacker.answers, ["It is", "\n".join(map(" / ".join, spellings)), "small", "en"], page=page)
        == 200
    ):
        attacker.follow(page, b"process_starts")


def aborted_files(attacker: Attacker, at: int) -> None:
    """Half of a file, and away; every other one whole, and never opened."""
    is_whole = at % 2
    part = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.json"\r\n\r\n' + b"x" * 300_000
    end = b"\r\n--x--\r\n"
    length = len(part) + (len(end) if is_whole else 1_000_000)
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {attacker.where}\r\nContent-Length: {length}\r\n"
    sent = head.encode() + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + part + (end if is_whole else b"")
    with closing(_socket(attacker)) as connection, suppress(OSError):
        connection.sendall(sent)
        if is_whole:
            connection.recv(100)


def half_headers(attacker: Attacker, at: int) -> None:
    """A request that never ends to begin. Kept open until two hundred others are."""
    connection = _socket(attacker)
    with suppress(OSError):
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {attacker.where}\r\nX-{at}: ".encode())
    _open.append(connection)
    for each in _open[:-200]:
        each.close()
    del _open[:-200]


_open: list[socket.socket] = []


def _socket(attacker: Attacker) -> socket.socket:
    host, _, port = attacker.where.partition(":")
    return socket.create_connection((host, int(port)), PATIENCE)


def many_branches(attacker: Attacker, at: int) -> None:
    """Branches that each say to go on behind all steps of the first, to be saved as a page."""
    attacker.post("/save", json.dumps({"view": "branches", "value": joined_branches(300), "language": "en"}).encode())


def joined_branches(count: int) -> dict[str, Any]:
    trace = json.loads(EXAMPLE.read_bytes())
    steps = len(trace["steps"])
    empty = {**trace, "context": [], "steps": [], "after": {"branch": 0, "steps": steps}}
    rows = [{"name": "a", "from": 0, "trace": trace}]
    rows += [{"name": "a", "from": steps, "trace": empty} for _ in range(count)]
    return {"schema": trace["schema"], "current": 0, "branches": rows, "search": None}


def long_numbers(attacker: Attacker, at: int) -> None:
    """A number of a tail that goes on for three hundred thousand bytes."""
    value = joined_branches(0)
    boxes = base64.b64encode(b"\xff" * 300_000 + b"\x01").decode()
    value["branches"][0]["trace"]["steps"][0]["tail"] = {"shift": 0.0, "boxes": boxes}
    attacker.post("/save", json.dumps({"view": "branches", "value": value, "language": "en"}).encode())


INPUTS: dict[str, Callable[[Attacker, int], object]] = {
    "wrong_types": wrong_types,
    "many_branches": many_branches,
    "unfollowed_answers": unfollowed_answers,
    "long_numbers": long_numbers,
    "foreign_files": foreign_files,
    "long_keys": long_keys,
    "left_work": left_work,
    "aborted_files": aborted_files,
    "half_headers": half_headers,
}
