"""Two models on one text, and a training, in a browser: whole tokens side by side, and the numbers of the traces."""

from __future__ import annotations

import math

import pytest
from playwright.sync_api import expect

from model_utils.trace.values import Token
from model_utils.trace.wire import to_wire
from tests.player.conftest import load_all
from tests.viz.duels import BOS, priced
from tests.viz.fakes import HOSTILE, NO_STEPS, text_trace
from viz.pages.assets import player_setup

ONE = priced([("好き", 0.5), ("な", 0.9), ("果物", 0.01), ("は", 0.5)])
OTHER = priced([("好", 0.25), ("きな", 0.8), ("果物", 0.2), ("は", 0.5)])
NO_BOS = priced([("きな", 0.8), ("果物", 0.2), ("は", 0.5)], context=(Token(7, "好".encode(), "好"),))
SHOW = """([kind, value, setup]) => {
    const place = document.createElement('div');
    document.body.replaceChildren(place);
    window.picture = Tsuzuki['player/views/registry'].makeView(kind, place, { setup, language: 'en' });
    picture.show(value);
}"""


@pytest.fixture
def page(open_trace, request):
    opened = open_trace(NO_STEPS, plots=getattr(request, "param", False))
    load_all(opened.page)
    yield opened.page
    assert (opened.dialogs, opened.requests, opened.errors) == ([], [], [])


def pair(page, *traces, names=("one", "other"), chat=False):
    sides = [{"model": name, "chat": chat, "trace": to_wire(trace)} for name, trace in zip(names, traces, strict=False)]
    page.evaluate(SHOW, ["models", {"sides": sides}, player_setup()])
    return page.locator(".tz-models")


def bits(*probabilities: float) -> float:
    return -sum(math.log2(p) for p in probabilities)


def test_tokens_stand_in_columns_of_the_same_characters(page):
    shown = pair(page, ONE, OTHER)
    words = shown.locator(".tz-duel-word")
    assert words.all_inner_texts() == ["好き", "な", "果物", "は", "好", "きな", "果物", "は"]
    left = [cell.bounding_box()["x"] for cell in shown.locator(".tz-duel-cell").all()]
    begin, _, fruit, of, begin_too, fruit_too, of_too = left
    assert (begin, fruit, of) == pytest.approx((begin_too, fruit_too, of_too))


def test_bits_per_character_are_those_of_what_both_price(page):
    rows = pair(page, ONE, OTHER).locator("tbody tr").all_inner_texts()
    for row, total in zip(rows, (bits(0.5, 0.9, 0.01, 0.5), bits(0.25, 0.8, 0.2, 0.5)), strict=True):
        assert f"{total / 6:.2f}" in row and f"{total / 18:.2f}" in row and f"{total:.1f}" in row
    # Where one model has no probability for the first token, neither pays for the characters up to a common boundary.
    rows = pair(page, ONE, NO_BOS).locator("tbody tr").all_inner_texts()
    assert f"{bits(0.01, 0.5) / 3:.2f}" in rows[0] and f"{bits(0.2, 0.5) / 3:.2f}" in rows[1]


def test_where_they_disagree_most_is_marked_said_and_open(page):
    shown = pair(page, ONE, OTHER)
    expect(shown.locator(".tz-models-said")).to_contain_text("at “果物”: one gives it 1.0 %, other 20.0 %")
    bracket = shown.locator(".tz-duel-bracket").bounding_box()
    cell = shown.locator(".tz-duel-cell", has_text="果物").first.bounding_box()
    assert cell["x"] <= bracket["x"] and bracket["x"] + bracket["width"] <= cell["x"] + cell["width"]
    assert shown.locator(".tz-expected-before").all_inner_texts() == ["<s>好きな?", "<s>好きな?"]
    times = math.exp(OTHER.logprob - ONE.logprob)
    assert f"other finds this text {times:.1f} times as probable" in shown.locator(".tz-models-said").inner_text()
    by = bits(0.01) - bits(0.2)
    assert f"{by:.1f}" in shown.locator(".tz-models-bits").all_inner_texts()


def test_a_token_that_is_chosen_shows_what_both_expected(page):
    shown = pair(page, ONE, OTHER)
    shown.locator(".tz-duel-token", has_text="は").first.click()
    assert shown.locator(".tz-expected-before").all_inner_texts() == ["<s>好きな果物?", "<s>好きな果物?"]
    shown.locator(".tz-duel-token", has_text="きな").last.click()
    assert shown.locator(".tz-expected-before").all_inner_texts() == ["<s>?", "<s>好?"], "the columns begin together"


def test_what_a_model_wrote_itself_is_not_compared(page):
    one, other = (
        text_trace(["好", "き", "な", *more], prompt=2, ends=False) for more in (["人", "は"], ["人", "が", "、"])
    )
    shown = pair(page, one, other, chat=True)
    expect(shown.locator(".tz-duel-caption")).to_contain_text("the 2 characters")
    assert [row.split("\t")[-1] for row in shown.locator("tbody tr").all_inner_texts()] == ["な人は", "な人が、"]
    assert shown.locator(".tz-duel-letter").all_inner_texts() == ["one (chat)", "other (chat)"]


def test_nothing_in_common_and_one_alone(page):
    shown = pair(page, ONE, priced([("x", 0.5)]))
    expect(shown.locator(".tz-models-said")).to_contain_text("no part of this text")
    shown = pair(page, ONE)
    expect(shown.locator(".tz-duel-token")).to_have_count(4)
    assert shown.locator(".tz-models-said").inner_text() == ""
    page.evaluate("picture.show(null)")
    expect(shown.locator(".tz-duel-stage")).to_be_hidden()


def test_hostile_tokens_and_names_are_text(page):
    trace = text_trace(HOSTILE, prompt=4, context=(BOS,))
    shown = pair(page, trace, trace, names=(HOSTILE[0], "b"))
    for text in HOSTILE[:4]:
        assert text in shown.inner_text()


def learning(page):
    points = [
        {"name": f"m@step{at}", "step": at, "tokens": at * 8192, "trace": to_wire(priced([("好き", p), ("な", p)]))}
        for at, p in ((0, 1 / 12000), (8, 0.01), (512, 0.5))
    ]
    value = {"model": "m", "curve": [[163840, 9.0], [4_000_000, 4.0]], "points": points}
    page.evaluate(SHOW, ["learning", value, player_setup()])
    return page.locator(".tz-learning")


def test_the_slider_goes_through_the_checkpoints(page):
    shown = learning(page)
    assert "After 512 steps of training, 4,194,304 tokens read" in shown.inner_text()
    expect(shown.locator(".tz-duel-factor").first).to_have_text("50.0 %")
    shown.locator(".tz-slider").fill("1")
    assert "After 8 steps" in shown.inner_text() and "m@step8" in shown.inner_text()
    expect(shown.locator(".tz-duel-factor").first).to_have_text("1.0 %")
    assert f"{2 * bits(0.01) / 3:.2f}" in shown.locator(".tz-duel-end").inner_text()
    assert shown.locator(".tz-slider").get_attribute("aria-valuetext").startswith("After 8 steps")


@pytest.mark.parametrize("page", [True], indirect=True, ids=["with Plotly"])
def test_the_curve_has_the_bits_of_the_text_beside_the_training(page):
    shown = learning(page)
    data = page.evaluate("document.querySelector('.tz-learning .tz-plot').data.map(({ x, y }) => ({ x, y }))")
    assert data[0]["y"] == pytest.approx([9 / math.log(2), 4 / math.log(2)])
    assert data[1]["y"] == pytest.approx([bits(1 / 12000), bits(0.01), 1.0], abs=1e-6)
    assert data[1]["x"] == [8 * 8192 / 4, 8 * 8192, 512 * 8192]
    twin = shown.locator("table.tz-spoken tbody tr").all_inner_texts()
    assert [row.split() for row in twin] == [["0", "0", "13.55"], ["8", "65,536", "6.64"], ["512", "4,194,304", "1.00"]]


def test_the_difference_as_a_table_has_each_run_of_shared_characters(page):
    shown = pair(page, ONE, OTHER)
    page.get_by_text("The difference as a table").click()
    found = shown.locator(".tz-twin tbody tr")
    expect(found).to_have_count(3)
    rows = [row.split("\t") for row in found.all_inner_texts()]
    assert [row[0] for row in rows] == ["好きな", "果物", "は"]
    expected = [(bits(0.5, 0.9), bits(0.25, 0.8)), (bits(0.01), bits(0.2)), (bits(0.5), bits(0.5))]
    for row, (one, other) in zip(rows, expected, strict=True):
        assert [float(cell.replace("−", "-")) for cell in row[1:]] == pytest.approx(
            [one, other, one - other], abs=0.011
        )
