"""Exported pages printed on A4: all that they show, and nothing that can be pressed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from model_utils.trace.wire import to_wire
from tests.player.test_saving import VIEWS
from tests.plots import wait_for_plots
from tests.printed import Printed
from tests.viz.fakes import ENGLISH, LONG_TRACE, scored
from tests.viz.test_export import lesson
from viz import view_to_html
from viz.pages.assets import bundle, view_modules
from viz.pages.lessons_folder import make_folder, write_lessons

LONG = {"traces": [to_wire(scored(ENGLISH * 2, seed)) for seed in (1, 2)], "letters": ["A", "B"]}
MARGINS = dict.fromkeys(("top", "bottom", "left", "right"), "10mm")
PRESSED = ("sample again", "Play", "Save picture", "Show all", "as a table", "Show it", "日本語")


def print_page(page: Page) -> Printed:
    return Printed(page.pdf(format="A4", margin=MARGINS, print_background=True))


@pytest.fixture
def open_path(browser: Browser) -> Any:
    contexts = []

    def open_(path: Path, **options: Any) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, **options))
        page = contexts[-1].new_page()
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def open_value(open_path: Callable[..., Page], tmp_path: Path) -> Callable[..., Page]:
    def open_(view: str, value: Any, **options: Any) -> Page:
        path = tmp_path / f"{view}.html"
        path.write_text(view_to_html(view, value, "en"), encoding="utf-8")
        page = open_path(path, **options)
        if bundle(*view_modules(view)).needs_plotly and view not in ("duel", "models"):
            wait_for_plots(page)
        return page

    return open_


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_whole_on_its_sheets(open_value, view: str) -> None:
    page = open_value(view, LONG if view == "duel" else VIEWS[view][0], color_scheme="dark")
    printed = print_page(page)
    for number, text in enumerate(printed.texts):
        assert text.strip(), f"page {number + 1} is empty"
        assert not [word for word in PRESSED if word in text]
        left, right = printed.edges(number)
        assert left > 0.03 and right < 0.97
        # On paper all is light, the plots too.
        assert printed.picture(number).getpixel((300, 5)) == (255, 255, 255)
        dark = sum(count for count, (red, *_) in printed.picture(number).getcolors(10**6) if red < 60)
        assert dark < 0.1 * 595 * 842


def test_a_long_duel_is_on_the_sheet_to_its_end(open_value) -> None:
    printed = print_page(open_value("duel", LONG))
    assert len(printed.texts) == 1
    assert all(one in printed.texts[0] for one in ("Seine", "most probable", "tokens"))


def test_the_table_of_factors_is_printed_to_its_end(open_value) -> None:
    printed = print_page(open_value("score", to_wire(scored([f"word{at} " for at in range(60)]))))
    assert all(f"word{at}" in "".join(printed.texts) for at in range(60))


def test_a_plot_and_its_name_stand_on_one_sheet(open_value) -> None:
    page = open_value("step", to_wire(LONG_TRACE))
    for push in range(0, 400, 80):
        page.evaluate("(push) => (document.querySelector('.tz-strip').style.paddingBottom = `${push}px`)", push)
        printed = print_page(page)
        on = next(text for text in printed.texts if "Cumulative logprob" in text)
        assert on.split("Cumulative logprob")[1].count("50") >= 1


def test_a_lesson_that_nobody_opened_prints_its_picture_and_its_answer(open_path, tmp_path: Path) -> None:
    make_folder(tmp_path / "lessons")
    asked = {**lesson("loop", "en"), "question": "What comes next?", "answer": "The most probable token."}
    write_lessons(tmp_path / "lessons", [asked], "en")
    page = open_path(tmp_path / "lessons" / "loop.html")
    page.locator(".tz-lesson-show").wait_for()
    text = "".join(print_page(page).texts)
    assert all(one in text for one in ("What comes next?", "Paris", "The most probable token."))
    assert not [word for word in PRESSED if word in text]
    assert page.locator(".tz-lesson-show").is_visible() and page.locator(".tz-lesson-answer").is_hidden()
