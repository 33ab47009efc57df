"""The whole story of a visit in Firefox and in WebKit: open, run, step, turn a knob, fork, read the map, compare, take
a lesson, copy a link, open a saved page from a file; and what these browsers once did otherwise than Chromium.

Leaves out: numbers, which are the same everywhere and checked in Chromium (`tests/browser`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from model_utils import Sampling, generate, load
from viz import to_html

PROMPT = "The capital of France is"
TOKENS = 5


@pytest.fixture(scope="module")
def greedy():
    return generate(load(), PROMPT, TOKENS, Sampling(temperature=0.0))


def open_page(window, address: str, end: str = "?language=en", **options):
    opened = window(**options)
    opened.goto(address + end)
    opened.watch()
    opened.wait("document.querySelector('#player .tz-strip [data-step]')")
    # The fields listen once what a visit begins with is there.
    opened.wait("document.querySelector('#prompt textarea').value && document.documentElement.lang === 'en'")
    return opened


def run(opened, prompt: str, tokens: int) -> None:
    opened.fill("#prompt textarea", prompt)
    opened.fill("#length input", str(tokens))
    opened.click("#run")


def turn_to(opened, view: str) -> None:
    opened.click(f"#tabs [role=tab][data-tab-id={view}]")
    opened.wait(f"document.querySelector('#tabs [role=tab][data-tab-id={view}]').ariaSelected === 'true'")


STEPS = "document.querySelectorAll('#player .tz-strip [data-step]').length"
AT = "document.querySelector('#player .tz-strip [aria-current]').dataset.step"
BARS = "[...document.querySelectorAll('#player button.tz-row:not([hidden]) .tz-percent')].map(one => one.innerText)"


FIELD_AS_SEEN = """(() => {
  const rows = Array.from({ length: Math.floor(innerHeight / 4) }, (_, at) => at * 4);
  const isField = (x, y) => document.elementFromPoint(x, y)?.classList.contains('tz-field') ?? false;
  const row = rows.find(y => isField(innerWidth * 0.8, y)) + 20;
  const found = Array.from({ length: innerWidth }, (_, x) => x).filter(x => isField(x, row));
  return [found[0], found.at(-1), row];
})()"""
"""From where to where the first timeline reaches, and a height at which it is, by what a pointer meets there."""


def test_open_run_step_knob_fork_map_duel_lesson_link(window, app, greedy):
    opened = open_page(window, app)
    run(opened, PROMPT, TOKENS)
    opened.wait(f"{STEPS} === {len(greedy.steps)}")
    opened.wait_for_text("#run", "Continue")

    opened.click("#player .tz-strip [data-step]", 0)
    opened.press("End")
    opened.wait(f"{AT} === '{len(greedy.steps) - 1}'")
    opened.press("ArrowLeft")
    opened.wait(f"{AT} === '{len(greedy.steps) - 2}'")

    raw = opened.evaluate(BARS)
    opened.click(".tz-knob-slider", 0, part=(0.9, 0.5))
    assert opened.evaluate(BARS) != raw

    step = len(greedy.steps) - 2
    other = next(at for at, one in enumerate(greedy.steps[step].candidates) if one != greedy.steps[step].chosen)
    opened.click("#player button.tz-row:not([hidden])", other)
    opened.wait("document.querySelectorAll('.tz-branch').length === 2")
    opened.wait(f"{STEPS} > {len(greedy.steps)}")
    assert opened.evaluate(AT) == str(step), "a fork is shown where it leaves the text"

    turn_to(opened, "map")
    opened.wait("document.querySelectorAll('#map .tz-taken').length > 2")
    turn_to(opened, "duel")
    opened.fill("#text-b :is(textarea, input)", "好きな果物はみかん")
    opened.click("#score")
    opened.wait_for_text("#duel .tz-duel-said", "みかん")
    turn_to(opened, "lessons")
    opened.click(".tz-lesson-show")
    opened.wait("document.querySelector('.tz-lesson-picture .tsuzuki')")

    turn_to(opened, "step")
    opened.click("#copy-link")
    opened.wait_for_text("#copied", "The link is copied")
    opened.click("#prompt textarea")
    opened.press("Control", "a")
    opened.press("Control", "v")
    opened.wait("document.querySelector('#prompt textarea').value.startsWith(location.origin)")
    opened.evaluate("history.back()")
    opened.wait("document.querySelector('#tabs [role=tab][data-tab-id=lessons]').ariaSelected === 'true'")


def test_what_goes_wrong_is_seen(window, app):
    opened = open_page(window, app)
    turn_to(opened, "tokens")
    opened.fill("#tokens-ids textarea", "no ids")
    opened.wait_for_text("[role=tabpanel] .tz-notice", "Ids are whole numbers")
    opened.fill("#tokens-ids textarea", "0")
    opened.wait("![...document.querySelectorAll('[role=tabpanel] .tz-notice')].some(one => one.textContent)")


NEEDLESS_BARS = """[...document.querySelectorAll('#duel *')].filter((one) => one.getClientRects().length
  && ['auto', 'scroll'].includes(getComputedStyle(one).overflowY) && one.scrollHeight > one.clientHeight)
  .map(({ className }) => className)"""
SPOKEN = """[...document.querySelectorAll('#duel div.tz-spoken')].map((one) => one.getBoundingClientRect())
  .map(({ width, height }) => [Math.round(width), Math.round(height)])"""
MENU = """['.tz-save-below', '.tz-save-below > .tz-save-box'].map((css) => document.querySelector(`#duel ${css}`))
  .map((one) => Math.round(one.getBoundingClientRect().right))"""


def test_the_duel_scrolls_no_more_than_it_must_and_its_menu_opens_at_its_word(window, app):
    opened = open_page(window, app)
    turn_to(opened, "duel")
    opened.wait("document.querySelector('#duel .tz-duel-svg')")
    assert opened.evaluate(NEEDLESS_BARS) == []
    assert opened.evaluate(SPOKEN) == [[1, 1]], "a table for screen readers, with its caption"
    opened.click("#duel .tz-save-below > summary")
    word, box = opened.evaluate(MENU)
    assert word == box > 1_000


@pytest.mark.parametrize("size", [(1280, 720), (1580, 890), (1920, 1080), (1366, 768)], ids=str)
def test_a_frame_on_a_slide_is_magnified_and_does_not_scroll(window, app, size):
    opened = open_page(window, app, "?embed=1&language=en", width=size[0], height=size[1])
    zoom = opened.wait("[document.querySelector('main').style.zoom].find(zoom => Number(zoom) > 1)")
    assert float(zoom) >= 0.79 * min(size[0] / 960, size[1] / 540)
    root = "document.documentElement"
    opened.wait(f"{root}.scrollHeight <= {root}.clientHeight && {root}.scrollWidth <= {root}.clientWidth")


def test_in_a_magnified_frame_a_click_on_a_timeline_goes_to_its_step(window, app):
    opened = open_page(window, app, "?embed=1&language=en", width=1600, height=1100)
    opened.wait("document.querySelector('main').style.zoom > 1 && document.querySelector('.tz-field')?.offsetWidth")
    opened.wait("document.querySelector('.tz-plot .main-svg')")
    steps = opened.evaluate(STEPS)
    left, right, height = opened.evaluate(FIELD_AS_SEEN)
    for step in (0, steps - 1, steps // 2):
        opened.click_at(round(left + (step + 0.5) / steps * (right - left)), height)
        opened.wait(f"{AT} === '{step}'")


def test_a_page_opens_from_a_file(window, greedy, tmp_path):
    path: Path = tmp_path / "page.html"
    path.write_text(to_html(greedy, "en"), encoding="utf-8")
    opened = window(width=390, height=844)
    opened.goto(path.as_uri())
    opened.watch()
    assert opened.evaluate("document.querySelectorAll('.tz-strip [data-step]').length") == len(greedy.steps)
    opened.click(".tz-strip [data-step]")
    opened.press("End")
    opened.wait(f"document.querySelector('.tz-strip [aria-current]').dataset.step === '{len(greedy.steps) - 1}'")
    opened.click(".tz-side > summary")
    opened.wait("document.querySelector('.tz-plot .main-svg')")
