"""Cache of compressed responses that are the same for all: the page, and its scripts.

Gradio makes the page anew for each visitor, and compresses each script each time: if a class opens it at once, the last
would wait for a minute. A browser never asks again for `lasting` responses, so their addresses have one content for
ever. Leaves out: access (`guard`), and one visitor's own responses.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple
from weakref import WeakValueDictionary

import brotli
from cachetools import LRUCache
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .anywhere import ASKED_AS

PAGES = ("/", "/config", "/gradio_api/info", "/theme.css", "/gradio_api/theme.css")
FOR_EVER = "public, max-age=31536000, immutable"
MOST_BYTES = 64 * 10**6

_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=5),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}
_TEXT = re.compile(r"text/|application/(javascript|json)|image/svg")


class Answer(NamedTuple):
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class Packed:
    """ASGI middleware. `lasting` is a pattern of the paths whose answers never change."""

    def __init__(self, app: ASGIApp, lasting: str) -> None:
        self._app = app
        self._lasting = re.compile(lasting)
        self._kept: LRUCache[tuple[object, ...], Answer] = LRUCache(MOST_BYTES, lambda answer: len(answer.body))
        self._filling: WeakValueDictionary[tuple[object, ...], asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_alike(scope):
            answer = await self._once(scope)
            # Outer middleware may write into the headers.
            await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
            await send({"type": "http.response.body", "body": answer.body})
        else:
            await self._app(scope, receive, send)

    def _is_alike(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET" or "range" in Headers(scope=scope):
            return False
        return scope["path"] in PAGES or self._lasting.fullmatch(scope["path"]) is not None

    async def _once(self, scope: Scope) -> Answer:
        accepted = Headers(scope=scope).get("accept-encoding", "")
        encoding = next((name for name in _PACKERS if name in accepted), "")
        is_page = scope["path"] in PAGES
        place = (scope["path"], encoding)
        if found := self._kept.get(place):
            return found
        asked = {**scope, **ASKED_AS, "query_string": b"", "extensions": {}}
        async with self._filling.setdefault(place, asyncio.Lock()):
            if found := self._kept.get(place):
                return found
            answer = await self._answer(asked, encoding, {} if is_page else {"cache-control": FOR_EVER})
            if answer.status == 200:
                self._kept[place] = answer
            return answer

    async def _answer(self, asked: Scope, encoding: str, lasting: dict[str, str]) -> Answer:
        """The app's whole answer, compressed. It is for all, so it is finished even if this visitor has gone."""
        said: list[Message] = []
        questions: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def ask() -> Message:
            return questions.pop() if questions else await asyncio.Future()

        async def hear(message: Message) -> None:
            said.append(message)

        await self._app(asked, ask, hear)
        start, *parts = said
        headers = MutableHeaders(raw=list(start["headers"]))
        body = b"".join(part.get("body", b"") for part in parts)
        if _TEXT.match(headers.get("content-type", "")):
            headers.add_vary_header("accept-encoding")
            if encoding:
                headers["content-encoding"] = encoding
                body = await asyncio.to_thread(_PACKERS[encoding], body)
        headers["content-length"] = str(len(body))
        if start["status"] == 200:
            headers.update(lasting)
        return Answer(start["status"], tuple(headers.raw), body)
