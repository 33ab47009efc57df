"""What is served beside Gradio: scripts, health, metrics, and the guard before all of it."""

from __future__ import annotations

import os
from functools import cache, partial
from pathlib import Path

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

import viz
from model_utils.catalog import DEFAULT, names
from model_utils.serving.guard import Guard
from viz.export import json_for_script

from . import state

PAGE = Path(__file__).resolve().parent.parent / "assets" / "page"

SCRIPTS = ("keep", "sheet", "fields", "share", "drop", "alive", "lessons", "mend", "slides", "savepage", "page")


def files() -> dict[str, Path]:
    """All that may be read over HTTP besides Gradio's own, by its address: scripts in their order, Plotly last."""
    player = {f"/player/{path.name}": path for path in viz.player_scripts()}
    page = {f"/page/{name}.js": PAGE / f"{name}.js" for name in SCRIPTS}
    return {**player, **page, "/plotly.js": viz.plotly_script()}


@cache
def setup_script() -> str:
    """The words and figures for the browser, and the scripts in order: for the head and the guard's policy."""
    *scripts, plotly = files()
    setup = {**viz.player_setup(), "plotly": plotly, "models": names()}
    # Gradio adds these elements when the page runs, and such scripts keep their order only if told to.
    return (
        f"window.TsuzukiSetup = {json_for_script(setup)}; for (const src of {json_for_script(scripts)})"
        " document.head.append(Object.assign(document.createElement('script'), {src, async: false}));"
    )


def head() -> str:
    """What the browser needs besides Gradio: one style sheet, and the scripts."""
    sheets = [*viz.player_styles(), *(PAGE / f"{name}.css" for name in ("page", "lessons", "slides"))]
    styles = [viz.css_variables(), *(path.read_text("utf-8") for path in sheets)]
    return f"<style>{' '.join(styles)}</style><script>{setup_script()}</script>"


async def health(request: Request) -> JSONResponse:
    """For whoever watches over the app: it answers, and whether its default model is in memory."""
    return JSONResponse({"status": "ok", "ready": state.models.is_ready(DEFAULT)})


async def show_metrics(request: Request) -> Response:
    return Response(state.metrics.text(), media_type=state.metrics.content_type)


def routes() -> list[Route]:
    served = [Route(address, partial(send_file, path)) for address, path in files().items()]
    return [Route("/health", health), Route("/metrics", show_metrics), *served]


async def send_file(path: Path, request: Request) -> FileResponse:
    """A script of the page: kept by the browser, which asks each time whether it has changed."""
    return FileResponse(path, headers={"cache-control": "no-cache"})


def guard() -> Middleware:
    rate = os.environ.get("TSUZUKI_RATE", "300/second")
    largest = (state.LARGEST_FILE_MB + 1) * 10**6
    return Middleware(Guard, files=files(), scripts=[setup_script()], largest=largest, rate=rate)
