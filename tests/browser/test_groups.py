"""The views stand in three groups: all at once in a wide window, one group at a time on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

import viz
from page.views.registry import GROUPS

LEAST_PX = 40
"""What a thumb hits."""
NAMES = {"en-US": ["See", "Compare", "Learn"], "ja-JP": ["見る", "比べる", "学ぶ"]}


def shown(visitor) -> list[str]:
    return [tab.get_attribute("data-tab-id") for tab in visitor.tabs.all() if tab.is_visible()]


def expect_group(visitor, name: str, view: str) -> None:
    expect(visitor.page.locator(".tz-groups [aria-expanded=true]")).to_have_attribute("data-group", name)
    expect(visitor.page.locator("#tabs [role=tab][aria-selected=true]")).to_have_attribute("data-tab-id", view)
    assert shown(visitor) == list(GROUPS[name])


def test_every_view_stands_in_one_group_and_all_of_them_in_the_order_of_their_tabs(visit):
    visitor = visit()
    assert shown(visitor) == [view for views in GROUPS.values() for view in views]
    expect(visitor.page.locator("#tabs [data-group-name]")).to_have_count(len(GROUPS))
    for tab in visitor.tabs.all():
        assert tab.get_attribute("data-tab-id") in GROUPS[tab.get_attribute("data-group")]


@pytest.mark.parametrize("locale", NAMES)
@pytest.mark.parametrize("width", [600, 1280])
def test_the_name_of_a_group_stands_above_its_first_tab_and_is_no_part_of_its_own(visit, locale, width):
    visitor = visit(locale, width=width)
    page = visitor.page
    firsts = page.locator("#tabs [data-group-name]")
    expect(firsts).to_have_count(len(GROUPS))
    above = [first.evaluate("tab => getComputedStyle(tab, '::before').content") for first in firsts.all()]
    assert [said.split('"')[1] for said in above] == NAMES[locale]
    expect(page.locator(".tz-groups")).to_be_hidden()
    name = viz.words(locale[:2])["page.tab.step"]
    expect(page.get_by_role("tab", name=name, exact=True)).to_have_count(1)
    boxes = [tab.bounding_box() for tab in visitor.tabs.all()]
    assert len({box["y"] for box in boxes}) == 1, "one row"


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_a_group_opens_its_views_and_the_one_that_was_open_last(visit, width):
    visitor = visit(width=width)
    groups = visitor.page.locator(".tz-groups button")
    expect(groups).to_have_text(NAMES["en-US"])
    expect_group(visitor, "see", "step")
    groups.nth(1).click()
    expect_group(visitor, "compare", "duel")
    visitor.tab(4)
    expect_group(visitor, "compare", "answers")
    groups.nth(0).click()
    expect_group(visitor, "see", "step")
    groups.nth(1).click()
    expect_group(visitor, "compare", "answers")
    visitor.page.go_back()
    expect_group(visitor, "see", "step")
    for target in (*groups.all(), *visitor.tabs.all()[:3]):
        assert target.bounding_box()["height"] >= LEAST_PX


def test_on_a_phone_a_link_opens_its_group_and_the_names_follow_the_language(visit):
    visitor = visit(width=390)
    page = visitor.page
    end = page.evaluate(
        "Tsuzuki[`page/address/link`].pack({ v: Tsuzuki[`page/address/link`].VERSION, view: 'tokens' })"
    )
    visitor = visit(width=390, end=f"#{end}")
    expect_group(visitor, "see", "tokens")
    end = page.evaluate(
        "Tsuzuki[`page/address/link`].pack({ v: Tsuzuki[`page/address/link`].VERSION, view: 'lessons' })"
    )
    visitor = visit(width=390, end=f"#{end}")
    expect_group(visitor, "learn", "lessons")
    visitor.choose_language("日本語")
    expect(visitor.page.locator(".tz-groups button")).to_have_text(NAMES["ja-JP"])
    expect_group(visitor, "learn", "lessons")


def test_by_keyboard_a_group_comes_before_its_views(visit):
    visitor = visit(width=390)
    page = visitor.page
    page.locator(".tz-groups button").nth(1).focus()
    page.keyboard.press("Enter")
    expect_group(visitor, "compare", "duel")
    expect(page.locator(".tz-groups button").nth(1)).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("data-tab-id", "duel")
