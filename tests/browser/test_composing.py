"""Japanese and Chinese are typed by way of an input method, to which Enter, Escape, space and arrows belong while it
converts: in every field of the page, and for every key that means something on it.

Leaves out: what an input method offers; Chromium is told what it does.
"""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from model_utils.views.lecture.examples import recorded_beam
from model_utils.views.protocol.branches import branches_to_wire

TAKEN = 229
"""What a key that an input method takes is to a page, whichever it is."""
KEYS = ("Enter", "Escape", " ", "ArrowLeft", "Home", "Tab")
FIELDS = ":is(textarea, input:not([type]), input[type=text]):visible"


class Ime:
    """An input method between the keyboard and what has the focus."""

    def __init__(self, page: Page) -> None:
        self._cdp = page.context.new_cdp_session(page)

    def convert(self, text: str) -> None:
        self._cdp.send(
            "Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        )

    def take(self, key: str) -> None:
        """A key that it keeps to itself."""
        pressed = {"key": key, "windowsVirtualKeyCode": TAKEN, "nativeVirtualKeyCode": TAKEN}
        self._cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **pressed})

    def commit(self, text: str) -> None:
        self._cdp.send("Input.insertText", {"text": text})


def open_branches(visitor, tmp_path) -> None:
    """Two branches, so that all that can be done with them is there."""
    file = tmp_path / "branches.json"
    file.write_text(json.dumps(branches_to_wire(*recorded_beam("ja"))), encoding="utf-8")
    visitor.page.locator("#file input[type=file]").set_input_files(file)
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)


@pytest.mark.parametrize("key", ["Enter", "Escape"])
def test_the_name_of_a_branch_is_typed_to_its_end(visit, tmp_path, key):
    visitor = visit("ja-JP")
    page, ime = visitor.page, Ime(visitor.page)
    open_branches(visitor, tmp_path)
    visitor.player.get_by_role("button", name="名前を変える").click()
    name = page.locator(".tz-branch-name")
    page.keyboard.press("Control+A")
    ime.convert("おおさか")
    ime.take(key)
    expect(name).to_be_focused()
    ime.commit("大阪" if key == "Enter" else "")
    ime.convert("まで")
    ime.take("Enter")
    ime.commit("まで")
    expect(name).to_be_focused()
    whole = "大阪まで" if key == "Enter" else "まで"
    expect(name).to_have_value(whole)
    page.keyboard.press("Enter")
    expect(name).to_be_hidden()
    expect(visitor.player.locator(".tz-branch[aria-pressed=true]")).to_contain_text(whole)


@pytest.mark.parametrize("number", range(7))
def test_no_field_of_a_view_minds_the_keys_of_an_input_method(visit, tmp_path, number):
    visitor = visit("ja-JP")
    page, ime = visitor.page, Ime(visitor.page)
    open_branches(visitor, tmp_path)
    visitor.tab(number)
    for fold in page.locator(".label-wrap:visible").all():
        fold.click()
    visitor.answered()
    fields = page.locator(FIELDS).all()
    assert fields
    for field in fields:
        field.click()
        page.keyboard.press("Control+A")
        ime.convert("かな")
        visitor.answered()
        before, sent = step_of(visitor), len(visitor.sent)
        for key in KEYS:
            ime.take(key)
        visitor.answered()
        expect(field).to_be_focused()
        assert (step_of(visitor), visitor.sent[sent:]) == (before, [])
        ime.commit("仮名")
        expect(field).to_have_value("仮名")
        page.keyboard.press("Escape")
    if number == 0:
        page.keyboard.press("Tab")


def step_of(visitor) -> str | None:
    return visitor.player.locator(".tz-strip [aria-current]").get_attribute("data-step")


def test_what_stands_open_stays_so_while_a_word_is_converted(visit, tmp_path):
    visitor = visit("ja-JP")
    page, ime = visitor.page, Ime(visitor.page)
    open_branches(visitor, tmp_path)
    page.locator(".tz-go-text").click()
    ime.convert("かな")
    visitor.player.locator(".tz-term").first.hover()
    box = visitor.player.locator(".tz-details")
    expect(box).to_be_visible()
    ime.take("Escape")
    expect(box).to_be_visible()
    ime.commit("仮名")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()


def test_on_a_slide_escape_takes_back_the_conversion_and_not_the_keys(visit):
    visitor = visit("ja-JP", width=960, height=1600, end="?embed=1")
    page, ime = visitor.page, Ime(visitor.page)
    field = page.locator(".tz-go-text")
    field.click()
    ime.convert("かな")
    ime.take("Escape")
    expect(field).to_be_focused()
    assert page.evaluate("document.documentElement.classList.contains('tz-has-keys')")
    ime.commit("")
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()


def test_after_a_conversion_the_same_keys_mean_what_they_meant(visit):
    visitor = visit("ja-JP")
    page, ime = visitor.page, Ime(visitor.page)
    visitor.tab(3)
    text = page.locator("#text-a :is(textarea, input)")
    text.click()
    page.keyboard.press("Control+A")
    ime.convert("すきなくだもの")
    ime.take("Enter")
    ime.commit("好きな果物はなし")
    page.keyboard.press("Enter")
    expect(page.locator("#duel .tz-duel-said")).to_contain_text("好きな果物はなし")
