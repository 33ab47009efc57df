"""What a phone needs: fields that it does not magnify, and a finger that first sees what it is about to do.

Leaves out: how the page looks there (`tests/player/test_layout`), and Safari itself (`tests/engines`).
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

LEAST_PX = 16
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
SMALL_FIELDS = """([least]) => [...document.querySelectorAll('input, textarea, select, [contenteditable]')]
  .filter((one) => one.getClientRects().length && !['range', 'radio', 'checkbox', 'file'].includes(one.type))
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < least)
  .map((one) => [one.outerHTML.slice(0, 90), getComputedStyle(one).fontSize])"""
OLD_CLICKS = """(() => {
  const { get } = Object.getOwnPropertyDescriptor(PointerEvent.prototype, 'pointerType');
  const seen = function () { return this.type === 'click' ? undefined : get.call(this); };
  Object.defineProperty(PointerEvent.prototype, 'pointerType', { get: seen });
})()"""
"""As before Safari 18.2 and Firefox 129: a click does not say what it came from."""


def test_no_field_is_so_small_that_a_phone_magnifies_the_page_for_it(visit):
    visitor = visit("ja-JP", **PHONE)
    page = visitor.page
    expect(page.locator("#run")).to_have_text("続きを生成")
    visitor.answered()
    visitor.player.locator("button.tz-row").nth(1).tap()
    visitor.player.get_by_role("button", name="このトークンで続ける").tap()
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    visitor.player.get_by_role("button", name="名前を変える").tap()
    for number in range(visitor.tabs.count()):
        visitor.tab(number)
        for fold in page.locator(".label-wrap:visible").all():
            fold.tap()
        visitor.answered()
        assert page.evaluate(SMALL_FIELDS, [LEAST_PX]) == []


@pytest.mark.parametrize("script", ["", OLD_CLICKS], ids=["now", "before"])
def test_a_finger_sees_the_details_of_a_bar_and_a_mouse_goes_on(browser, app, script):
    for touches in (True, False):
        context = browser.new_context(has_touch=touches, viewport={"width": 1000, "height": 800})
        page = context.new_page()
        page.add_init_script(script)
        page.goto(app)
        row = page.locator("#player button.tz-row").nth(1)
        expect(row).to_be_visible()
        page.wait_for_timeout(500)
        if touches:
            row.tap()
            expect(page.locator("#player .tz-details")).to_be_visible()
            page.wait_for_timeout(500)
            assert page.locator("#player .tz-branch").count() == 1
            page.locator("#player .tz-details button").tap()
        else:
            row.click()
        expect(page.locator("#player .tz-branch")).to_have_count(2)
        page.locator("#player button.tz-row").nth(2).focus()
        page.keyboard.press("Enter")
        expect(page.locator("#player .tz-branch")).to_have_count(3)
        context.close()


def test_a_file_is_kept_while_a_phone_asks_what_to_do_with_it(visit):
    visitor = visit()
    page = visitor.page
    page.evaluate("""() => {
      window.revoked = [];
      URL.revokeObjectURL = (address) => revoked.push(address);
    }""")
    visitor.saved_file()
    page.wait_for_timeout(2_500)
    assert page.evaluate("revoked") == []
