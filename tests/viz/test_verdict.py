"""Scored texts in words: who won, by how much, and which token decides it, on traces written by hand."""

from __future__ import annotations

import math

import pytest

from model_utils.trace.values import Candidate, Step, Token, Trace
from tests.viz.duels import APPLE, CHEST, GRAPE, priced
from viz.verdict import times, verdict


def test_two_texts():
    said = verdict([CHEST, GRAPE]).split("\n")
    assert said == [
        "“好きな果物はぶどう” is 1,600 times as probable as “好きな果物はたんす”: 10.6 bits less surprising.",
        "The largest part of the difference is “ぶどう” (8.0 %) where the other text has “たんす” (0.0050 %).",
    ]


def test_two_texts_in_japanese():
    said = verdict([GRAPE, CHEST], "ja")
    assert "「好きな果物はぶどう」の確率は「好きな果物はたんす」の 1,600 倍" in said and "「ぶどう」（8.0 %）" in said


def test_three_texts_name_the_next_and_the_last():
    said = verdict([CHEST, APPLE, GRAPE])
    assert "“好きな果物はぶどう” is 2.0 times as probable as “好きな果物はりんご”" in said
    assert "The least probable, “好きな果物はたんす”, is 1,600 times less probable than the first." in said
    assert "“ぶどう” (8.0 %) where the other text has “りんご” (4.0 %)" in said


def test_the_same_token_with_two_probabilities():
    one, other = priced({"A": 0.5, " cat": 0.1, " sat": 0.5}), priced({"A": 0.5, " dog": 0.1, " sat": 0.01})
    assert "is “sat”: 50.0 % in the first, 1.0 % in the other." in verdict([one, other])


def test_a_token_that_only_the_other_text_has():
    plain = priced([("I", 0.5), (" like", 0.2), (" dogs", 0.1)])
    more = priced([("I", 0.5), (" like", 0.2), (" really", 0.01), (" dogs", 0.1)])
    assert "“really” (1.0 %), which only the other text has: one more factor." in verdict([plain, more])


def test_several_tokens_that_only_the_other_text_has_are_as_many_factors():
    short = priced([("The", 0.5), (" cat", 0.2)])
    longer = priced([("The", 0.5), (" cat", 0.2), (" sat", 0.1), (" down", 0.1)])
    assert "“sat down” (1.0 %), which only the other text has: 2 more factors." in verdict([short, longer])
    assert "「sat down」（1.0 %）：因子が 2 個多い。" in verdict([short, longer], "ja")


def test_equal_probabilities_and_a_tie_above_another():
    one, other = priced({"a": 0.5, "b": 0.1}), priced({"a": 0.5, "c": 0.1})
    assert verdict([one, other]) == "“ab” and “ac” are equally probable."
    third = priced({"a": 0.5, "d": 0.05})
    assert verdict([third, one, other]).startswith(
        "“ab” and “ac” are equally probable, and 2.0 times as probable as “ad”"
    )
    assert verdict([one, other], "ja") == "「ab」と「ac」の確率は同じ。"


def test_identical_texts_one_text_and_none():
    assert "are the same" in verdict([GRAPE, GRAPE, GRAPE])
    assert verdict([GRAPE]) == (
        "“好きな果物はぶどう” has a probability of 0.0040 %, the product of 4 factors. "
        "The smallest factor is that of “好きな”: 1.0 %."
    )
    assert verdict([]) == ""
    assert verdict([GRAPE, CHEST, GRAPE]) == verdict([GRAPE, CHEST]), "the same text twice is said once"
    assert verdict([CHEST, CHEST, GRAPE]) == verdict([CHEST, GRAPE])


def test_a_difference_too_small_for_one_decimal_is_not_said_to_be_none():
    one, other = priced({"a": 0.5, "b": 0.1}), priced({"a": 0.5, "c": 0.0999})
    assert verdict([one, other]).startswith("“ab” is 1.0010 times as probable as “ac”: 0.0014 bits less surprising.")


def test_what_is_cut_otherwise_is_not_nothing_in_common():
    one = priced([("x", 0.5), ("ab", 0.5), ("c", 0.5), ("y", 0.5)])
    other = priced([("v", 0.5), ("a", 0.5), ("bc", 0.5), ("w", 0.1)])
    assert "nothing in common" not in verdict([one, other])


def test_nothing_in_common():
    one, other = priced(dict.fromkeys("abcd", 0.5)), priced(dict.fromkeys("wxyz", 0.4))
    assert "nothing in common" in verdict([one, other])


def test_a_much_longer_text_is_said_to_have_more_factors():
    short, long = priced({"a": 0.5, "b": 0.5}), priced(dict.fromkeys("abcdefgh", 0.5))
    assert "“abcdefgh” has 8 tokens, the first 2: a longer text has more factors" in verdict([long, short])
    assert "factors" not in verdict([GRAPE, CHEST])


def test_a_first_token_without_a_probability():
    one = priced({"b": 0.5}, context=(Token(1, b"a", "a"),))
    other = priced({"b": 0.1}, context=(Token(2, b"c", "c"),))
    assert "The first token of each text is context" in verdict([one, other])
    assert "context" not in verdict([one, priced({"d": 0.1}, context=one.context)])
    assert "“a” is a single token" in verdict([one, priced({}, context=one.context)])


def test_a_token_without_a_probability_decides_nothing():
    """It has none to name: the pair with the largest share is one of those that have."""
    a, c = Token(1, b"a", "a"), Token(2, b"c", "c")
    one, other = priced({" x": 0.5, " y": 0.5}, context=(a,)), priced({" x": 0.01, " z": 0.25}, context=(c,))
    assert "“x”: 50.0 % in the first, 1.0 % in the other." in verdict([one, other])
    assert "100 %" not in verdict([one, other])
    assert "largest" not in verdict([priced({"b": 0.5}, context=(a,)), priced({"d": 0.1}, context=(c,))])


def test_half_a_character_and_markup_are_shown():
    halves = [Token(5, "葡".encode()[:2], "‹E8 91›"), Token(6, "葡".encode()[2:], "‹A1›")]
    steps = [Step(Candidate(token, 1, math.log(0.001)), True, (), 1.0) for token in halves]
    broken = Trace("tiny", "1", 10**6, GRAPE.context, tuple(steps))
    said = verdict([priced({"<img src=x onerror=alert(1)>": 0.5}), broken])
    assert "“<img src=x onerror=alert(1)>” (50.0 %) where the other text has “葡”" in said
    assert "\ufffd" not in said


def test_right_to_left_text_is_isolated_and_a_power_of_ten_unbroken():
    said = verdict([priced({"مرحبا": 0.5, " x": 1e-9}), priced({"مرحبا": 0.5, " y": 0.5})])
    assert "\u2068مرحبا y\u2069" in said and "1.0\u00a0×\u00a010⁻⁹" in said and " × " not in said


def test_long_texts_are_named_by_their_ends():
    long = priced([("word ", 0.5)] * 40)
    assert verdict([long]).startswith(f"“{'word ' * 8}… ") and len(verdict([long])) < 200


@pytest.mark.parametrize(
    ("nats", "said"),
    [
        (1e-6, "1.0000010"),
        (0.02, "1.020"),
        (0.5, "1.6"),
        (4, "55"),
        (7.378, "1,600"),
        (13.8, "980,000"),
        (20, "4.9 × 10⁸"),
    ],
)
def test_times(nats, said):
    assert times(nats) == said
