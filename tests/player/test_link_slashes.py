"""Answers in links: a slash within a word stays one, and links of before, whose spellings stood apart by a slash alone,
still say what they said.
"""

from __future__ import annotations

import pytest

from model_utils.decoding.answers import read_answers
from model_utils.views.answers import Inputs
from tests.views.linking import packed

READ = "(text) => Tsuzuki[`page/address/link`].unpack(text).then((state) => state.inputs.answers_typed)"
ROUND = """(typed) => {
  const inputs = { answers_typed: typed };
  const { pack, slashesOf, unpack } = Tsuzuki[`page/address/link`];
  const state = { v: 1, inputs, ...slashesOf(inputs) };
  return pack(state).then(unpack).then((back) => back.inputs.answers_typed);
}"""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nine/9\\nten / 10", [["nine", "9"], ["ten", "10"]]),
        ("大阪／おおさか/Osaka", [["大阪", "おおさか", "Osaka"]]),
        ("犬 / いぬ\\n猫", [["犬", "いぬ"], ["猫"]]),
        ("はい、そうです/うん", [["はい、そうです", "うん"]]),
    ],
)
def test_a_link_of_before_has_its_spellings_apart(page, typed, meant):
    old = packed(f'{{"v": 1, "view": "answers", "inputs": {{"answers_typed": "{typed}"}}}}'.encode())
    assert read_answers(page.evaluate(READ, old)) == meant


@pytest.mark.parametrize(
    "typed", ["1/2", "km/h / キロ毎時\n1/2 / 0.5", "犬 / いぬ", "犬／いぬ", "https://a.b/c", "/", ""]
)
def test_a_link_of_now_says_what_was_typed(page, typed):
    assert page.evaluate(ROUND, typed) == typed


def test_a_lesson_hands_on_its_slashes():
    state = Inputs(prompt="Half is", answers=["1/2 / 0.5", "km/h"]).state("small")
    assert state["slashes"] == "spaced" and state["inputs"]["answers_typed"] == "1/2 / 0.5\nkm/h"
