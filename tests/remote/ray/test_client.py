"""What a worker answers, checked by whoever asked: garbage is a sentence, never a number.

A server of its own says it, no cluster. Leaves out: workers that are right (`test_replicas`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import pytest
from websockets.datastructures import Headers
from websockets.http11 import Response
from websockets.sync.server import ServerConnection, serve

from model_utils import generate, load, score_many
from model_utils.errors import InvalidMessage, ServerGarbled, UnknownToken
from model_utils.remote import retry
from model_utils.remote.ray.messages import Answer, Begin, answer_of, error_of, pack
from model_utils.remote.ray.reading import facts_of
from tests.fakes import BOS, PIECES, FakeLM, known_row
from tests.served import answering

pytestmark = pytest.mark.usefixtures("_no_patience")

FACTS = msgspec.to_builtins(facts_of(FakeLM()), builtin_types=(bytes,))
SIZE = len(PIECES)


@pytest.fixture
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "PATIENCE_SECONDS", 0.5)


@contextmanager
def worker(answers: dict[str, bytes], facts: bytes = msgspec.msgpack.encode(FACTS), status: int = 200) -> Iterator[str]:
    """The address of one that answers so, by path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(facts, 200)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.answer(answers[self.path], status)

        def answer(self, body: bytes, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with answering(Handler) as address:
        yield f"ray:{address}"


GARBLED_FACTS: dict[str, Any] = {
    "nothing": b"",
    "nested without end": b"\x91" * 100_000,
    "no object": pack([1]),
    "no model": pack({**FACTS, "model": None}),
    "a piece less": pack({**FACTS, "pieces": FACTS["pieces"][:-1]}),
    "a piece more": pack({**FACTS, "pieces": [*FACTS["pieces"], b"x"]}),
    "pieces in words": pack({**FACTS, "pieces": ["x"] * SIZE + [7]}),
    "no vocabulary": pack({**FACTS, "vocab_size": 0, "pieces": []}),
    "an end beyond the vocabulary": pack({**FACTS, "end_ids": [SIZE]}),
    "a beginning beyond the vocabulary": pack({**FACTS, "bos_id": SIZE}),
    "a mark beyond the vocabulary": pack({**FACTS, "special": [SIZE]}),
    "a context below 0": pack({**FACTS, "context_length": -1}),
}


@pytest.mark.parametrize("facts", GARBLED_FACTS.values(), ids=GARBLED_FACTS)
def test_a_worker_that_says_what_cannot_be_of_its_model_is_not_used(facts: bytes) -> None:
    with worker({}, facts) as address, pytest.raises(ServerGarbled):
        load(address)


TEXTS = [[BOS, 2, 3], [BOS, 2, 4]]
ROWS: dict[str, bytes] = {
    "nothing": b"",
    "no object": pack([1]),
    "no rows": pack(Answer()),
    "rows of another vocabulary": pack(Answer(shape=[2, 2, SIZE + 1], rows=bytes(8 * 2 * (SIZE + 1)))),
    "a text less": pack(Answer(shape=[1, 2, SIZE], rows=bytes(8 * SIZE))),
    "bytes that are missing": pack(Answer(shape=[2, 2, SIZE], rows=bytes(7))),
    "a shape without end": pack(Answer(shape=[2**40, 2**40, 2**40])),
    "a shape below 0": pack({"shape": [-1], "rows": b""}),
    "a shape of eleven": pack({"shape": [1] * 11, "rows": b"1234"}),
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_rows_of_another_shape_are_refused(rows: bytes) -> None:
    with worker({"/logits": rows}) as address, pytest.raises(ServerGarbled):
        score_many(load(address), TEXTS)


IDS = {"words": pack("x"), "ids beyond the vocabulary": pack([SIZE]), "ids below 0": pack([-1]), "nothing": b""}


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_a_text_is_cut_into_tokens_that_are_there(ids: bytes) -> None:
    with worker({"/encode": ids}) as address, pytest.raises(ServerGarbled):
        load(address).encode("x")


ERRORS: dict[str, tuple[bytes, type[Exception]]] = {
    "that is known": (pack(error_of(UnknownToken(token_id=9, model="fake", last=8))), UnknownToken),
    "of its own": (pack(error_of(InvalidMessage(reason="it is odd"))), InvalidMessage),
    "that is none": (pack(Answer(error="no_such_error")), ServerGarbled),
    "without what it is about": (pack(Answer(error="unknown_token")), ServerGarbled),
    "about something else": (pack(Answer(error="unknown_token", params={"model": "fake", "self": "x"})), ServerGarbled),
    "about a list": (pack({"error": "unknown_token", "params": {"token_id": [1]}}), ServerGarbled),
    "that is not one": (b"<html>", ServerGarbled),
}


@pytest.mark.parametrize(("answer", "error"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_one_that_there_is(answer: bytes, error: type[Exception]) -> None:
    with worker({"/encode": answer}, status=400) as address, pytest.raises(error):
        load(address).encode("x")


@contextmanager
def talker(said: Any) -> Iterator[str]:
    """The address of one that says this of every message, and is right about its model."""

    def talk(connection: ServerConnection) -> None:
        for raw in connection:
            for answer in said(msgspec.msgpack.decode(raw)):
                connection.send(answer)

    def facts(connection: ServerConnection, request: Any) -> Response | None:
        if request.path != "/model":
            return None
        body = msgspec.msgpack.encode(FACTS)
        return Response(200, "OK", Headers({"content-length": str(len(body))}), body)

    with serve(talk, "127.0.0.1", 0, process_request=facts) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ray:http://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()


def rows_of(count: int, more: bool = False) -> bytes:
    return pack(answer_of([known_row([at + 1]) for at in range(count)], more))


TALK: dict[str, Any] = {
    "a text that remembers too much": lambda asked: [pack(Answer(number=99))],
    "no answer at all": lambda asked: [b""],
    "words": lambda asked: ["好き"],
    "an error that is none": lambda asked: [pack(Answer(error="none"))],
    "a row more": lambda asked: [pack(Answer()) if asked["type"] == "Begin" else rows_of(9)],
    "a row less": lambda asked: [pack(Answer()) if asked["type"] == "Begin" else rows_of(1)],
    "rows without end": lambda asked: [pack(Answer())] if asked["type"] == "Begin" else [rows_of(1, True)] * 9,
    "no row and more to come": lambda asked: [pack(Answer() if asked["type"] == "Begin" else Answer(more=True))] * 9,
    "rows of nothing": lambda asked: [pack(Answer() if asked["type"] == "Begin" else Answer(shape=[3, SIZE]))],
}


@pytest.mark.parametrize("said", TALK.values(), ids=TALK)
def test_what_a_worker_says_of_a_text_is_checked(said: Any) -> None:
    with talker(said) as address, pytest.raises(ServerGarbled):
        generate(load(address), [BOS, 2, 3], 2)


def test_begun_texts_name_their_ids() -> None:
    assert msgspec.msgpack.decode(pack(Begin([1, 2]))) == {"type": "Begin", "ids": [1, 2]}
