"""The knobs and drawing, in a browser on an exported page: what they change, and that they ask nobody."""

from __future__ import annotations

import numpy as np
import pytest

from model_utils.logits.readings import readings
from model_utils.trace.settings import Sampling
from model_utils.trace.values import Candidate, Step, Token, Trace
from tests.logits.rows import rows
from tests.viz.fakes import JAPANESE_TRACE

VOCABULARY = 1_000
IDS = [7, 500, 3, 3, 999, 42]
SAMPLING = Sampling(temperature=0.7, top_p=0.8, seed=1)


def token(token_id: int) -> Token:
    return Token(id=token_id, bytes=f"t{token_id}".encode(), label=f"t{token_id}")


def drawn_trace(sampling: Sampling = SAMPLING) -> Trace:
    """Five steps over rows of all kinds, each with its tail."""
    steps = []
    logits = np.stack(list(rows(VOCABULARY, 4))[2:7])
    for reading, token_id in zip(readings(logits, np.array(IDS), 50, "m"), IDS[1:], strict=True):
        candidates = tuple(map(Candidate, map(token, reading.top), range(1, 51), reading.top_logprobs))
        chosen = next((c for c in candidates if c.token.id == token_id), None)
        chosen = chosen or Candidate(token(token_id), reading.rank, reading.logprob)
        steps.append(Step(chosen, False, candidates, reading.entropy, (), reading.tail))
    return Trace("m", "r", VOCABULARY, (token(IDS[0]),), tuple(steps), sampling, "max_new_tokens")


TRACE = drawn_trace()


@pytest.fixture
def opened(open_trace):
    found = open_trace(TRACE)
    yield found
    assert (found.dialogs, found.requests, found.errors) == ([], [], [])


def turn(page, name: str, value: float) -> None:
    slider = page.get_by_label(name, exact=True).and_(page.locator(".tz-knob-slider"))
    slider.evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", str(value)
    )


def percents(page) -> list[str]:
    return page.locator("button.tz-row:not([hidden]) .tz-percent").all_text_contents()


def test_until_a_knob_is_moved_the_bars_are_the_raw_models_and_so_they_are_again(opened):
    page = opened.page
    raw = percents(page)
    assert page.get_by_role("button", name="Back to the raw model").is_hidden()
    turn(page, "temperature", 0.5)
    assert percents(page) != raw
    page.get_by_role("button", name="Back to the raw model").click()
    assert percents(page) == raw


def test_a_knob_holds_for_every_step(opened):
    page = opened.page
    turn(page, "temperature", 0)
    for _ in TRACE.steps:
        assert percents(page)[0] == "100 %"
        assert set(percents(page)[1:]) == {"0 %"}
        page.keyboard.press("ArrowRight")


def test_what_is_cut_stays_visible_and_the_others_split_into_kept_and_cut(opened):
    page = opened.page
    turn(page, "top-k", 4)
    rows_shown = page.locator("button.tz-row:not([hidden])")
    assert rows_shown.count() == 10
    assert page.locator("button.tz-row.tz-cut:not([hidden])").count() >= 5
    assert page.locator(".tz-others.tz-cut").inner_text().split("\n")[0] == "990 others cut"
    assert page.locator(".tz-others:not(.tz-cut)").is_hidden()
    turn(page, "top-k", 60)
    kept, cut = (page.locator(f"button.tz-row{kind}:not([hidden])").count() for kind in (":not(.tz-cut)", ".tz-cut"))
    assert page.locator(".tz-others:not(.tz-cut)").inner_text().split("\n")[0] == f"{60 - kept} others"
    assert page.locator(".tz-others.tz-cut").inner_text().split("\n")[0] == f"{940 - cut} others cut"


def test_the_settings_the_text_was_drawn_with_are_a_click_away(opened):
    page = opened.page
    page.get_by_role("button", name="As this text was drawn").click()
    values = page.locator(".tz-knob-value").all_text_contents()
    assert values == ["off", "0.70", "off", "0.80", "off"]
    assert page.get_by_role("button", name="As this text was drawn").is_hidden()


def test_the_knobs_stand_in_the_order_in_which_they_apply(opened):
    heads = opened.page.locator(".tz-knob .tz-term").all_text_contents()
    assert heads == ["repetition penalty", "temperature", "top-k", "top-p", "min-p"]


def test_draws_are_counted_beside_the_bars_and_follow_them(opened):
    page = opened.page
    turn(page, "top-k", 3)
    page.get_by_role("button", name="Draw 10,000 times").click()
    shown = page.locator(".tz-row:not([hidden]) .tz-mark-word").all_text_contents()
    counts = [int(text.replace(",", "").removesuffix(" ×")) for text in shown if text.endswith("×")]
    assert sum(counts) == 10_000
    for text, count in zip(percents(page)[:3], counts, strict=False):
        expected = float(text.removesuffix(" %")) / 100
        assert abs(count / 10_000 - expected) < 5 * (expected * (1 - expected) / 10_000) ** 0.5 + 1e-3
    assert counts[3:10] == [0] * 7
    page.get_by_role("button", name="Draw 100 times").click()
    assert "10,100 draws" in page.locator(".tz-draw-result").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(".tz-draw-result").inner_text() == ""


def test_one_draw_says_what_was_drawn(opened):
    page = opened.page
    turn(page, "temperature", 0)
    page.get_by_role("button", name="Draw 1 times").click()
    best = page.locator("button.tz-row .tz-label").first.inner_text()
    assert page.locator(".tz-draw-result").inner_text() == f"Drawn: {best}"


def test_a_trace_that_says_too_little_has_its_knobs_off_and_says_why(open_trace):
    page = open_trace(JAPANESE_TRACE).page
    assert page.locator(".tz-knob-slider:not([disabled])").count() == 0
    assert "does not carry" in page.locator(".tz-knobs .tz-caption").inner_text()
