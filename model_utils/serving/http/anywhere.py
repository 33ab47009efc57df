"""Removes the server's address from the page, so that one page serves all: each browser finds it itself.

Gradio writes the requested address into the page, and a client can invent a new one each time. Leaves out: caching the
page (`response_cache`).
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE = "/"
ADDRESS = b"http://localhost"
ASKED_AS = {"headers": [(b"host", b"localhost")], "scheme": "http", "server": ("localhost", 80)}
"""The address of all requests to Gradio for a page."""
_ROOT = re.compile(rb'("root":|const root = )"' + re.escape(ADDRESS) + rb'/?"(?=[,;}])')
_HERE = rb'\1new URL(".",location.href).href.replace(/\\/$/,"")'


class Anywhere:
    """ASGI middleware, inside the guard, which hashes the scripts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PAGE or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        begun: list[Message] = []
        page = bytearray()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            page.extend(message.get("body", b""))
            if not message.get("more_body"):
                found = _ROOT.sub(_HERE, bytes(page))
                (start,) = begun
                MutableHeaders(raw=start["headers"])["content-length"] = str(len(found))
                await send(start)
                await send({"type": "http.response.body", "body": found})

        await self._app({**scope, **ASKED_AS}, receive, sent)
