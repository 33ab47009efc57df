"""Decks opened from the file system: a frame of the running app beside one from a file, on the screen and as a PDF."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from model_utils.views.lecture.examples import recorded
from tests.browser.test_slides import DECK
from tests.chromium import launch_whole
from tests.printed import Printed
from viz import to_html

FRAME = """<section><iframe class="r-stretch" data-src="{src}" data-preload title="frame"
 style="border: 0; max-width: none"></iframe></section>"""
SAVED = "page.html?embed=1&amp;theme={theme}&amp;language=ja"
MARP = """<!doctype html><style>
body {{ margin: 0 }} section {{ display: block; box-sizing: border-box; width: 1280px; height: 720px; padding: 78px }}
</style><section>
{lines}
</section>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With reveal.js and a saved page in it."""
    package = Path(find_spec("sphinx_revealjs").submodule_search_locations[0])
    (tmp_path / "dist").symlink_to(package / "_static" / "revealjs" / "dist")
    (tmp_path / "page.html").write_text(to_html(recorded("coffee")), encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def printer(browser: Browser) -> Iterator[Browser]:
    started = launch_whole(browser.browser_type)
    yield started
    started.close()


@pytest.fixture
def open_deck(browser: Browser, folder: Path) -> Iterator:
    """open_deck(frames, "?print-pdf", within=printer) -> Page: a deck of these sources, from its file."""
    contexts = []

    def open_(sources: list[str], end: str = "", theme: str = "white", within: Browser = browser) -> Page:
        frames = "\n".join(FRAME.format(src=source) for source in sources)
        (folder / "deck.html").write_text(DECK.format(theme=theme, frames=frames), encoding="utf-8")
        contexts.append(within.new_context(viewport={"width": 1280, "height": 720}, locale="en-US"))
        page = contexts[-1].new_page()
        page.goto((folder / "deck.html").as_uri() + end)
        return page

    yield open_
    for context in contexts:
        context.close()


def test_a_live_and_a_saved_frame_show_in_a_deck_from_a_file(open_deck, app):
    page = open_deck([f"{app}?embed=1&amp;theme=light", SAVED.format(theme="light")])
    for number in range(2):
        page.keyboard.press("ArrowRight")
        frame = page.frame_locator("section iframe").nth(number)
        expect(frame.locator(".tz-strip")).to_be_visible()
        frame.locator(".tz-headline").click()
        before = frame.locator(".tz-strip [aria-current]").inner_text()
        page.keyboard.press("ArrowLeft")
        expect(frame.locator(".tz-strip [aria-current]")).not_to_have_text(before)
        page.keyboard.press("Escape")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_deck_as_a_pdf_holds_the_whole_player(open_deck, printer, app, theme):
    sources = [f"{app}?embed=1&amp;theme={theme}", SAVED.format(theme=theme)]
    page = open_deck(sources, "?print-pdf", {"light": "white", "dark": "black"}[theme], printer)
    page.wait_for_function("document.querySelectorAll('.pdf-page iframe').length === 2")
    for number in range(2):
        strip = page.frame_locator(".pdf-page iframe").nth(number).locator(".tz-strip .tz-token")
        expect(strip.first).to_be_attached()
    printed = Printed(page.pdf(prefer_css_page_size=True, print_background=True))
    live, saved = (next(text for text in printed.texts if word in text) for word in ("step 7 of 9", "ステップ 7 / 9"))
    for text, parts in (
        (live, ("45.7", "p(text", "logprob", "temperature")),
        (saved, ("45.7", "p(", "対数確率", "温度")),
    ):
        assert all(part in text for part in parts)
    for text in (live, saved):
        number = printed.texts.index(text)
        left, right = printed.edges(number)
        assert left < 0.2 and right > 0.8
        # The product stands in the right half, in the colours of the deck.
        picture = np.asarray(printed.picture(number), float)
        half = picture[:, picture.shape[1] // 2 :]
        paper = np.median(half.reshape(-1, 3), axis=0)
        assert (paper.mean() > 200) == (theme == "light")
        assert (np.abs(half - paper).sum(axis=2) > 150).mean() > 0.01


def test_a_frame_that_nobody_has_seen_is_printed_whole(browser, folder):
    """As in a deck whose slides are hidden until they are printed."""
    deck = """<!doctype html><style>div {{ display: none }} @media print {{ div {{ display: block }} }}</style>
    <div><iframe src="{src}" style="width: 1100px; height: 600px; border: 0"></iframe></div>"""
    (folder / "hidden.html").write_text(deck.format(src=SAVED.format(theme="light")), encoding="utf-8")
    page = browser.new_page()
    page.goto((folder / "hidden.html").as_uri())
    page.frames[1].wait_for_function("document.querySelector('.tz-strip .tz-token')")
    (text,) = Printed(page.pdf(width="1200px", height="700px", print_background=True)).texts
    assert "対数確率" in text and "温度" in text
    page.close()


@pytest.mark.parametrize("heading", ["", "<h2>A heading</h2>", "<h1>A heading<br>of two lines</h1><p>and a text</p>"])
def test_a_frame_takes_the_room_that_a_heading_leaves(visit, heading):
    visitor = visit(width=1280, height=720)
    page = visitor.page
    page.get_by_role("button", name="Share in slides").locator("visible=true").click()
    page.get_by_label("from a saved page").check()
    lines = page.locator("[data-kind=marp] pre").inner_text()
    slide = page.context.new_page()
    slide.set_content(MARP.format(lines=heading + lines))
    frame, before = slide.locator("iframe").bounding_box(), slide.locator("section > :nth-last-child(3)")
    assert 640 <= frame["y"] + frame["height"] <= 720
    assert frame["width"] > 1100 and frame["height"] > 300
    if heading:
        above = before.bounding_box()
        assert frame["y"] >= above["y"] + above["height"]
    slide.close()


@pytest.mark.parametrize(("language", "said"), [("en", "allow-same-origin"), ("ja", "このフレームには")])
def test_a_sandboxed_frame_without_an_origin_says_what_works(browser, app, folder, language, said):
    source = f'<iframe sandbox="allow-scripts" src="{app}?embed=1&amp;language={language}" width="900"></iframe>'
    (folder / "sandboxed.html").write_text(f"<!doctype html>{source}", encoding="utf-8")
    page = browser.new_page()
    page.goto((folder / "sandboxed.html").as_uri())
    alert = page.frame_locator("iframe").get_by_role("alert")
    expect(alert).to_contain_text(said)
    expect(alert).to_be_visible()
    page.close()


def test_a_saved_page_works_in_a_sandbox(browser, folder):
    page = browser.new_page()
    source = (folder / "page.html").read_text(encoding="utf-8").replace("&", "&amp;").replace('"', "&quot;")
    page.set_content(f'<iframe sandbox="allow-scripts" srcdoc="{source}" width="900" height="600"></iframe>')
    frame = page.frame_locator("iframe")
    expect(frame.locator(".tz-strip")).to_be_visible()
    frame.locator(".tz-controls button").nth(3).click()
    expect(frame.locator(".tz-strip [data-step='8']")).to_have_attribute("aria-current", "step")
    page.close()
