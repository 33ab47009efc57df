"""The duel in a browser: the picture shows the numbers of the traces, below the verdict on them."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from model_utils.trace.values import Trace
from model_utils.trace.wire import to_wire
from tests.player.conftest import load_all
from tests.random_examples import share_of
from tests.viz.duels import APPLE, CHEST, GRAPE, priced, tokenised
from tests.viz.fakes import HALVES, HOSTILE, NO_STEPS, scored, token
from viz.text.formats import percent, product

SHOW = """(traces) => {
    const { setup } = JSON.parse(document.getElementById('tsuzuki-data').textContent);
    const place = document.createElement('div');
    document.body.replaceChildren(place);
    window.duel = new Tsuzuki[`player/views/duel`].Duel(place, { setup, language: 'en' });
    duel.show({ traces, letters: 'ABCDEF' });
}"""
TOKENS = "(texts) => texts.map((text) => text.map((token) => Uint8Array.from(token)))"
quick = settings(max_examples=share_of(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def page(open_trace):
    opened = open_trace(NO_STEPS)
    load_duel(opened.page)
    yield opened.page
    assert (opened.dialogs, opened.requests, opened.errors) == ([], [], [])


def load_duel(page) -> None:
    """An exported trace comes without the duel."""
    load_all(page)


def show(page, *traces: Trace):
    page.evaluate(SHOW, [to_wire(trace) for trace in traces])
    return page.locator(".tz-duel")


def numbers(texts: list[list[bytes]]) -> list[list[list[int]]]:
    return [[list(piece) for piece in text] for text in texts]


@quick
@given(st.lists(tokenised(), min_size=2, max_size=6), st.data())
def test_the_columns_hold_every_token_once_and_what_agrees_is_equal(page, texts, data):
    reference = data.draw(st.integers(0, len(texts) - 1))
    run = f"([texts, at]) => Tsuzuki[`player/rows/align`].layOut(({TOKENS})(texts), at)"
    layout = page.evaluate(run, [numbers(texts), reference])
    for text, row in zip(texts, layout["rows"], strict=True):
        at = column = 0
        for cell in row["cells"]:
            assert (cell["from"], cell["first"]) == (at, column) and cell["last"] > column
            at, column = cell["to"], cell["last"]
            if cell["agrees"] and row is not layout["rows"][reference]:
                start, end = (layout["tokenAt"][cell[side]] for side in ("first", "last"))
                assert b"".join(text[cell["from"] : cell["to"]]) == b"".join(texts[reference][start:end])
        assert at == len(text)
        assert column == layout["columns"]


def test_the_verdict_stands_at_the_top_and_follows_texts_and_language(page):
    duel = show(page, CHEST, GRAPE)
    said = duel.locator("> :first-child")
    assert said.get_attribute("role") == "status"
    assert said.inner_text().splitlines() == [
        "“好きな果物はぶどう” is 1,600 times as probable as “好きな果物はたんす”: 10.6 bits less surprising.",
        "The largest part of the difference is “ぶどう” (8.0 %) where the other text has “たんす” (0.0050 %).",
    ]
    heights = {said.evaluate("(line) => getComputedStyle(line).lineHeight"), f"{said.bounding_box()['height'] / 2:g}px"}
    assert heights == {"27px"}, "each sentence has a line of its own"
    page.evaluate("duel.setLanguage('ja')")
    assert said.inner_text().startswith("「好きな果物はぶどう」の確率は")
    page.evaluate("(traces) => duel.show({ traces, letters: 'A' })", [to_wire(GRAPE)])
    assert said.inner_text().startswith("「好きな果物はぶどう」の確率は 0.0040 %")
    page.evaluate("(traces) => duel.show({ traces, letters: 'A' })", [to_wire(replace(NO_BOS, steps=()))])
    assert said.inner_text().startswith("「a」は 1 トークンだけ")
    page.evaluate("duel.show(null)")
    assert said.inner_text() == "" and not said.is_visible()


def test_tokens_with_their_factors_and_where_they_part(page):
    duel = show(page, CHEST, GRAPE)
    words = duel.locator(".tz-duel-token").all_inner_texts()
    for trace in (CHEST, GRAPE):
        for step in trace.steps:
            assert f"{step.chosen.token.text}\n{percent(step.chosen.probability)}" in words
    assert duel.locator(".tz-duel-parted").all_inner_texts() == ["たん\n0.10 %\nす\n5.0 %", "ぶどう\n8.0 %"]
    assert duel.locator(".tz-duel-bracket").all_inner_texts() == ["≠"]
    boxes = [box.bounding_box() for box in duel.locator(".tz-duel-cell").all()]
    for above, below in zip(boxes[:4], boxes[4:], strict=True):
        assert above["x"] == pytest.approx(below["x"]) and above["width"] == pytest.approx(below["width"])


def test_the_log_ratio_and_the_figures(page):
    duel = show(page, CHEST, GRAPE, APPLE)
    nats = GRAPE.logprob - CHEST.logprob
    ends = duel.locator(".tz-duel-label").all_inner_texts()
    assert ends == [
        f"A\n−{nats:.2f} nats\n1,600 times less probable",
        f"C\n−{GRAPE.logprob - APPLE.logprob:.2f} nats\n2.0 times less probable",
    ]
    figures = duel.locator(".tz-duel-figures tbody tr").all_inner_texts()
    assert "◂ most probable" in figures[1] and "most probable" not in figures[0] + figures[2]
    for trace, row in zip((CHEST, GRAPE, APPLE), figures, strict=True):
        assert f"−{-trace.logprob:.2f}" in row and product(trace.logprob) in row and str(len(trace.steps)) in row
        assert f"{-trace.logprob / math.log(2) / len(trace.text):.2f}" in row
    twin = duel.locator("table.tz-spoken tbody tr").last.locator("td").all_text_contents()
    assert twin[-2:] == [f"−{nats:.2f}", f"−{math.log(2):.2f}"] and "ぶどう 8.0 %" in twin


def test_the_chart_stands_under_the_tokens(page):
    duel = show(page, CHEST, GRAPE)
    d = duel.locator(".tz-duel-svg .tz-duel-line").get_attribute("d")
    parted = duel.locator(".tz-duel-parted").first.bounding_box()
    plot = duel.locator(".tz-duel-plot").bounding_box()
    assert f"H{parted['x'] - plot['x']:.0f}V" in d.replace(".5", "")


def test_one_text_shows_its_factors_and_none_a_hint(page):
    duel = show(page, GRAPE)
    assert duel.locator(".tz-view-score .tz-table tbody tr").count() == 4
    assert not duel.locator(".tz-duel-grid").is_visible()
    page.evaluate("duel.show(null)")
    assert duel.locator(".tz-message").first.inner_text() == "Type a text to see what the model makes of it."


def test_a_token_opens_its_text_in_a_player(page):
    duel = show(page, CHEST, GRAPE)
    duel.locator(".tz-duel-token", has_text="ぶどう").focus()
    page.keyboard.press("Enter")
    assert duel.locator(".tz-duel-name").inner_text() == "Text B, look inside"
    assert page.evaluate("duel.player.index") == 3


def test_hostile_half_and_right_to_left_tokens(page):
    hostile = scored([*HOSTILE, *HALVES, "שלום", "مرحبا"])
    duel = show(page, hostile, scored([*HOSTILE[:3], *HALVES, token("x", 7)]), NO_BOS)
    assert "<img src=x onerror=alert(1)>" in duel.inner_text() and page.locator("img").count() == 0
    assert duel.locator(".tz-duel-token bdi").count() == duel.locator(".tz-duel-token").count()
    assert "\ufffd" not in page.evaluate("document.body.innerHTML")


NO_BOS = priced({"b": 0.5}, context=(token("a", 3),))


def test_equal_texts_have_no_winner(page):
    duel = show(page, GRAPE, GRAPE)
    assert "most probable" not in duel.inner_text() and "just as probable" in duel.inner_text()


@pytest.mark.parametrize("width", [360, 1440])
def test_a_long_alignment_scrolls_in_its_own_box(open_trace, width):
    opened = open_trace(NO_STEPS, width=width)
    load_duel(opened.page)
    one = priced([(f" word{at}", 0.5) for at in range(60)])
    duel = show(opened.page, one, CHEST)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert duel.locator(".tz-duel-scroll").evaluate("(box) => box.scrollWidth > box.clientWidth")


def widths(page) -> list[float]:
    return [round(box.bounding_box()["width"]) for box in page.locator(".tz-duel-cell").all()]


def test_columns_are_as_wide_as_their_own_texts_whatever_was_shown_before(page):
    show(page, CHEST, GRAPE)
    alone = widths(page)
    for traces in ([priced([(f" word{at}", 0.5) for at in range(60)]), CHEST], [CHEST, GRAPE]):
        page.evaluate("(traces) => duel.show({ traces, letters: 'AB' })", [to_wire(trace) for trace in traces])
    assert widths(page) == alone


def test_totals_stay_in_view_while_a_long_text_scrolls(page):
    duel = show(page, priced([(f" word{at}", 0.5) for at in range(60)]), CHEST)
    box = duel.locator(".tz-duel-scroll").bounding_box()
    for left in (0, 2000, 10**6):
        duel.locator(".tz-duel-scroll").evaluate("(box, left) => { box.scrollLeft = left; }", left)
        for total in duel.locator(".tz-duel-total").all():
            there = total.bounding_box()
            assert box["x"] < there["x"] and there["x"] + there["width"] <= box["x"] + box["width"] + 1


def test_a_short_text_beside_a_long_one_stays_in_view(page):
    duel = show(page, priced([(f" word{at}", 0.5) for at in range(60)]), priced({"猫": 0.1, "だ": 0.2}))
    box, end = (duel.locator(where).first.bounding_box() for where in (".tz-duel-scroll", ".tz-duel-end"))
    for left in (0, 2000):
        duel.locator(".tz-duel-scroll").evaluate("(box, left) => { box.scrollLeft = left; }", left)
        there = duel.locator(".tz-duel-token", has_text="猫").bounding_box()
        assert box["x"] < there["x"] and there["x"] + there["width"] <= end["x"]


def test_a_small_factor_is_a_number(page):
    """Not “less than 0.001 %”: factors are multiplied, and those of the verdict are the same."""
    duel = show(page, priced({"a": 1.1e-6, "b": 0.5}), priced({"a": 0.1, "b": 0.5}))
    assert "a\n1.1 × 10⁻⁶" in duel.locator(".tz-duel-token").all_inner_texts()
    assert "a 1.1 × 10⁻⁶" in duel.locator("table.tz-spoken").text_content()


def test_texts_without_any_probability_have_no_chart(page):
    alone = [priced({}, context=(token(text, at),)) for at, text in enumerate("ab", start=3)]
    duel = show(page, *alone)
    assert duel.locator(".tz-duel-plot").count() == 0 and duel.locator(".tz-duel-total").all_inner_texts() == ["–", "–"]
    assert "ln of" not in duel.locator(".tz-duel-caption").inner_text()


def test_a_long_texts_middle_is_left_out_of_the_figures(page):
    duel = show(page, priced([(f" word{at}", 0.5) for at in range(60)]), CHEST)
    shown = duel.locator(".tz-duel-figures bdi").first.inner_text()
    assert len(shown) < 170 and " … " in shown and shown.endswith("word59")


def test_both_languages_say_all(page):
    duel = show(page, CHEST, GRAPE)
    page.evaluate("duel.setLanguage('ja')")
    assert "最も確率が高い" in duel.inner_text() and "most" not in duel.inner_text()


def test_points_of_the_lines_rise_to_the_right(page):
    show(page, CHEST, GRAPE, priced({"好き": 0.2, "な": 0.1, "<b>": 0.5}))
    for line in page.evaluate("duel.chart.lines.map((line) => line.values.map(([at]) => at))"):
        assert all(before < after for before, after in pairwise(line))
