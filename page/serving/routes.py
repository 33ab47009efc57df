"""Requests that a page may send, and routes beside the events: lessons, saved pages, uploads.

Leaves out: the work for them (`files`), and the events, which are Gradio's (`layout`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from model_utils.serving.http.bodies import Kind, typed

from .. import state
from ..files import open_lesson, save_page

ROOM = 350_000
"""Most bytes of an event beside its texts, such as a link's branches."""
SAVED = (state.LARGEST_FILE_MB + 1) * 10**6
MOST_SAVING = 6
"""Pages that are made one after the other; more are asked to wait."""
LONGEST_PATH = 1_000

PageId = Annotated[str, Meta(pattern=r"^[\w-]{1,64}$")]
Name = Annotated[str, Meta(max_length=100)]


class File(Struct):
    """An uploaded file in Gradio's description, of which the other fields serve only the page."""

    path: Annotated[str, Meta(max_length=LONGEST_PATH)]
    orig_name: Annotated[str, Meta(max_length=LONGEST_PATH)] | None = None
    meta: dict[str, str] = {}

    def __post_init__(self) -> None:
        """Replace any path but that of an uploaded file with one that has no file."""
        self.path, self.meta = state.uploads.path_of(self.path), {"_type": "gradio.FileData"}


class Event(Struct):
    """Something that a person did on the page, and what its fields held."""

    fn_index: Annotated[int, Meta(ge=0)]
    data: Annotated[list[bool | int | float | str | File | list[File] | None], Meta(max_length=40)]
    session_hash: PageId
    event_data: Any = None
    trigger_id: int | None = None


class Ended(Struct):
    """An event that the page no longer wants."""

    session_hash: PageId = ""
    fn_index: int = -1
    event_id: PageId | None = None


class Lesson(Struct):
    name: Name
    language: Name
    read: bool = False


def kinds() -> dict[str, Kind]:
    """Allowed requests by path. An event has room for the allowed texts in JSON's longest spelling."""
    event, small = ROOM + 12 * state.limits.characters, 4_000
    return {
        "/gradio_api/queue/join": Kind(event, event // 20, 20.0, typed(Event)),
        "/gradio_api/cancel": Kind(small, 20, 10.0, typed(Ended)),
        "/gradio_api/reset": Kind(small, 20, 10.0, typed(Ended)),
        "/lesson": Kind(small, 20, 10.0, typed(Lesson)),
        "/save": Kind(SAVED, SAVED // 20, 60.0),
    }


def answered() -> list[Route]:
    """They come before Gradio's own of the same path."""
    return [
        Route("/lesson", show_lesson, methods=["POST"]),
        Route("/save", save, methods=["POST"]),
        Route("/gradio_api/upload", state.uploads.receive, methods=["POST"]),
        Route("/gradio_api/upload_progress", upload_progress),
    ]


async def upload_progress(request: Request) -> Response:
    """Report every upload as done: the page's button asks for the progress and waits for this."""
    return Response('data: {"msg": "done"}\n\n', media_type="text/event-stream")


async def show_lesson(request: Request) -> Response:
    asked = msgspec.json.decode(await request.body())
    found = await _while_there(request, open_lesson(asked))
    return _json(found)


async def save(request: Request) -> Response:
    """One at a time: a large one keeps a processor busy for seconds."""
    if len(_saving) >= MOST_SAVING:
        return PlainTextResponse("Too many pages are being saved at once: wait a moment", 503)
    _saving.append(request)
    try:
        raw = await request.body()
        async with _turn:
            return _json(await asyncio.to_thread(_saved, raw))
    except (msgspec.DecodeError, RecursionError):
        return PlainTextResponse("The app cannot read this request", 400)
    finally:
        _saving.remove(request)


_saving: list[Request] = []
_turn = asyncio.Lock()


def _saved(raw: bytes) -> dict[str, str]:
    return save_page(msgspec.json.decode(raw, type=dict[str, Any]))


def _json(value: Any) -> Response:
    return Response(msgspec.json.encode(value), media_type="application/json")


async def _while_there(request: Request, work: Coroutine[Any, Any, Any]) -> Any:
    """The result of the work, or {} once the visitor is gone, which also cancels the work."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else {}
    finally:
        for each in (task, gone):
            each.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
