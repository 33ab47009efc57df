"""The bodies of requests: whole, in time, small, and of the shape that the page sends, before anybody else reads them.

A refusal is a sentence of ours: nothing of the request is sent back or logged. Leaves out: files (`uploads`), which
come in parts and go to a disk.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..rates import address_of

MOST_AT_ONCE = 64 * 10**6
"""Bytes of bodies that are arriving or being read, together, and of one address half of them."""
LARGE = 100_000
"""A body of more bytes is read beside the event loop."""


class Refused(Exception):
    """A request that is answered with a status and a sentence, and goes no further."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Kind(NamedTuple):
    """Limits of a path's JSON: its bytes, its lists and objects, and its seconds to arrive."""

    most_bytes: int
    most_parts: int
    seconds: float
    read: Callable[[bytes], bytes] = bytes
    """Gives the body to pass on. Raises ValueError (as msgspec.ValidationError is) if it is not the page's."""


def typed(shape: type[msgspec.Struct]) -> Callable[[bytes], bytes]:
    """JSON of this shape, without anything beyond it.

    Read by `json`, as Gradio will: half a surrogate pair, which a person may well paste, is a character to it.
    """

    def read(raw: bytes) -> bytes:
        return json.dumps(msgspec.to_builtins(msgspec.convert(json.loads(raw), shape))).encode()

    return read


class Bodies:
    """ASGI middleware. `kinds` gives the limits of each path; other paths are passed on unchanged."""

    def __init__(self, app: ASGIApp, kinds: Mapping[str, Kind]) -> None:
        self._app, self._kinds = app, kinds
        self._arriving: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = self._kinds.get(scope.get("path", "").rstrip("/"))
        if kind is None or scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            _check_headers(scope, kind)
            async with self._read(scope, receive, kind) as body:
                await self._app(_of_length(scope, len(body)), _handing_on(body, receive), send)
        except Refused as refused:
            await PlainTextResponse(str(refused), refused.status)(scope, receive, send)

    @asynccontextmanager
    async def _read(self, scope: Scope, receive: Receive, kind: Kind) -> AsyncIterator[bytes]:
        """The body as it is handed on. What arrives counts until it has been answered."""
        address, counted, raw = address_of(scope.get("client")), 0, bytearray()
        try:
            async with asyncio.timeout(kind.seconds):
                async for chunk in _chunks(receive):
                    raw += chunk
                    if len(raw) > kind.most_bytes:
                        raise Refused(413, "Too large")
                    counted += len(chunk)
                    self._arriving[address] += len(chunk)
                    if self._arriving.total() > MOST_AT_ONCE or self._arriving[address] > MOST_AT_ONCE // 2:
                        raise Refused(503, "Too much is arriving at once: wait a moment")
            yield await _handed_on(bytes(raw), kind)
        except TimeoutError:
            raise Refused(408, "The request took too long to arrive") from None
        finally:
            self._arriving[address] -= counted
            if not self._arriving[address]:
                del self._arriving[address]


def _check_headers(scope: Scope, kind: Kind) -> None:
    headers = Headers(scope=scope)
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > kind.most_bytes:
        raise Refused(413, "Too large")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(415, "The app reads no packed requests")
    # Any page may send forms to another site; a browser sends JSON to another only with its consent.
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "The app reads JSON here")


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "The request ended before it was whole")
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


async def _handed_on(raw: bytes, kind: Kind) -> bytes:
    # Counted before anything is made of them: each takes some hundred bytes. A bracket in a string counts, too.
    if raw.count(b"[") + raw.count(b"{") > kind.most_parts:
        raise Refused(413, "Too large")
    try:
        return await asyncio.to_thread(kind.read, raw) if len(raw) > LARGE else kind.read(raw)
    except (ValueError, TypeError, RecursionError):
        raise Refused(400, "The app cannot read this request") from None


def _of_length(scope: Scope, length: int) -> Scope:
    headers = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding")]
    return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}


def _handing_on(body: bytes, receive: Receive) -> Receive:
    """Gives the body at once, and later the visitor's disconnect."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return messages.pop() if messages else await receive()

    return received
