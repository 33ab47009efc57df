"""Sentences for browsers in which Gradio never starts: without scripts, or in a frame without an origin.

Gradio inserts given HTML by its own script, so middleware inserts these lines into the page that is sent.
Leaves out: the page itself.
"""

from __future__ import annotations

from html import escape

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model_utils.asset_folder import ASSETS
from viz import LANGUAGES, words
from viz.pages.export import json_for_script

FILE = "/origin.js"
_SCRIPT = ASSETS / "page" / "origin.js"


def script() -> bytes:
    said = {language: words(language)["page.no_origin"] for language in LANGUAGES}
    return f"window.TsuzukiNoOrigin = {json_for_script(said)};\n{_SCRIPT.read_text(encoding='utf-8')}".encode()


def _lines(file: str) -> bytes:
    said = "".join(f'<p lang="{language}">{escape(words(language)["page.no_scripts"])}</p>' for language in LANGUAGES)
    return f'<script src="{file}"></script><noscript>{said}</noscript>'.encode()


class Opening:
    """ASGI middleware. `file` is the address of `script`, relative to the page."""

    def __init__(self, app: ASGIApp, file: str) -> None:
        self._app, self._lines = app, _lines(file)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"], scope["path"]) != ("GET", "/"):
            await self._app(scope, receive, send)
            return
        start: Message = {}
        page = b""

        async def sent(message: Message) -> None:
            nonlocal start, page
            if message["type"] == "http.response.start":
                start = message
                return
            page += message.get("body", b"")
            if message.get("more_body"):
                return
            page = page.replace(b"</body>", self._lines + b"</body>", 1)
            others = [(name, value) for name, value in start["headers"] if name != b"content-length"]
            await send({**start, "headers": [*others, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, sent)
