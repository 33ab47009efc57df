"""What the page shows, saved as a page of its own, which opens from the file system with the network cut."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Locator, expect

DUEL, ANSWERS = 3, 4


@pytest.fixture
def reopen(browser: Browser, tmp_path: Path):
    """reopen(button) -> the page that the button hands out, opened from its file."""
    context = browser.new_context(offline=True)
    troubles: list[str] = []

    def open_(button: Locator):
        with button.page.expect_download() as download:
            button.click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: request.url != path.as_uri() and troubles.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_
    context.close()
    assert troubles == []


def test_the_branches_on_the_page(visit, reopen):
    visitor = visit()
    saver = visitor.page.locator("#file").get_by_role("button", name="Save as page")
    visitor.strip.locator(".tz-token").nth(5).click()
    visitor.page.locator(".tz-knob-slider").nth(1).fill("0.5")
    chosen = visitor.strip.locator("[aria-current]").inner_text()
    alone = reopen(saver)
    expect(alone.locator(".tz-strip [aria-current]")).to_have_text(chosen)
    expect(alone.locator(".tz-knob-slider").nth(1)).to_have_value("0.5")
    assert alone.locator(".tz-strip .tz-token").all_inner_texts() == visitor.tokens()
    assert alone.locator(".tz-map").count() == 0
    visitor.player.locator("button.tz-row:not(.tz-chosen)").first.click()
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    visitor.finished()
    both = reopen(saver)
    expect(both.locator(".tz-branch")).to_have_count(2)
    expect(both.locator(".tz-map .tz-taken").first).to_be_visible()
    assert both.locator(".tz-strip .tz-token").all_inner_texts() == visitor.tokens()


def test_the_duel_and_the_answers_in_japanese(visit, reopen):
    visitor = visit(locale="ja-JP")
    visitor.tab(DUEL)
    saver = visitor.page.locator(".tz-save-page:not([aria-haspopup]):visible")
    expect(saver).to_have_text("ページとして保存")
    page = reopen(saver)
    said = visitor.page.locator("#duel .tz-duel-said").inner_text()
    assert "倍" in said
    expect(page.locator(".tz-duel-said")).to_have_text(said)
    assert (
        page.locator(".tz-duel-word").all_inner_texts() == visitor.page.locator("#duel .tz-duel-word").all_inner_texts()
    )
    visitor.tab(ANSWERS)
    expect(visitor.page.locator("#answers .tz-answers-row").first).to_be_visible()
    page = reopen(visitor.page.locator(".tz-save-page:not([aria-haspopup]):visible"))
    rows = visitor.page.locator("#answers .tz-answers-row").all_inner_texts()
    assert page.locator(".tz-answers-row").all_inner_texts() == rows


def names(visitor) -> tuple[str, str]:
    """The names of the file that "Save as page" gives, and of the one that the lines for slides ask for."""
    page = visitor.page
    with page.expect_download() as download:
        page.locator(".tz-save-page:not([aria-haspopup]):visible").click()
    page.get_by_role("button", name="Share in slides").locator("visible=true").click()
    page.get_by_label("from a saved page").check()
    text = page.locator("[data-kind=html] pre").inner_text()
    page.keyboard.press("Escape")
    return download.value.suggested_filename, unquote(re.search(r'src="([^"?]+)\?', text)[1])


def test_two_pages_have_two_names_and_each_snippet_asks_for_its_own(visit):
    visitor = visit()
    found = [names(visitor)]
    for prompt in ("Tea / with: milk?", "好きな果物は"):
        visitor.run_to_end(prompt, 3)
        found.append(names(visitor))
    visitor.page.locator("#player .tz-controls button").nth(0).click()
    found.append(names(visitor))
    assert all(saved == asked for saved, asked in found)
    assert len({saved for saved, _ in found}) == len(found)
    assert "tsuzuki-branches-Tea-with-milk" in found[1][0] and "好きな果物は" in found[2][0]
