"""For everyone: axe-core on every view and its opened states, every view on the smallest phone, and without motion.

Leaves out: the keys (`test_keyboard`), and exported pages (`tests/player/test_accessible.py`).
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.axe import open_folds, violations
from tests.plots import wait_for_plots

THEMES = ("light", "dark")
LOCALES = ("en-US", "ja-JP")
PHONE_PX = 360
LEAST_TARGET_PX = 24
TALL_PX = 3000
"""As high as a view with all its folds open, so that what stays at the bottom of the window covers nothing."""
WORK = ("#models .tz-duel-token", "#answers .tz-answers-row", "#lessons .tz-lesson-entry")
"""What views show once a model has done its work."""

CLIPPED = """() => [...document.querySelectorAll('button, label, summary, th')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('[aria-hidden=true]'))
  .filter((one) => getComputedStyle(one).overflowX !== 'visible' && !one.matches('.tz-branch, .tz-block'))
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120))"""
OUTSIDE = """() => [...document.querySelectorAll('main *')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1 && one.clientWidth)
  .filter((one) => {
    const ends = (box) => box.getBoundingClientRect().right <= innerWidth + 1;
    const cuts = (box) => getComputedStyle(box).overflowX !== 'visible' && ends(box);
    for (let box = one.parentElement; box; box = box.parentElement) if (cuts(box)) return false;
    return true;
  }).map((one) => one.outerHTML.slice(0, 120))"""
RUNNING = "() => document.getAnimations().map((one) => one.effect.target.outerHTML.slice(0, 120))"


@pytest.fixture
def open_in(visit):
    """open_in("ja-JP", "dark", width=360, …) -> Visitor: the page in a language and a theme."""

    def open_page(locale: str, theme: str, **options: object):
        visitor = visit(locale, plots=True, color_scheme=theme, **{"height": TALL_PX, **options})
        page = visitor.page
        expect(page.locator("html")).to_have_attribute("lang", locale[:2])
        if page.evaluate("document.body.classList.contains('dark')") != (theme == "dark"):
            page.locator("#theme").click()
        wait_for_plots(page)
        return visitor

    return open_page


def each_view(visitor):
    """Every tab in turn, with what a model shows in it."""
    names = visitor.tabs.all_inner_texts()
    assert len(names) >= 6
    for number, name in enumerate(names):
        visitor.tab(number)
        panel = visitor.page.locator("[role=tabpanel]:visible")
        for selector in WORK:
            if panel.locator(selector.split()[0]).count():
                expect(panel.locator(selector).first).to_be_visible()
        yield name, panel


def open_all(visitor, panel):
    """What is folded away in a view, what only a press brings, and the box of its first token."""
    for fold in panel.locator("button.label-wrap").all():
        fold.click()
    if panel.locator("#follow").count():
        panel.locator("#follow").click()
        expect(panel.locator("#learning .tz-duel-token").first).to_be_visible()
    if panel.locator(".tz-lesson-entry").count():
        panel.locator(".tz-lesson-entry").first.click()
        panel.locator(".tz-lesson-show").click()
        expect(panel.locator(".tz-lesson-picture > *").first).to_be_visible()
    open_folds(visitor.page)
    tokens = panel.locator(":is(.tz-token, .tz-duel-token, .tz-answers-key):visible")
    if tokens.count():
        tokens.last.hover()
        expect(panel.get_by_role("tooltip").first).to_be_visible()


@pytest.mark.parametrize(("locale", "theme"), zip(LOCALES, THEMES, strict=True))
def test_no_view_breaks_a_rule(open_in, locale, theme):
    visitor = open_in(locale, theme)
    for name, panel in each_view(visitor):
        assert violations(visitor.page) == [], name
        open_all(visitor, panel)
        assert violations(visitor.page) == [], f"{name}, opened"


@pytest.mark.parametrize("theme", THEMES)
def test_branches_the_map_and_a_terms_help_break_no_rule(open_in, theme):
    visitor = open_in("en-US", theme)
    page = visitor.page
    visitor.tab(1)
    page.get_by_role("button", name="Example: greedy").click()
    expect(page.locator(".tz-beam-kept").first).to_be_visible()
    assert violations(page) == []
    page.locator(".tz-block").last.focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#map").get_by_role("tooltip")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Zoom").first.click()
    assert violations(page) == []
    visitor.tab(0)
    expect(visitor.player.locator(".tz-branch")).not_to_have_count(1)
    visitor.player.locator(".tz-draw").first.click()
    visitor.player.locator(".tz-headline .tz-term").first.click()
    expect(visitor.player.get_by_role("tooltip")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_on_the_smallest_phone_nothing_is_outside_clipped_or_too_small(open_in, locale):
    visitor = open_in(locale, "light", width=PHONE_PX, has_touch=True)
    page = visitor.page
    for name, panel in each_view(visitor):
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE_PX, name
        assert page.evaluate(OUTSIDE) == [], name
        assert page.evaluate(CLIPPED) == [], name
        assert violations(page) == [], name
        for button in panel.locator(":is(.tz-button, .tz-draw, .tz-branch, .tz-token, summary):visible").all():
            box = button.bounding_box()
            assert min(box["width"], box["height"]) >= LEAST_TARGET_PX, (name, button.inner_text())


def test_with_reduced_motion_nothing_moves_not_even_while_it_plays(open_in):
    visitor = open_in("en-US", "light", reduced_motion="reduce")
    page = visitor.page
    visitor.player.get_by_role("button", name="First step").click()
    visitor.player.get_by_role("button", name="Play").click()
    for step in (2, 3):
        expect(visitor.player.locator(".tz-count")).to_have_text(f"step {step} of 9")
        assert page.evaluate(RUNNING) == []
    visitor.player.locator(".tz-knob-slider").first.press("ArrowRight")
    assert page.evaluate(RUNNING) == []
    for _, panel in each_view(visitor):
        for fold in panel.locator("button.label-wrap").all():
            fold.click()
        assert page.evaluate(RUNNING) == []


def test_where_motion_is_welcome_a_knob_moves_the_bars(open_in):
    visitor = open_in("en-US", "light")
    visitor.player.locator(".tz-knob-slider").nth(1).press("ArrowLeft")
    assert visitor.page.evaluate(RUNNING) != []
