"""Routes beside Gradio's (scripts, health, metrics), and the middleware before all of them.

Leaves out: what the middleware does (`model_utils.serving.http`), and requests that a page sends (`routes`).
"""

from __future__ import annotations

import re
from functools import cache, partial
from hashlib import sha256
from typing import Any

import gradio.routes
from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

import viz
from model_utils.asset_folder import ASSETS
from model_utils.catalog import DEFAULT, names
from model_utils.serving.http.anywhere import Anywhere
from model_utils.serving.http.bodies import Bodies
from model_utils.serving.http.door import Door
from model_utils.serving.http.guard import Guard
from model_utils.serving.http.hosts import Hosts
from model_utils.serving.http.response_cache import Packed
from viz.pages.assets import Bundle, joined, view_modules
from viz.pages.export import json_for_script

from .. import state
from ..command import PROGRAM
from . import opening
from .gradio_state import keeping
from .opening import Opening
from .routes import answered, kinds

OURS, PLOTLY = "/tsuzuki.js", "/plotly.js"
STYLES = (*(f"styles/{name}" for name in ("gradio", "tabs", "asking", "views", "narrow")), "lessons", "save/slides")


@cache
def scripts() -> dict[str, bytes]:
    """The page's scripts by their address: ours in one file, after the words and figures that they read, and Plotly."""
    plotly = viz.plotly_script().read_bytes()
    setup = {**viz.player_setup(), "plotly": _for_ever(PLOTLY, plotly), "models": names(), "command": PROGRAM}
    ours = f"window.TsuzukiSetup = {json_for_script(setup)};\n{_player().script}"
    return {OURS: ours.encode(), PLOTLY: plotly, opening.FILE: opening.script()}


def _player() -> Bundle:
    return viz.bundle(*view_modules(), "page/app")


def _for_ever(address: str, content: bytes) -> str:
    """An address relative to the page, with a hash of its content."""
    return f"{address.removeprefix('/')}?{sha256(content).hexdigest()[:16]}"


def head() -> str:
    """What the browser needs besides Gradio: one style sheet, and one script."""
    style = _player().style + joined(*(ASSETS / "page" / f"{name}.css" for name in STYLES))
    return f'<style>{style}</style><script src="{_for_ever(OURS, scripts()[OURS])}"></script>'


async def health(request: Request) -> JSONResponse:
    """Health check: whether the app is ending, and whether its default model is in memory."""
    is_ending = state.desk.is_closed
    said = {"status": "ending" if is_ending else "ok", "ready": state.models.is_ready(DEFAULT)}
    return JSONResponse(said, 503 if is_ending else 200)


async def show_metrics(request: Request) -> Response:
    return Response(state.metrics.text(), media_type=state.metrics.content_type)


def routes() -> list[Route]:
    sent = [Route(address, partial(send_script, script)) for address, script in scripts().items()]
    return [Route("/health", health), Route("/metrics", show_metrics), *answered(), *sent]


class Through:
    """Passes all requests on, in place of Gradio's CORS middleware, which would go before any that an app can add."""

    def __init__(self, app: ASGIApp, **_: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def served(host: str) -> dict[str, Any]:
    """Gradio's options to serve the page at this host: routes, middleware, lifespan, and errors."""
    gradio.routes.CustomCORSMiddleware = Through  # type: ignore[attr-defined,assignment]
    refused = {RequestValidationError: refuse}
    return {"routes": routes(), "middleware": before(host), "lifespan": keeping, "exception_handlers": refused}


async def refuse(request: Request, error: Exception) -> Response:
    """A short answer to an invalid request; FastAPI would send all of its data back."""
    return PlainTextResponse("The app cannot read this request", 422)


async def send_script(script: bytes, request: Request) -> Response:
    return Response(script, media_type="text/javascript")


def before(host: str) -> list[Middleware]:
    """The middleware of a request, outermost first. Gradio names its own scripts by their content."""
    rate = state.limits.rate
    largest = (state.LARGEST_FILE_MB + 1) * 10**6
    lasting = "|".join(["/assets/.+", *map(re.escape, scripts())])
    return [
        Middleware(Door, hosts=Hosts.read(served_at=host), rate=rate),
        Middleware(Packed, lasting=lasting),
        Middleware(Guard, files=scripts(), largest=largest, rate=rate),
        Middleware(Bodies, kinds=kinds()),
        Middleware(Anywhere),
        Middleware(Opening, file=_for_ever(opening.FILE, scripts()[opening.FILE])),
    ]
