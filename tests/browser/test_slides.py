"""A real reveal.js deck with three embedded lessons: an exported page beside it, and two frames of the running app.

reveal.js is the copy inside the pinned package sphinx-revealjs, whose own code is not imported.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from model_utils.views.lecture.examples import recorded
from tests.axe import violations
from tests.plots import NARROW_PX
from tests.served import answering
from viz import to_html

LESSONS_TAB = 6
DECK = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>A deck</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="dist/reveal.css">
<link rel="stylesheet" href="dist/theme/{theme}.css">
</head>
<body>
<div class="reveal"><div class="slides">
<section><h2>Look inside</h2></section>
{frames}
<section><h2>The end</h2></section>
</div></div>
<script src="dist/reveal.js"></script>
<script>Reveal.initialize({{ width: 1280, height: 720, margin: 0, transition: "none", hash: false }});</script>
</body>
</html>
"""
EXPORTED = """<section>
<iframe class="r-stretch" data-src="page.html?embed=1&amp;theme=dark" title="page"></iframe>
</section>"""
KINDS = ("html", "reveal", "marp", "quarto")
SHOWN = "[...document.querySelectorAll('[aria-current=step]')].find((cell) => cell.checkVisibility())?.dataset.step"
SAVED = re.compile(r'src="tsuzuki-branches-[^"]+-[0-9a-z]{7}\.html\?embed=1')
SLIDE = "Reveal.getIndices().h"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder with reveal.js in it, and the address at which it is served."""
    package = Path(find_spec("sphinx_revealjs").submodule_search_locations[0])
    (tmp_path / "dist").symlink_to(package / "_static" / "revealjs" / "dist")
    with answering(functools.partial(Quiet, directory=tmp_path)) as address:
        yield tmp_path, f"{address}/"


def snippet(visitor, kind="reveal"):
    """What the panel of the page hands out, through the clipboard."""
    page = visitor.page
    page.get_by_role("button", name="Share in slides").locator("visible=true").click()
    page.get_by_role("button", name=f"Copy: {kind}").click()
    expect(page.locator(".tz-slides-said")).to_contain_text("copied")
    text = page.evaluate("navigator.clipboard.readText()")
    page.keyboard.press("Escape")
    expect(page.locator(".tz-slides")).to_have_count(0)
    return text


def lesson_snippet(visitor, name):
    if visitor.page.get_by_role("tab").nth(LESSONS_TAB).get_attribute("aria-selected") != "true":
        visitor.tab(LESSONS_TAB)
    visitor.page.locator(f".tz-lesson-entry[data-name={name}]").click()
    expect(visitor.page.locator(".tz-lesson-title")).to_be_visible()
    return snippet(visitor, "reveal.js")


class Deck:
    """The deck in a browser of its own, which has nothing but these addresses."""

    def __init__(self, browser: Browser, url: str, app: str) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-US")
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.troubles: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.allowed = (url, app, "data:", "blob:")
        self.page.goto(f"{url}deck.html")
        self.page.wait_for_function("Reveal.isReady()")

    def frame(self, number: int) -> Frame:
        handle = self.page.locator("section iframe").nth(number).element_handle()
        return handle.content_frame()

    def ready(self, number: int) -> Frame:
        """The frame, once its lesson, or its player, is drawn."""
        found = self.page.frame_locator("section iframe").nth(number)
        expect(found.locator(".tz-lesson-title, .tz-strip").locator("visible=true").first).to_be_visible(timeout=60_000)
        return self.frame(number)

    @property
    def slide(self) -> int:
        return self.page.evaluate(SLIDE)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(150)


@pytest.fixture
def deck(browser: Browser, site: tuple[Path, str], app: str, visit) -> Iterator[Deck]:
    folder, url = site
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    (folder / "page.html").write_text(to_html(recorded("coffee"), "en", plotly=""), encoding="utf-8")
    frames = [EXPORTED, *(lesson_snippet(visitor, name) for name in ("loop", "temperature"))]
    (folder / "deck.html").write_text(DECK.format(theme="black", frames="\n".join(frames)), encoding="utf-8")
    opened = Deck(browser, url, app)
    yield opened
    foreign = [found for found in opened.requests if not found.startswith(opened.allowed)]
    opened.context.close()
    assert foreign == []
    assert opened.troubles == []


def test_keys_of_the_slides_and_of_the_players_do_not_disturb_each_other(deck):
    page = deck.page
    deck.press("ArrowRight")
    assert deck.slide == 1
    first = deck.ready(0)
    before = first.evaluate(SHOWN)
    # The deck has the keys: loading the frame took none of them.
    assert first.evaluate("[document.hasFocus(), document.activeElement.tagName]") == [False, "BODY"]
    for number in (1, 2):
        deck.press("ArrowRight")
        assert deck.slide == number + 1
        frame = deck.ready(number)
        assert not frame.evaluate("document.hasFocus()")
    for _ in range(2):
        deck.press("ArrowLeft")
    assert deck.slide == 1
    first = deck.ready(0)
    assert first.evaluate(SHOWN) == before

    first.locator(".tz-headline").click()
    assert first.evaluate("getComputedStyle(document.body, '::after').borderTopStyle") == "solid"
    deck.press("ArrowRight")
    deck.press("ArrowRight")
    assert first.evaluate(SHOWN) == str(int(before) + 2) and deck.slide == 1
    deck.press("ArrowLeft")
    assert first.evaluate(SHOWN) == str(int(before) + 1) and deck.slide == 1
    deck.press("Home")
    assert first.evaluate(SHOWN) == "0" and deck.slide == 1
    deck.press("End")
    last = str(len(recorded("coffee").steps) - 1)
    assert first.evaluate(SHOWN) == last and deck.slide == 1

    deck.press("Escape")
    assert first.evaluate("getComputedStyle(document.body, '::after').content") == "none"
    assert not page.evaluate("Reveal.isOverview()")
    deck.press("ArrowRight")
    assert deck.slide == 2
    assert first.evaluate(SHOWN) in (last, None)


@pytest.mark.parametrize("number", [1, 2])
def test_a_lesson_of_the_app_is_taught_on_its_slide(deck, number):
    for _ in range(number + 1):
        deck.press("ArrowRight")
    frame = deck.ready(number)
    inside = deck.page.frame_locator("section iframe").nth(number)
    for away in ("#header", "#ask", "#file", ".tz-lessons > nav", "footer"):
        assert all(not element.is_visible() for element in frame.locator(away).all())
    expect(inside.locator(".tz-lesson-question")).to_be_visible()
    inside.locator(".tz-lesson-show").click()
    expect(inside.locator(".tz-lesson-picture .tz-bars .tz-row").first).to_be_visible()
    assert violations(deck.page) == []
    # The press was inside, so the keys are the player's.
    before = frame.evaluate(SHOWN)
    deck.press("ArrowRight")
    assert frame.evaluate(SHOWN) == str(int(before) + 1) and deck.slide == number + 1
    deck.press("Escape")
    deck.press("ArrowRight")
    assert deck.slide == number + 2
    assert frame.evaluate(SHOWN) in (str(int(before) + 1), None)


def test_a_frame_is_entered_and_left_by_keyboard_alone(deck):
    deck.press("ArrowRight")
    first = deck.ready(0)
    for _ in range(12):
        deck.press("Tab")
        if first.evaluate("document.activeElement.matches('main')"):
            break
    before = int(first.evaluate(SHOWN))
    deck.press("ArrowRight")
    assert int(first.evaluate(SHOWN)) == before + 1 and deck.slide == 1
    deck.press("Escape")
    deck.press("ArrowRight")
    assert deck.slide == 2


@pytest.mark.parametrize("size", [(480, 320), (640, 400), (960, 540), (1280, 720), (1600, 900)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_from_a_file_fills_its_frame_and_does_not_scroll(browser, tmp_path, size, theme):
    path = tmp_path / "page.html"
    path.write_text(to_html(recorded("coffee"), "en"), encoding="utf-8")
    page = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    page.goto(f"{path.as_uri()}?embed=1&theme={theme}&language=ja")
    expect(page.locator(".tz-bars .tz-row").first).to_be_visible()
    page.wait_for_function("(narrow) => window.Plotly || innerWidth < narrow", arg=NARROW_PX)
    for key in ("Home", "End", "Home"):
        page.locator("main").focus()
        page.keyboard.press(key)
        assert page.evaluate("document.scrollingElement.scrollHeight") == size[1]
        assert page.evaluate("document.scrollingElement.scrollWidth") == size[0]
        edge = page.locator(".tz-controls").bounding_box()
        assert size[1] - 24 <= edge["y"] + edge["height"] <= size[1]
    assert page.locator(".tz-bars button.tz-row:visible").count() >= 3
    assert page.locator("html").get_attribute("lang") == "ja"
    assert page.evaluate("getComputedStyle(document.body).getPropertyValue('--scheme').trim()") == theme
    expect(page.locator(".tz-page-bar")).to_be_hidden()
    assert violations(page) == []
    larger = page.evaluate("document.querySelector('.tz-headline').currentCSSZoom")
    assert larger == pytest.approx(max(1, min(size[0] / 960, size[1] / 540)), rel=0.21)
    with page.expect_popup() as opened:
        page.locator(".tz-embed-link").click()
    expect(opened.value.locator(".tz-page-bar")).to_be_visible()
    opened.value.close()
    page.close()


@pytest.mark.parametrize("size", [(960, 540), (1280, 720)])
@pytest.mark.parametrize("lesson", ["greedy", "chain-rule", "passage"])
def test_a_lesson_fits_a_slide_before_and_after_its_answer(visit, lesson, size):
    width, height = size
    state = {"v": 1, "view": "lessons", "lesson": lesson, "language": "ja"}
    visitor = visit(width=width, height=height)
    page = visitor.page
    end = page.evaluate("(state) => Tsuzuki[`page/address/link`].pack(state)", state)
    page.goto("about:blank")
    page.goto(f"{visitor.requests[0]}?embed=1#{end}")
    page.locator(".tz-lesson-show").click()
    expect(page.locator(".tz-lesson-answer")).to_be_visible()
    expect(page.locator(".tz-lesson-picture > * > *").first).to_be_visible()
    page.wait_for_function("(most) => document.scrollingElement.scrollHeight === most", arg=height)
    edge = page.locator(".tz-lesson-answer").bounding_box()
    assert edge["y"] + edge["height"] <= height


def test_the_panel_hands_out_frames_that_open_what_is_on_the_page(visit):
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    visitor.type_prompt('"1 < 2" & `so`')
    page.locator("#prompt textarea").blur()
    button = page.locator("#file").get_by_role("button", name="Share in slides")
    button.focus()
    page.keyboard.press("Enter")
    panel = page.locator("dialog.tz-slides")
    expect(panel).to_be_visible()
    texts = {kind: panel.locator(f"[data-kind={kind}] pre").inner_text() for kind in KINDS}
    made = page.evaluate(
        """(texts) => Object.fromEntries(Object.entries(texts).map(([kind, text]) => {
          const inside = new DOMParser().parseFromString(text, "text/html").querySelectorAll("iframe");
          return [kind, [...inside].map((frame) => [frame.dataset.src ?? frame.getAttribute("src"), frame.title])];
        }))""",
        texts,
    )
    for kind, frames in made.items():
        ((address, title),) = frames
        assert "?embed=1&theme=light#" in address, kind
        assert title == 'Tsuzuki: Step: "1 < 2" & `so`'
    assert "`so`" not in texts["quarto"] and texts["quarto"].startswith("```{=html}\n")
    assert "data-src" in texts["reveal"] and "data-src" not in texts["marp"]
    assert violations(page) == []
    panel.get_by_label("from a saved page").check()
    expect(panel.locator("[data-kind=html] pre")).to_contain_text(SAVED)
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(button).to_be_focused()


def test_what_is_too_long_for_an_address_is_saved_instead(visit):
    visitor = visit()
    page = visitor.page
    visitor.type_prompt("".join(map(chr, random.Random(0).choices(range(0x4E00, 0x6200), k=9000))))
    page.locator("#prompt textarea").blur()
    page.wait_for_function("TsuzukiPage.state().inputs.prompt.length === 9000")
    page.locator("#file").get_by_role("button", name="Share in slides").click()
    panel = page.locator("dialog.tz-slides")
    expect(panel).to_contain_text("There is too much on the page for an address.")
    expect(panel.get_by_label("from this address")).to_be_disabled()
    expect(panel.locator("[data-kind=marp] pre")).to_contain_text(SAVED)


def test_an_embedded_page_keeps_nothing_and_shows_no_example_before_its_own(visit, app):
    visitor = visit()
    visitor.page.locator("#player .tz-controls button").nth(3).click()
    link = visitor.page.evaluate("TsuzukiPage.link()")
    page = visitor.page.context.new_page()
    page.goto(link.replace("/#", "/?embed=1&language=ja#"))
    last = visitor.page.evaluate(SHOWN)
    expect(page.locator("#player .tz-strip")).to_be_visible()
    # From the first moment at which something is seen, it is what the link names.
    assert page.evaluate(SHOWN) == last
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    expect(page.locator("#prompt")).to_be_hidden()
    page.locator(".tz-headline").first.click()
    page.keyboard.press("Home")
    page.wait_for_timeout(800)
    page.close()
    visitor.page.reload()
    expect(visitor.strip).to_be_visible()
    visitor.page.wait_for_function(f"{SHOWN} === '{last}'")
