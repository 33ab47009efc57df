"""Pages in files: one view as one file, and lessons as a folder for any static host.

    lessons/index.html, loop.html, …                       the data of each
    lessons/tsuzuki.js, tsuzuki.css, plotly.min.js         one copy for all

Leaves out: the pages themselves (`export`), and what they show.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from model_utils.errors import CannotWrite, NoFolder

from ..text.i18n import known
from .assets import bundle, page_sheets, plotly_script, view_modules
from .export import PLOTLY, SCRIPT, STYLE, json_for_script, page_beside

Value: TypeAlias = Mapping[str, Any]
Spoken: TypeAlias = Mapping[str, Value]
"""A lesson by language."""

INDEX = "index.html"


def check_place(path: Path) -> None:
    """Before anything is computed for it. Raises NoFolder."""
    if not path.parent.is_dir():
        raise NoFolder(folder=path.parent)


def make_folder(folder: Path) -> None:
    """Create a missing folder. Raises NoFolder and CannotWrite."""
    check_place(folder)
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        raise CannotWrite(path=folder) from None


def write_page(path: Path, html: str) -> None:
    """Raises CannotWrite."""
    try:
        path.write_text(html, encoding="utf-8")
    except OSError:
        raise CannotWrite(path=path) from None


def write_lessons(folder: Path, lessons: Iterable[Value], language: str) -> list[Path]:
    """Write one page per lesson, with all its languages, and an index. Returns the paths.

    `lessons` are values of ``Tsuzuki.Lesson``, in their order.
    Raises CannotWrite.
    """
    by_name: dict[str, dict[str, Value]] = {}
    for lesson in lessons:
        by_name.setdefault(lesson["name"], {})[lesson["language"]] = lesson
    try:
        shutil.copyfile(plotly_script(), folder / PLOTLY)
    except OSError:
        raise CannotWrite(path=folder) from None
    entries = [_entry(name, lesson) for name, lesson in by_name.items()]
    around = zip([None, *entries], [*entries[1:], None], strict=False)
    pages = {
        folder / f"{name}.html": lesson_to_html(lesson, language, before=before, after=after)
        for (name, lesson), (before, after) in zip(by_name.items(), around, strict=False)
    }
    pages[folder / INDEX] = index_to_html(entries, language)
    pages |= {folder / name: text for name, text in _shared().items()}
    for path, html in pages.items():
        write_page(path, html)
    return [*pages, folder / PLOTLY]


def _entry(name: str, spoken: Spoken) -> Value:
    """How the other pages name a lesson."""
    titles = {code: lesson["title"] for code, lesson in spoken.items()}
    slides = next(iter(spoken.values()))["slides"]
    return {"href": f"{quote(name)}.html", "titles": titles, "slides": slides}


def lesson_to_html(spoken: Spoken, language: str, *, before: Value | None = None, after: Value | None = None) -> str:
    """One lesson in the languages that it is written in."""
    first = spoken.get(known(language)) or next(iter(spoken.values()))
    needs_plotly = bundle(*view_modules(*(lesson["view"] for lesson in spoken.values()))).needs_plotly
    data = {"lesson": spoken, "language": language, "before": before, "after": after}
    return page_beside(data, known(language), needs_plotly=needs_plotly, title=first["title"])


def index_to_html(entries: list[Value], language: str) -> str:
    """Links to the lessons, in their order."""
    return page_beside({"index": entries, "language": language}, known(language))


def _shared() -> dict[str, str]:
    """The files beside the pages but Plotly: with all views, as any lesson may show any."""
    page = bundle(*view_modules(), "player/lesson_page")
    script = f"window.TsuzukiSetup = {json_for_script(page.setup)};\n{page.script}"
    return {STYLE: page.style + page_sheets("page"), SCRIPT: script}
