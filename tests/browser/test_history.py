"""Back and Forward go from view to view and from lesson to lesson, and nowhere else; what is on the page stays."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

VIEWS = ("step", "map", "tokens", "duel", "answers", "models", "lessons")
REST_MS = 700


def expect_view(visitor, name: str) -> None:
    expect(visitor.page.locator("#tabs [role=tab][aria-selected=true]:visible")).to_have_attribute("data-tab-id", name)


def expect_address(visitor, name: str) -> None:
    """Wait until the address has followed to a view."""
    visitor.page.evaluate(
        """async (name) => {
          const { unpack } = Tsuzuki["page/address/link"];
          const view = () => unpack(location.hash.slice(1)).then((state) => state.view, () => "");
          while (await view() !== name) await new Promise(requestAnimationFrame);
        }""",
        name,
    )


def entries(visitor) -> int:
    return visitor.page.evaluate("history.length")


@pytest.mark.parametrize("follows", [False, True], ids=["at once", "after the address has followed"])
def test_back_and_forward_go_from_view_to_view(visit, follows):
    visitor = visit()
    page = visitor.page
    for number in (3, 2, 1):
        visitor.tab(number)
        if follows:
            visitor.followed()
    for name in ("tokens", "duel", "step"):
        page.go_back()
        expect_view(visitor, name)
    for name in ("duel", "tokens", "map"):
        page.go_forward()
        expect_view(visitor, name)


def test_what_is_on_the_page_stays_when_one_goes_back(visit):
    visitor = visit()
    page = visitor.page
    visitor.tab(3)
    page.locator("#text-a :is(textarea, input)").fill("The sun is hot")
    visitor.tab(0)
    visitor.run_to_end("The sun is", 3)
    shown = visitor.tokens()
    visitor.followed()
    page.go_back()
    expect_view(visitor, "duel")
    expect(page.locator("#text-a :is(textarea, input)")).to_have_value("The sun is hot")
    page.go_forward()
    expect_view(visitor, "step")
    assert visitor.tokens() == shown
    expect(page.locator("#prompt textarea")).to_have_value("The sun is")


def test_each_lesson_is_an_entry_and_the_first_comes_with_its_view(visit):
    visitor = visit()
    page = visitor.page
    visitor.tab(6)
    names = page.locator(".tz-lesson-entry").evaluate_all("all => all.map(({ dataset }) => dataset.name)")
    open_now = page.locator(".tz-lesson-entry[aria-current]")
    expect(open_now).to_have_attribute("data-name", names[0])
    for name in names[1:3]:
        page.locator(f".tz-lesson-entry[data-name={name}]").click()
    visitor.followed()
    for name in names[1::-1]:
        page.go_back()
        expect(open_now).to_have_attribute("data-name", name)
    page.go_back()
    expect_view(visitor, "step")
    page.go_forward()
    expect_view(visitor, "lessons")
    expect(open_now).to_have_attribute("data-name", names[0])
    page.locator(".tz-lesson-show").click()
    page.get_by_role("button", name="Go on by yourself").click()
    expect(page.get_by_role("tab", name="Lessons")).to_have_attribute("aria-selected", "false")
    page.go_back()
    expect_view(visitor, "lessons")


def test_steps_knobs_fields_and_runs_make_no_entries(visit):
    visitor = visit()
    page = visitor.page
    before = entries(visitor)
    visitor.run_to_end("The sun is", 3)
    page.keyboard.press("Home")
    page.locator(".tz-knob-slider").first.fill("1.5")
    visitor.followed()
    visitor.choose_language("日本語")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    visitor.followed()
    assert entries(visitor) == before and "#" in page.url


def test_after_a_link_and_a_reload_back_goes_to_the_view_before(visit):
    visitor = visit()
    page = visitor.page
    visitor.tab(3)
    visitor.tab(2)
    expect_address(visitor, "tokens")
    page.reload()
    expect_view(visitor, "tokens")
    page.go_back()
    expect_view(visitor, "duel")


def test_a_frame_on_a_slide_leaves_the_decks_history_alone(visit):
    visitor = visit(end="?embed=1")
    page = visitor.page
    before = entries(visitor)
    page.locator(".tz-token[data-step]").first.click()
    page.evaluate("document.querySelector('[role=tab][data-tab-id=duel]').click()")
    page.wait_for_timeout(REST_MS)
    assert entries(visitor) == before
