"""Files and lessons that a visitor opens, and pictures saved as pages.

Leaves out: how they are checked (`model_utils.views`), and how a page is written (`viz.pages`).
"""

from __future__ import annotations

import os
from typing import Any

import gradio as gr

import viz
from model_utils import Trace
from model_utils.errors import InvalidTrace
from model_utils.trace.wire import to_wire
from model_utils.views.lecture.lessons import contents, in_language
from model_utils.views.protocol.branches import Saved, branches_to_wire
from model_utils.views.protocol.jobs import job_of
from model_utils.views.protocol.shown import read_saved
from model_utils.views.registry import read_shown
from viz.text.lesson import lesson_view

from . import state
from .messages import LANGUAGES, say
from .runs import anew, fields_of_trace
from .state import LARGEST_FILE_MB
from .views.asking import answer

FIELDS = 7
"""A prompt, its settings and the seed."""


def open_trace(path: str, language: str) -> tuple[Any, ...]:
    """A saved trace from a file: its prompt and settings, the trace, and a notice.

    A file with the page's state fills the fields from that instead (assets/page/address/address.js).
    """
    try:
        if os.path.getsize(path) > LARGEST_FILE_MB * 10**6:
            raise InvalidTrace(reason=f"the file is larger than {LARGEST_FILE_MB} MB")
        saved = read_saved(state.uploads.take(path))
        return *_fields_with(saved), anew(_value_of(saved)), ""
    except Exception as error:
        return *[gr.skip()] * FIELDS, gr.skip(), say(error, language)


def _fields_with(saved: Trace | Saved) -> tuple[Any, ...]:
    if isinstance(saved, Trace):
        return fields_of_trace(saved)
    return (gr.skip(),) * FIELDS if saved.page else fields_of_trace(saved.branches[0].trace)


def read_file(raw: bytes) -> dict[str, Any]:
    """A saved trace, or saved branches and what else was on the page, as the page takes them."""
    return _value_of(read_saved(raw))


def _value_of(saved: Trace | Saved) -> dict[str, Any]:
    return to_wire(saved) if isinstance(saved, Trace) else branches_to_wire(*saved)


def save_page(asked: dict[str, Any]) -> dict[str, str]:
    """A picture as a self-contained page, or an error's sentence. `asked`: its view, value and language."""
    language = str(asked.pop("language", "en"))
    try:
        shown = read_shown(asked)
        html = viz.view_to_html(shown.view, shown.value, language, title=shown.title, traces=shown.traces)
        return {"html": html}
    except Exception as error:
        return {"said": say(error, language)}


def lesson_list() -> dict[str, Any]:
    """All lessons, and the errors of unreadable files in each language."""
    troubles = {code: [say(error, code) for error in state.lesson_troubles] for code in LANGUAGES.values()}
    return {"lessons": contents(state.lessons), "troubles": troubles}


async def open_lesson(asked: dict[str, Any]) -> dict[str, Any]:
    """A lesson by name and language: its text alone, at once, or with `read` its picture, too.

    A request of its own and no event: Gradio forgets the data of waiting events.
    """
    language = viz.known(str(asked.get("language")))
    lesson = in_language(state.lessons, str(asked.get("name")), language)
    if not lesson:
        return {"said": viz.words(language)["lesson.empty"]}
    if not asked.get("read"):
        return {"opened": lesson_view(lesson.fields(), None)}
    words = viz.words(lesson.front.language)
    kinds = words["branches.greedy"], words["branches.beam"]
    get = state.checkpoints.get if lesson.front.view == "learning" else state.models.get
    try:
        value = await answer(job_of(("lesson", lesson.name, language), lambda: lesson.value(get, kinds)))
        return {"opened": lesson_view(lesson.fields(), value)}
    except Exception as error:
        return {"said": say(error, language)}
