"""A hand-out: all steps of a text, on the screen and printed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.printed import Printed
from tests.viz.fakes import AWKWARD_TRACE, JAPANESE_TRACE, LONG_TRACE, NO_CANDIDATES, NO_STEPS, SCORED_TRACE
from viz import hand_out_to_html
from viz.text.formats import percent, product

MOST_BYTES = 400_000
TRACES = {
    "drawn": JAPANESE_TRACE,
    "scored": SCORED_TRACE,
    "awkward": AWKWARD_TRACE,
    "no steps": NO_STEPS,
    "no candidates": NO_CANDIDATES,
}


@pytest.fixture
def open_hand_out(browser: Browser, tmp_path):
    opened = []

    def open_(trace, language="en", **options):
        path = tmp_path / "page.html"
        path.write_text(hand_out_to_html(trace, language), encoding="utf-8")
        context, troubles = browser.new_context(**options), []
        opened.append((context, troubles))
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url == path.as_uri() or troubles.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_
    for context, troubles in opened:
        context.close()
        assert troubles == []


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_each_step_has_its_token_its_bars_and_the_text_before(open_hand_out, trace):
    page = open_hand_out(trace)
    sheets = page.locator(".tz-sheet").all()
    assert len(sheets) == len(trace.steps)
    logprob = 0.0
    for number, (sheet, step) in enumerate(zip(sheets, trace.steps, strict=True), start=1):
        logprob += step.chosen.logprob
        said = sheet.inner_text()
        assert f"step {number} of {len(trace.steps)}" in said and percent(step.chosen.probability) in said
        assert product(logprob) in sheet.locator(".tz-sheet-price").inner_text()
        assert sheet.locator(".tz-chosen:visible").count() == 1
        assert sheet.locator("button.tz-row:visible").count() == max(1, min(6, len(step.candidates)))
        tokens = len(trace.context) + number - 1
        assert sheet.locator(".tz-sheet-before > span").count() == tokens + 1


@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_step_is_cut_by_the_edge_of_a_sheet(open_hand_out, language):
    page = open_hand_out(JAPANESE_TRACE, language, color_scheme="dark")
    printed = Printed(page.pdf(format="A4", margin={"top": "10mm", "bottom": "10mm"}, print_background=True))
    count = "step {}" if language == "en" else "ステップ {} /"
    heads = [sum(count.format(number) in text for text in printed.texts) for number in range(1, 16)]
    assert min(heads) == 1 and len(printed.texts) <= 6
    for text in printed.texts:
        assert text.count("p(") == text.count("nats" if language == "en" else "ナット")
        assert "Play" not in text and "日本語" not in text


def test_it_fits_a_phone_and_changes_its_language(open_hand_out):
    page = open_hand_out(JAPANESE_TRACE, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("button", name="日本語").click()
    assert "ステップ 1 / 15" in page.locator(".tz-sheet").first.inner_text()


def test_it_is_small():
    assert len(hand_out_to_html(LONG_TRACE).encode()) < MOST_BYTES
