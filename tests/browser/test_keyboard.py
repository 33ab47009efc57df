"""The main job without a mouse: type, continue, step, go on from another token, change branch, read the map, change the
language. At every stop of Tab the focus is seen, and what is spoken is the model's own.

Leaves out: the pictures of several texts or models, whose keys `tests/player` holds.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from model_utils import Sampling, generate, load
from tests.plots import wait_for_plots

PROMPT = "The capital of France is"
GREEDY = Sampling(temperature=0.0)
TOKENS = 5
MOST_STOPS = 160
FADES = 10
"""Tenths of a second that a list of choices may take to go once the focus has left it."""
SPOKEN = {
    "en": r"Step (?P<step>\d+) of (?P<steps>\d+): (?P<token>.+), (?P<p>[\d.]+ %), rank (?P<rank>\d+), \d.+ bits\.",
    "ja": r"(?P<steps>\d+) ステップ中 (?P<step>\d+)：(?P<token>.+)、(?P<p>[\d.]+ %)、順位 (?P<rank>\d+)、\d.+ ビット。",
}

FOCUS = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const ring = [one, one.closest('label')].find((box) => box && getComputedStyle(box).outlineStyle !== 'none'
    && parseFloat(getComputedStyle(box).outlineWidth) >= 2);
  const { left, top, width, height } = (one.closest('label') ?? one).getBoundingClientRect();
  const points = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [left + x * width, top + y * height]));
  const at = points.map(([x, y]) => document.elementFromPoint(x, y)).filter(Boolean);
  const isPart = (found) => found.contains(one) || one.contains(found) || found.closest('label')?.contains(one);
  const isSeen = at.some(isPart);
  const over = isSeen ? '' : at.map((found) => found.outerHTML.slice(0, 80)).join();
  return { what: one.outerHTML.slice(0, 160), ring: Boolean(ring) && one.matches(':focus-visible'), isSeen, over };
}"""

TO_THE_TOP = """() => {
  const top = document.createElement('button');
  document.body.prepend(top);
  top.focus();
  top.remove();
}"""


def stop(page: Page, key: str = "Tab") -> dict | None:
    """Press the key; what has the focus now, seen with a ring round it, or None for the end of the page."""
    page.keyboard.press(key)
    focus = page.evaluate(FOCUS)
    for _ in range(FADES):
        if focus and not focus["isSeen"]:
            page.wait_for_timeout(100)
            focus = page.evaluate(FOCUS)
    if focus:
        assert focus["ring"], f"no ring round {focus['what']}"
        assert focus["isSeen"], f"{focus['over']} hides {focus['what']}"
    return focus


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Tab on until the selector has the focus; by way of the browser's own bar at most once."""
    for _ in range(MOST_STOPS):
        stop(page, key)
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no way to {selector}")


def spoken(visitor, step: int, steps: int, language: str = "en") -> re.Match:
    """What the live region says once it has come to this step of so many."""
    live = visitor.player.locator(".tz-body > [aria-live=polite]")
    begins = f"Step {step} of {steps}:" if language == "en" else f"{steps} ステップ中 {step}："
    expect(live).to_contain_text(begins)
    said = re.fullmatch(SPOKEN[language], live.inner_text())
    assert said, live.inner_text()
    return said


def assert_says(visitor, trace, index: int, language: str = "en") -> None:
    said = spoken(visitor, index + 1, len(trace.steps), language)
    chosen = trace.steps[index].chosen
    assert (said["step"], said["steps"]) == (str(index + 1), str(len(trace.steps)))
    assert (said["token"], said["rank"]) == (chosen.token.label, str(chosen.rank))
    assert float(said["p"].split()[0]) == pytest.approx(100 * chosen.probability, rel=0.06)


@pytest.fixture(scope="module")
def lm():
    return load()


@pytest.fixture
def visitor(visit):
    visitor = visit(plots=True)
    wait_for_plots(visitor.page)
    return visitor


def continue_prompt(visitor) -> None:
    page = visitor.page
    tab_to(page, "#prompt textarea")
    page.keyboard.press("Control+A")
    page.keyboard.type(PROMPT)
    tab_to(page, "#length input")
    page.keyboard.press("Control+A")
    page.keyboard.type(str(TOKENS))
    tab_to(page, "#run")
    page.keyboard.press("Enter")
    visitor.finished()
    expect(visitor.strip).to_contain_text("France")


def test_the_main_job(visitor, lm):
    page = visitor.page
    trace = generate(lm, PROMPT, TOKENS, GREEDY)
    first = next(index for index, step in enumerate(trace.steps) if not step.given)
    continue_prompt(visitor)
    expect(visitor.strip.locator("[data-step]")).to_have_count(len(trace.steps))
    expect(page.locator("#run")).to_be_focused()

    tab_to(page, ".tz-strip [aria-current=step]")
    page.keyboard.press("Home")
    assert_says(visitor, trace, 0)
    for index in range(1, first + 2):
        assert stop(page, "ArrowRight"), "the focus goes with the step"
        assert_says(visitor, trace, index)
    page.keyboard.press("ArrowLeft")
    assert_says(visitor, trace, first)

    other = next(c for c in trace.steps[first].candidates if c != trace.steps[first].chosen)
    tab_to(page, f"button.tz-row:nth-of-type({other.rank})")
    page.keyboard.press("Enter")
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    visitor.finished()
    fork = generate(lm, trace.fork(first, other.token.id), TOKENS, GREEDY)
    expect(visitor.strip.locator("[data-step]")).to_have_count(len(fork.steps))
    page.keyboard.press("Home")
    for index in range(first + 1):
        assert_says(visitor, fork, index)
        page.keyboard.press("ArrowRight")

    tab_to(page, ".tz-branch[aria-pressed=false]", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".tz-branch[aria-pressed=true]")).to_be_focused()
    assert_says(visitor, trace, first)


def test_the_map_and_the_language(visitor, lm):
    page = visitor.page
    trace = generate(lm, PROMPT, TOKENS, GREEDY)
    first = next(index for index, step in enumerate(trace.steps) if not step.given)
    continue_prompt(visitor)
    expect(visitor.strip.locator("[data-step]")).to_have_count(len(trace.steps))

    tab_to(page, "[role=tab]:nth-of-type(2)", "Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(page, ".tz-block[role=treeitem]")
    assert page.locator(".tz-block[tabindex='0']").count() == 1, "the arrows lead to the others"
    focused = page.locator(".tz-block:focus")
    label = trace.steps[first].chosen.token.label
    for _ in trace.steps[first + 1 :]:  # A run has ended at its last token.
        stop(page, "ArrowLeft")
    assert focused.get_attribute("aria-label").startswith(f"{label}: ")
    stop(page, "ArrowDown")
    assert ", not taken: " in focused.get_attribute("aria-label")
    stop(page, "ArrowUp")
    stop(page, "ArrowRight")
    below = trace.steps[first + 1].chosen.token.label
    assert focused.get_attribute("aria-label").startswith(f"{below}: ")
    page.keyboard.press("Enter")
    expect(page.locator(".tz-block:focus")).to_have_attribute("aria-current", "step")
    stop(page, "ArrowLeft")
    assert focused.get_attribute("aria-label").startswith(f"{label}: ")
    expect(page.locator(".tz-map-where")).to_contain_text("100 %")
    tab_to(page, ".tz-map-bar button", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".tz-map-where")).to_contain_text("up to “")

    tab_to(page, "#language input:checked", "Shift+Tab")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    tab_to(page, "[role=tab]:nth-of-type(1)")
    page.keyboard.press("Enter")
    assert_says(visitor, trace, first + 1, "ja")


def test_tab_goes_through_every_view_and_out_again(visitor):
    page = visitor.page
    for number in range(visitor.tabs.count()):
        visitor.tab(number)
        page.evaluate(TO_THE_TOP)
        stops = []
        while len(stops) < MOST_STOPS and (focus := stop(page)):
            stops.append(focus["what"])
        assert 8 <= len(stops) < MOST_STOPS, "Tab comes to the end of the page"
        assert sum("radio" in what for what in stops) == 1, "the arrows lead to the other languages"
