"""Exported pages for everyone: axe-core, tables that say what pictures show, keys in the map, text from right to left.

Leaves out: the app's page (`tests/browser/test_accessible.py`).
"""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import expect

from model_utils import Sampling, generate
from model_utils.views.protocol.branches import Branch, branches_to_wire
from tests.axe import open_folds, violations
from tests.fakes import FakeLM
from tests.viz.fakes import AWKWARD_TRACE, HALVES, JAPANESE_TRACE, SCORED_TRACE, scored, text_trace
from viz.text.formats import fixed, percent

TRACE = generate(FakeLM(), "好きな", 5, Sampling(temperature=0.0))
FORK = generate(FakeLM(), TRACE.fork(2, TRACE.steps[2].candidates[1].token.id), 3, Sampling(temperature=0.0))
BRANCHES = branches_to_wire((Branch("", 0, TRACE), Branch("", 2, FORK)), 0)
MIXED = ("مرحبا", " ", "שלום", "、", "世界", " (", "123", ")", " مرحبا", "!")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("trace", [JAPANESE_TRACE, SCORED_TRACE, AWKWARD_TRACE], ids=["drawn", "scored", "awkward"])
def test_an_exported_page_breaks_no_rule(open_trace, trace, language, scheme):
    page = open_trace(trace, language, plots=True, color_scheme=scheme).page
    assert violations(page) == []
    open_folds(page)
    page.locator(".tz-headline .tz-term").first.focus()
    page.locator(".tz-token.tz-current").hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_map_breaks_no_rule(open_map, width):
    page = open_map(BRANCHES, plots=True, width=width)
    open_folds(page)
    page.wait_for_selector(".tz-plot .main-svg")
    assert violations(page) == []


def test_the_steps_as_a_table_are_those_of_the_trace(open_trace):
    page = open_trace(JAPANESE_TRACE).page
    page.get_by_text("The steps as a table").click()
    rows = page.locator(".tz-twin tbody tr")
    expect(rows).to_have_count(len(JAPANESE_TRACE.steps))
    for index, step in enumerate(JAPANESE_TRACE.steps):
        cells = rows.nth(index).locator("th, td").all_inner_texts()
        assert cells[0] == str(index + 1)
        assert cells[2:5] == [
            "given" if step.given else "generated",
            percent(step.chosen.probability),
            fixed(step.chosen.rank, 0),
        ]
    page.keyboard.press("Home")
    page.get_by_role("button", name="Next step").click()
    assert page.locator(".tz-twin [aria-current=step] > th").inner_text() == "2"
    page.get_by_role("button", name="日本語").click()
    assert page.locator(".tz-twin > summary").inner_text() == "ステップの表"
    assert rows.first.locator("td").nth(1).inner_text() == "与えた文"


def test_the_map_as_a_table_has_every_block(open_map):
    page = open_map(BRANCHES)
    page.get_by_text("The map as a table").click()
    blocks = page.get_by_role("treeitem").evaluate_all("(all) => all.map((one) => one.getAttribute('aria-label'))")
    rows = page.locator(".tz-twin:has-text('The map as a table') tbody tr")
    expect(rows).to_have_count(len(blocks))
    for label, row in zip(blocks, rows.all(), strict=True):
        _, token, here, joint, state = row.locator("th, td").all_inner_texts()
        assert f"{here} here, {joint} given the prompt" in label
        assert label.startswith(token) or "‹" in label, "bytes stand in boxes"
        assert (state == "not taken") == (", not taken: " in label)


def test_arrows_lead_through_the_map_and_one_block_is_in_the_tab_order(open_map):
    page = open_map(BRANCHES)
    page.evaluate("player.goTo(2)")
    page.locator(".tz-block[tabindex='0']").focus()
    focused = page.locator(".tz-block:focus")
    assert focused.get_attribute("aria-current") == "step"
    here = focused.get_attribute("aria-label")
    for there, back in (("ArrowRight", "ArrowLeft"), ("ArrowDown", "ArrowUp")):
        page.keyboard.press(there)
        assert focused.get_attribute("aria-label") != here
        assert page.locator(".tz-block[tabindex='0']").count() == 1
        page.keyboard.press(back)
        assert focused.get_attribute("aria-label") == here
    page.keyboard.press("ArrowLeft")
    assert focused.get_attribute("aria-label") == here, "nothing is before the first"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".tz-block:focus")).to_have_attribute("aria-current", "step")
    assert page.evaluate("player.index") == 3


def test_a_button_that_goes_hands_its_focus_on(open_map):
    page = open_map(BRANCHES)
    page.get_by_role("button", name="Zoom in here").press("Enter")
    expect(page.get_by_role("button", name="Zoom out")).to_be_focused()
    page.locator(".tz-branch[aria-pressed=false]").press("Enter")
    expect(page.locator(".tz-branch[aria-pressed=true]")).to_be_focused()
    page.get_by_role("button", name="Delete").press("Enter")
    expect(page.locator(".tz-branch[aria-pressed=true]")).to_be_focused()
    page.locator(".tz-branches").get_by_role("button", name="Undo").press("Enter")
    expect(page.locator(".tz-branch[aria-pressed=true]")).to_be_focused()
    page.get_by_role("button", name="Delete").press("Enter")
    page.locator(".tz-map-over").get_by_role("button", name="Undo").press("Enter")
    expect(page.locator(".tz-block:focus")).to_have_count(1)


def test_the_focus_goes_with_the_step_and_leaves_the_bars_free(open_trace):
    page = open_trace(JAPANESE_TRACE).page
    strip = page.locator(".tz-strip [data-step]")
    assert strip.evaluate_all("(all) => all.filter((one) => one.tabIndex === 0).length") == 1
    page.locator(".tz-strip [aria-current]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tz-strip [aria-current]")).to_be_focused()
    assert page.locator(".tz-strip :focus").get_attribute("data-step") == "5"
    assert page.get_by_role("tooltip").count() == 0


@pytest.mark.parametrize("language", ["en", "ja"])
def test_text_from_right_to_left_keeps_its_place(open_trace, language):
    """Tokens stand in the order of their steps, and turn nothing round beside them."""
    page = open_trace(scored(MIXED), language).page
    boxes = [cell.bounding_box() for cell in page.locator(".tz-strip [data-step]").all()]
    for one, other in itertools.pairwise(boxes):
        assert other["x"] > one["x"] or other["y"] > one["y"]
    page.keyboard.press("Home")
    live = page.locator("[aria-live]")
    expect(live).to_contain_text(re.compile("\u2068مرحبا\u2069"))
    for row in page.locator("tbody tr").all():
        name, number = (row.locator(kind).first.bounding_box() for kind in ("th", "td"))
        assert name["x"] < number["x"]


def test_parts_of_characters_are_read_together_in_the_map_and_in_the_names_of_branches(open_map):
    drawn = text_trace(["好き", *HALVES, "です", *HALVES], prompt=4, seed=1)
    page = open_map(branches_to_wire((Branch("", 0, drawn), Branch("", 4, drawn)), 0))
    assert page.locator(".tz-block-prompt").inner_text().startswith("好き葡です")
    assert page.locator(".tz-branch bdi").all_inner_texts() == ["好き葡です葡", "葡"]
