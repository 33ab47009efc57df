"""The player at every width, and in motion."""

from __future__ import annotations

import pytest

from tests.viz.fakes import JAPANESE_TRACE, LONG_TRACE


def test_the_layout_follows_the_container_not_the_window(open_trace):
    page = open_trace(JAPANESE_TRACE).page
    columns = "getComputedStyle(document.querySelector('.tz-columns')).display"
    assert page.evaluate(columns) == "grid"
    page.evaluate("document.querySelector('main').style.width = '600px'")
    assert page.evaluate(columns) == "block"
    page.evaluate("document.querySelector('main').style.width = '360px'")
    page.wait_for_function("document.querySelectorAll('button.tz-row:not([hidden])').length === 6")


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_the_controls_stay_under_the_thumb(open_trace, width):
    opened = open_trace(LONG_TRACE, width=width, height=780, has_touch=True)
    page = opened.page
    for name in ("First step", "Previous step", "Next step", "Last step", "Play"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box["width"] >= 44 and box["height"] >= 44
        assert box["y"] + box["height"] <= 780
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("button.tz-row:visible").count() == 6


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_chosen_token_flies_into_the_strip_unless_motion_is_reduced(open_trace, motion):
    page = open_trace(JAPANESE_TRACE, reduced_motion=motion).page
    page.keyboard.press("ArrowRight")
    assert page.locator(".tz-ghost").count() == (0 if motion == "reduce" else 1)
    page.wait_for_function("!document.querySelector('.tz-ghost')")
