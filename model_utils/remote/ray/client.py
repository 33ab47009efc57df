"""`load("ray:http://host:port")`: a model whose rows of logits come from the workers of a Ray cluster.

No text is lost with a worker: another one repeats its passes, and the text continues. Leaves out: the workers
(`worker`), and everything that is computed from the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

import httpx
import msgspec.structs
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from model_utils.errors import ServerGarbled, ServerUnreachable
from model_utils.remote.retry import TIMEOUT_SECONDS, patiently
from model_utils.tokens.vocabulary import Vocabulary, check_text
from model_utils.trace.validate import Wrong

from .messages import (
    IDS,
    LARGEST,
    Advance,
    Answer,
    Asked,
    Begin,
    Facts,
    How,
    Keep,
    Read,
    Rows,
    Text,
    pack,
    unpack,
    width,
)

CLOSE_SECONDS = 1.0
MOST_IDLE = 4

T = TypeVar("T")
LOST = (OSError, WebSocketException, httpx.TransportError, EOFError)


class RemoteLM:
    """The contract of `lm.LM` over a network."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._idle: list[ClientConnection] = []
        self._http = httpx.Client(
            base_url=self.address, timeout=TIMEOUT_SECONDS, headers={"accept-encoding": "identity"}
        )
        with self.garbled():
            facts = unpack(self._ask("GET", "/model"), Facts)
            facts.check()
            spelling = facts.spelling()
        self.model, self.revision = facts.model, facts.revision
        self.vocab_size, self.context_length = facts.vocab_size, facts.context_length
        self.bos_id, self.end_ids = facts.bos_id, frozenset(facts.end_ids)
        self.rescales_beyond = facts.rescales_beyond
        self.vocabulary = Vocabulary(facts.model, facts.vocab_size, spelling, facts.special, facts.changes_texts)

    def encode(self, text: str) -> list[int]:
        return self._cut(text, "encode")

    def encode_on(self, text: str, behind: Sequence[int] = ()) -> list[int]:
        return self._cut(text, "encode_on", behind)

    def encode_chat(self, text: str) -> list[int]:
        return self._cut(text, "encode_chat")

    def session(self, ids: Sequence[int] = ()) -> RemoteSession:
        return RemoteSession(self, list(ids))

    def logits(self, batch: Sequence[Sequence[int]]) -> Rows:
        raw = self._ask("POST", "/logits", pack([list(ids) for ids in batch]))
        with self.garbled():
            return unpack(raw, Answer).array(len(batch), width(batch), self.vocab_size)

    @contextmanager
    def garbled(self) -> Iterator[None]:
        """Raises ServerGarbled in place of Wrong."""
        try:
            yield
        except Wrong as wrong:
            raise ServerGarbled(address=self.address, reason=wrong) from None

    def connection(self) -> ClientConnection:
        """An idle connection, or a new one: consecutive texts stay with one worker."""
        if self._idle:
            return self._idle.pop()
        socket = self.address.replace("http", "ws", 1) + "/text"
        return connect(
            socket, max_size=LARGEST, proxy=None, legacy=True, open_timeout=TIMEOUT_SECONDS, close_timeout=CLOSE_SECONDS
        )

    def give_back(self, socket: ClientConnection, is_clean: bool) -> None:
        """A connection that its text is done with; `is_clean` where nothing more is to come on it."""
        if is_clean and len(self._idle) < MOST_IDLE:
            self._idle.append(socket)
        else:
            socket.close()

    def lose(self, socket: ClientConnection) -> None:
        """A lost connection; those that are idle are most likely lost with it."""
        for lost in [socket, *self._idle]:
            lost.close()
        self._idle.clear()

    def patiently(self, work: Callable[[], T]) -> T:
        """The result of `work`, retried while nobody answers. Raises ServerUnreachable."""
        return patiently(work, LOST, self.address)

    def _cut(self, text: str, how: How, behind: Sequence[int] = ()) -> list[int]:
        check_text(text)
        with self.garbled():
            ids: list[int] = unpack(self._ask("POST", "/encode", pack(Text(text, how, list(behind)))), IDS)
            if not all(0 <= token_id < self.vocab_size for token_id in ids):
                raise Wrong("it cuts a text into tokens that are not there")
        return ids

    def _ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        status, raw = self.patiently(partial(self._request, method, path, body))
        if status == 400:
            with self.garbled():
                unpack(raw, Answer).result()
        if not 200 <= status < 300:
            raise ServerUnreachable(address=self.address)
        return raw

    def _request(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        with self._http.stream(method, path, content=body) as answer:
            if answer.status_code >= 500:
                raise ConnectionError(f"status {answer.status_code}")
            raw = bytearray()
            for part in answer.iter_raw():
                raw += part
                if len(raw) > 2 * LARGEST:
                    raise ServerGarbled(address=self.address, reason=f"it is larger than {2 * LARGEST} bytes")
            return answer.status_code, bytes(raw)


class RemoteSession:
    """`lm.Session` over a connection, with all requests so far, so that another worker can take over."""

    def __init__(self, lm: RemoteLM, ids: list[int]) -> None:
        self._lm = lm
        self._ids = ids
        self._past: list[Read | Advance] = []
        self._socket: ClientConnection | None = None
        self._came = 0
        """Number of answers received to a message with more to come."""
        self._known = len(ids)
        self._known = lm.patiently(self._begin)
        self.length = self._known

    def __del__(self) -> None:
        if self._socket:
            self._lm.give_back(self._socket, is_clean=not self._came)

    def read(self, ids: Sequence[int]) -> Iterator[Rows]:
        """Read on, a part of the ids at a time, as the worker's model has it."""
        asked, number, left = Read(list(ids)), 0, len(ids)
        while left:
            answer = self._lm.patiently(partial(self._answer, asked, number))
            count = answer.shape[0] if answer.shape else 0
            with self._lm.garbled():
                rows = answer.array(count, self._lm.vocab_size)
                if not 0 < count <= left or answer.more != (count < left):
                    raise Wrong("it has not as many rows as the text has tokens")
            number, left = number + 1, left - count
            if not left:
                self._note(asked, len(ids))
            yield rows

    def advance(self, parents: Sequence[int], ids: Sequence[int]) -> Rows:
        asked = Advance(list(parents), list(ids))
        answer = self._lm.patiently(partial(self._answer, asked))
        with self._lm.garbled():
            rows = answer.array(len(ids), self._lm.vocab_size)
        self._note(asked, 1)
        return rows

    def keep(self) -> None:
        """The worker may cache the text; its cache is lost with it."""
        with suppress(*LOST):
            if self._socket:
                self._tell(Keep())

    def _note(self, asked: Read | Advance, tokens: int) -> None:
        self._past.append(asked)
        self.length += tokens

    def _begin(self) -> int:
        """Give the text to a worker. Returns the length of its cached prefix."""
        self._socket = self._lm.connection()
        number = self._tell(Begin(self._ids[: self._known])).number
        if number > self._known:
            raise ServerGarbled(address=self._lm.address, reason="it remembers more of a text than there is")
        return number

    def _begin_again(self) -> None:
        """Repeat all passes so far, so that the next rows are the same to the last bit."""
        remembered = self._begin()
        before = [Read(self._ids[remembered : self._known])] if remembered < self._known else []
        for asked in [*before, *self._past]:
            self._tell(msgspec.structs.replace(asked, wanted=False))

    def _answer(self, asked: Read | Advance, number: int = 0) -> Answer:
        """The answer of this number to a message, which is sent anew where the worker is gone."""
        if not self._socket:
            self._begin_again()
        if not self._came:
            self._send(asked)
        answer = self._receive()
        while self._came and self._came <= number:
            answer = self._receive()
        return answer

    def _tell(self, asked: Asked) -> Answer:
        self._send(asked)
        return self._receive()

    def _send(self, asked: Asked) -> None:
        with self._losing() as socket:
            socket.send(pack(asked))

    def _receive(self) -> Answer:
        with self._losing() as socket:
            raw = socket.recv(TIMEOUT_SECONDS, decode=False)
        with self._lm.garbled():
            answer = unpack(raw, Answer).result()
        self._came = self._came + 1 if answer.more else 0
        return answer

    @contextmanager
    def _losing(self) -> Iterator[ClientConnection]:
        """The connection, as long as it holds."""
        assert self._socket
        try:
            yield self._socket
        except LOST:
            self._lm.lose(self._socket)
            self._socket, self._came = None, 0
            raise
