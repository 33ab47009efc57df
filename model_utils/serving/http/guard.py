"""The gate between the network and the app: only the page's own requests pass, within bounds.

A visitor may open the page, ask for its jobs, and hand in a file; every other path is not there. The browser is told to
run no script but those the page came with. Leaves out: which models and how much text a job may have (`limits`).
"""

from __future__ import annotations

import asyncio
import base64
import errno
import hashlib
import logging
import re
from collections.abc import Iterable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..logs import place_of
from ..rates import Rate, address_of
from .bodies import Refused

log = logging.getLogger("tsuzuki")

BODY_SECONDS = 60.0
"""A request whose body takes longer to arrive holds a place for nothing."""

_READ = re.compile(
    r"/|/config|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json|/pwa_icon(/\d+)?|/(assets|static|svelte)/.+"
    r"|/gradio_api/(theme\.css|info|app_id|startup-events|heartbeat/[\w-]{1,64}|queue/data|upload_progress)"
    r"|/health|/metrics"
)
_WRITE = re.compile(r"/gradio_api/(queue/join|upload|cancel|reset)/?|/lesson|/save")
_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)

_ALWAYS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Guard:
    """ASGI middleware. `files` are the paths of files that may be read.

    `largest` bounds a request's body in bytes; `rate`, such as ``300/second``, how often one address may ask for work.
    """

    def __init__(self, app: ASGIApp, files: Iterable[str], largest: int, rate: str) -> None:
        self._app = app
        self._files = frozenset(files)
        self._largest = largest
        self._rate = Rate(rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refusal = await self._refusal(scope)
            if refusal:
                await refusal(scope, receive, send)
            else:
                await self._let_in(scope, receive, send)

    async def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        path, is_write = scope["path"], scope["method"] == "POST"
        if scope["method"] not in ("GET", "HEAD", "POST"):
            return PlainTextResponse("Method not allowed", 405)
        if path not in self._files and not (_WRITE if is_write else _READ).fullmatch(path):
            return PlainTextResponse("Not found", 404)
        if is_write and not await self._rate.admits(address_of(scope.get("client"))):
            return PlainTextResponse("Too many requests: wait a moment", 429)
        if _length(scope) > self._largest:
            return PlainTextResponse("Too large", 413)
        return None

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive, self._largest)
        answer = _Answer(send)
        try:
            await self._app(scope, body.receive if scope["method"] == "POST" else receive, answer.send)
        except Exception as error:
            refused = error if isinstance(error, Refused) else _refusal_of(error)
            if refused is not error:
                log.warning("%s %s: %s", scope["method"], scope["path"], place_of(error))
            if answer.has_begun:
                raise
            await PlainTextResponse(str(refused), refused.status)(scope, receive, send)


def _refusal_of(error: Exception) -> Refused:
    """Gradio fails on requests that the page would not make; their senders learn no more."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Refused(507, "The disk of this machine is full")
    return Refused(400, "The app cannot read this request")


class _Body:
    """A request's body as it arrives, counted and timed."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self._receive, self._left, self._is_whole = receive, largest, False
        self._deadline = asyncio.get_running_loop().time() + BODY_SECONDS

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise Refused(408, "The request took too long to arrive") from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise Refused(413, "Too large")
        self._is_whole = not message.get("more_body", False)
        return message


class _Answer:
    """An answer with its headers. A page is held back until it is whole: its policy names the scripts in it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._page = b""
        self.has_begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            message = {**message, "headers": [*message["headers"], *_ALWAYS.items()]}
            if dict(message["headers"]).get(b"content-type", b"").startswith(b"text/html"):
                self._start = message
                return
        elif self._start:
            self._page += message.get("body", b"")
            if message.get("more_body"):
                return
            policy = (b"content-security-policy", _policy(self._page))
            await self._send({**self._start, "headers": [*self._start["headers"], policy]})
            message = {"type": "http.response.body", "body": self._page}
        await self._send(message)


def _policy(page: bytes) -> bytes:
    """Gradio makes functions of the text of its events, so `unsafe-eval`; inline, no script runs but the page's own.

    Any deck may show the page in a frame. So there is no `frame-ancestors`: even its ``*`` stands for addresses of a
    network alone, and keeps the page out of a deck that was opened from a file, and of an editor's preview.
    """
    scripts = dict.fromkeys(map(_hash, _SCRIPT.findall(page)))
    parts = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", "'unsafe-eval'", *scripts]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items()).encode()


def _hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def _length(scope: Scope) -> int:
    """The `content-length` of a request, or 0 if it is no number."""
    said = dict(scope["headers"]).get(b"content-length", b"0")
    return int(said) if said.isdigit() else 0
