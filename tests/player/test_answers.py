"""The picture of answers in a browser: it shows the numbers of its value, and all that was typed as text."""

from __future__ import annotations

import math

import pytest

from model_utils.decoding.answers import Answer, Answers, Spelling, Way
from model_utils.views.answers import answers_to_wire
from tests.player.conftest import load_all
from tests.viz.fakes import HALVES, HOSTILE, NO_STEPS, token
from viz.pages.assets import player_setup
from viz.text.formats import percent, product

SHOW = """([setup, value]) => {
    const place = document.createElement('div');
    document.body.replaceChildren(place);
    window.answers = new Tsuzuki[`player/views/answers`].Answers(place, { setup, language: 'en' });
    answers.show(value);
}"""


def spelling(text: str, probability: float, *pieces: str, count: int = 1, **more: object) -> Spelling:
    """With one way of so much of it, if it has pieces."""
    tokens = tuple(token(piece, 5 + at) for at, piece in enumerate(pieces))
    ways = (Way(tokens, math.log(0.75 * probability)),) if pieces else ()
    return Spelling(text, probability, 1e-9, ways, count, **more)


def asked(prompt: str, *rows: list[Spelling], together: float | None = None) -> Answers:
    answers = []
    for at, row in enumerate(rows):
        counted = [one for one in row if one.part_of is None or one.part_of[0] != at]
        answers.append(Answer(tuple(row), sum(one.probability for one in counted), 1e-9))
    total = sum(one.probability for one in answers) if together is None else together
    return Answers("small", "1", prompt, tuple(answers), total, 2e-9)


DOG = [spelling("犬", 0.016, "犬", count=9), spelling("イヌ", 0.0001, "イ", "ヌ")]
CAT = [spelling("猫", 0.0155, "猫"), spelling("ねこ", 0.0), spelling("ネコ", 0.0012, "ネコ")]
PETS = asked("ペットに", DOG, CAT)
NESTED = asked(
    "日本で",
    [spelling("大阪", 0.2, "大阪"), spelling("大阪市", 0.05, "大阪", "市", part_of=(0, 0))],
    [spelling("大阪府", 0.1, "大阪", "府", part_of=(0, 0)), spelling("京都", 0.3, "京都")],
    together=0.5,
)


@pytest.fixture
def page(open_trace):
    opened = open_trace(NO_STEPS)
    load_answers(opened.page)
    yield opened.page
    assert (opened.dialogs, opened.requests, opened.errors) == ([], [], [])


def load_answers(page) -> None:
    """An exported trace comes without the answers."""
    load_all(page)


def show(page, answers: Answers | None):
    page.evaluate(SHOW, [player_setup(), answers and answers_to_wire(answers)])
    return page.locator(".tz-answers")


def texts(place, kind: str) -> list[str]:
    return [" ".join(one.split()) for one in place.locator(kind).all_inner_texts()]


def test_answers_stand_in_falling_order_and_anything_else_last(page):
    shown = show(page, PETS)
    assert texts(shown, ".tz-answers-name") == ["猫", "犬", "anything else"]
    totals = [PETS.answers[1].probability, PETS.answers[0].probability, PETS.rest]
    assert texts(shown, ".tz-answers-row > .tz-percent") == [percent(one) for one in totals]
    assert texts(shown, ".tz-answers-key") == ["猫 1.6 %", "ネコ 0.12 %", "ねこ <0.001 %", "犬 1.6 %", "イヌ 0.010 %"]
    assert shown.locator(".tz-answers-prompt").inner_text().strip() == "ペットに"


def test_what_is_said_names_the_answer_and_the_spelling_that_leads_alone(page):
    shown = show(page, PETS)
    assert shown.locator(".tz-answers-said").inner_text().splitlines() == [
        f"“猫” is the most probable answer: {percent(0.0167)}, 3 spellings together.",
        "Taken one by one, “犬” is the most probable spelling: 1.6 %.",
    ]
    assert "Taken one by one" not in show(page, asked("a", CAT)).inner_text()


def test_a_bar_is_as_long_as_its_spellings_one_after_the_other(page):
    shown = show(page, PETS)
    track = shown.locator(".tz-track").first
    width, left = track.evaluate("(t) => [t.clientWidth, t.getBoundingClientRect().x + t.clientLeft]")
    boxes = [part.bounding_box() for part in track.locator(".tz-answers-part").all()]
    scale = 0.02
    assert f"Full width is {scale * 100:.0f} %." in shown.locator(".tz-caption").inner_text()
    assert boxes[0]["width"] == pytest.approx(0.0155 / scale * width - 2, abs=0.6)
    assert boxes[1]["x"] - left == pytest.approx(0.0155 / scale * width, abs=0.6)
    assert boxes[1]["x"] > boxes[0]["x"] + boxes[0]["width"]
    fills = shown.locator(".tz-track").first.locator(".tz-answers-part").evaluate_all(
        "(parts) => parts.map((part) => getComputedStyle(part).backgroundImage)"
    )  # fmt: skip
    assert len(set(fills)) == 3


def test_a_spelling_explains_how_it_is_cut(page):
    shown = show(page, PETS)
    shown.locator(".tz-answers-key", has_text="犬").focus()
    page.keyboard.press("Enter")
    box = shown.locator(".tz-details")
    assert texts(box, ".tz-answers-chip") == ["犬"]
    assert (
        product(math.log(0.75 * 0.016)) in box.inner_text() and f"8 more: {percent(0.25 * 0.016)}" in box.inner_text()
    )
    shown.locator(".tz-answers-key", has_text="ねこ").focus()
    page.keyboard.press("Enter")
    assert "too improbable to follow" in box.inner_text()


def test_the_table_says_all(page):
    shown = show(page, PETS)
    rows = [one.split() for one in shown.locator("table tbody tr").all_inner_texts()]
    assert [row[0] for row in rows] == ["猫", "猫", "ネコ", "ねこ", "犬", "犬", "イヌ", "anything"]
    assert rows[-2][1:3] == ["0.010", "%"] and rows[-2][3:5] == ["イ", "ヌ"]
    alone = show(page, asked("a", [spelling("tea", 0.3, " tea")])).locator("table tbody tr")
    assert alone.count() == 2


def test_part_of_another_is_said_and_drawn(page):
    shown = show(page, NESTED)
    keys = texts(shown, ".tz-answers-key")
    assert keys == ["京都 30.0 %", "大阪府 10.0 % part of “大阪”", "大阪 20.0 %", "大阪市 5.0 % counted in “大阪”"]
    assert (
        shown.locator(".tz-answers-part").count() == 3
        and shown.locator(".tz-answers-part.tz-answers-shared").count() == 1
    )
    assert "A spelling that begins with one of another answer counts for both." in shown.inner_text()
    assert texts(shown, ".tz-answers-row > .tz-percent")[-1] == "50.0 %"


def test_nothing_to_show_is_hidden_and_what_may_be_missing_is_said(page):
    assert show(page, None).inner_text() == ""
    none = Spelling("x", 0.0, 0.02, (), 0)
    shown = show(page, Answers("small", "1", "", (Answer((none,), 0.0, 0.02),), 0.0, 0.02))
    assert (
        texts(shown, ".tz-answers-key") == ["x ≤ 2.0 %"]
        and "at most 2.0 %" in shown.locator(".tz-caption").inner_text()
    )
    assert "most probable" not in shown.inner_text()


def test_whatever_is_typed_or_in_a_token_is_text(page):
    nasty = [spelling(text, 0.01 / (1 + at), text, *(["葡"] if at else [])) for at, text in enumerate(HOSTILE)]
    half = Spelling("葡", 0.1, 0.0, (Way(HALVES, math.log(0.1)),), 1)
    shown = show(page, asked(HOSTILE[0] * 9, nasty, [half], [spelling("שלום", 0.1, "שלום")]))
    assert "<img src=x onerror=alert(1)>" in shown.inner_text() and page.locator("img").count() == 0
    for key in shown.locator(".tz-answers-key").all():
        key.hover()
    assert "\ufffd" not in page.evaluate("document.body.innerHTML") and page.locator("img").count() == 0
    assert shown.locator(".tz-prompt bdi, .tz-answers-key bdi").count() == len(HOSTILE) + 2


@pytest.mark.parametrize("width", [360, 1440])
def test_it_fits_and_speaks_both_languages(open_trace, width):
    opened = open_trace(NO_STEPS, width=width)
    load_answers(opened.page)
    long = [spelling("supercalifragilisticexpialidocious" * 3, 0.2, "super", "cali" * 20, count=3)]
    shown = show(opened.page, asked("とても長い" * 60, long, CAT))
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    opened.page.evaluate("answers.setLanguage('ja')")
    assert "それ以外" in shown.inner_text() and "anything" not in shown.inner_text()
    assert shown.get_attribute("lang") == "ja"
