"""The verdict on a duel in words: which text won, by how much, and which token decides it, on traces written by hand;
and on many duels, the sentences that an earlier version wrote in Python.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from model_utils.trace.utf8 import decode
from model_utils.trace.values import Candidate, Step, Token, Trace, from_wire
from model_utils.trace.wire import to_wire
from tests.recorded.records import read
from tests.viz.duels import APPLE, CHEST, GRAPE, priced
from viz.pages.modules import joined_modules
from viz.text.i18n import LANGUAGES, words

MODULES = ("player/duel/verdict", "player/trace/trace", "player/core/dom")
SAY = """([words, duels]) => {
    const { wordsOf } = Tsuzuki[`player/core/dom`];
    const { Trace } = Tsuzuki[`player/trace/trace`];
    const { verdict } = Tsuzuki[`player/duel/verdict`];
    const say = ([wires, language]) => verdict(wires.map((wire) => new Trace(wire)), wordsOf({ words }, language));
    return duels.map(say);
}"""
WORDS = {language: dict(words(language)) for language in LANGUAGES}
RECORDED = read("verdicts")

Verdict = Callable[..., str]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    opened.add_script_tag(content=joined_modules(*MODULES).script)
    yield opened
    opened.close()


@pytest.fixture
def verdict(page: Page) -> Verdict:
    def say(traces: Sequence[Trace], language: str = "en") -> str:
        (said,) = page.evaluate(SAY, [WORDS, [[list(map(to_wire, traces)), language]]])
        return str(said)

    return say


def test_many_duels_are_said_as_python_said_them(page):
    """Tied, equal, tiny, long and right-to-left texts, parts of characters, and random ones: in both languages."""
    duels = RECORDED["duels"]
    wires = [[to_wire(from_wire(wire)) for wire in duel["traces"]] for duel in duels]
    asked = [[traces, language] for traces in wires for language in ("en", "ja")]
    said = page.evaluate(SAY, [RECORDED["words"], asked])
    expected = [duel[language] for duel in duels for language in ("en", "ja")]
    assert len(duels) > 100 and sum("“\u2068" in sentence for sentence in expected) > 10
    assert said == expected


def test_earlier_pages_said_the_same(page):
    pages = [json.loads(view["page"]) for name, view in read("views").items() if name.startswith("duel")]
    for data in pages:
        traces = [to_wire(from_wire(wire)) for wire in data["value"]["traces"]]
        asked = [[traces, language] for language in data["said"]]
        assert page.evaluate(SAY, [RECORDED["words"], asked]) == list(data["said"].values())


def test_two_texts(verdict):
    said = verdict([CHEST, GRAPE]).split("\n")
    assert said == [
        "“好きな果物はぶどう” is 1,600 times as probable as “好きな果物はたんす”: 10.6 bits less surprising.",
        "The largest part of the difference is “ぶどう” (8.0 %) where the other text has “たんす” (0.0050 %).",
    ]


def test_two_texts_in_japanese(verdict):
    said = verdict([GRAPE, CHEST], "ja")
    assert "「好きな果物はぶどう」の確率は「好きな果物はたんす」の 1,600 倍" in said and "「ぶどう」（8.0 %）" in said


def test_three_texts_name_the_next_and_the_last(verdict):
    said = verdict([CHEST, APPLE, GRAPE])
    assert "“好きな果物はぶどう” is 2.0 times as probable as “好きな果物はりんご”" in said
    assert "The least probable, “好きな果物はたんす”, is 1,600 times less probable than the first." in said
    assert "“ぶどう” (8.0 %) where the other text has “りんご” (4.0 %)" in said


def test_the_same_token_with_two_probabilities(verdict):
    one, other = priced({"A": 0.5, " cat": 0.1, " sat": 0.5}), priced({"A": 0.5, " dog": 0.1, " sat": 0.01})
    assert "is “sat”: 50.0 % in the first, 1.0 % in the other." in verdict([one, other])


def test_a_token_that_only_the_other_text_has(verdict):
    plain = priced([("I", 0.5), (" like", 0.2), (" dogs", 0.1)])
    more = priced([("I", 0.5), (" like", 0.2), (" really", 0.01), (" dogs", 0.1)])
    assert "“really” (1.0 %), which only the other text has: one more factor." in verdict([plain, more])


def test_several_tokens_that_only_the_other_text_has_are_as_many_factors(verdict):
    short = priced([("The", 0.5), (" cat", 0.2)])
    longer = priced([("The", 0.5), (" cat", 0.2), (" sat", 0.1), (" down", 0.1)])
    assert "“sat down” (1.0 %), which only the other text has: 2 more factors." in verdict([short, longer])
    assert "「sat down」（1.0 %）：因子が 2 個多い。" in verdict([short, longer], "ja")


def test_equal_probabilities_and_a_tie_above_another(verdict):
    one, other = priced({"a": 0.5, "b": 0.1}), priced({"a": 0.5, "c": 0.1})
    assert verdict([one, other]) == "“ab” and “ac” are equally probable."
    third = priced({"a": 0.5, "d": 0.05})
    assert verdict([third, one, other]).startswith(
        "“ab” and “ac” are equally probable, and 2.0 times as probable as “ad”"
    )
    assert verdict([one, other], "ja") == "「ab」と「ac」の確率は同じ。"


def test_identical_texts_one_text_and_none(verdict):
    assert "are the same" in verdict([GRAPE, GRAPE, GRAPE])
    assert verdict([GRAPE]) == (
        "“好きな果物はぶどう” has a probability of 0.0040 %, the product of 4 factors. "
        "The smallest factor is that of “好きな”: 1.0 %."
    )
    assert verdict([]) == ""
    assert verdict([GRAPE, CHEST, GRAPE]) == verdict([GRAPE, CHEST]), "the same text twice is said once"
    assert verdict([CHEST, CHEST, GRAPE]) == verdict([CHEST, GRAPE])


def test_a_difference_too_small_for_one_decimal_is_not_said_to_be_none(verdict):
    one, other = priced({"a": 0.5, "b": 0.1}), priced({"a": 0.5, "c": 0.0999})
    assert verdict([one, other]).startswith("“ab” is 1.0010 times as probable as “ac”: 0.0014 bits less surprising.")


def test_what_is_cut_otherwise_is_not_nothing_in_common(verdict):
    one = priced([("x", 0.5), ("ab", 0.5), ("c", 0.5), ("y", 0.5)])
    other = priced([("v", 0.5), ("a", 0.5), ("bc", 0.5), ("w", 0.1)])
    assert "nothing in common" not in verdict([one, other])


def test_nothing_in_common(verdict):
    one, other = priced(dict.fromkeys("abcd", 0.5)), priced(dict.fromkeys("wxyz", 0.4))
    assert "nothing in common" in verdict([one, other])


def test_a_much_longer_text_is_said_to_have_more_factors(verdict):
    short, long = priced({"a": 0.5, "b": 0.5}), priced(dict.fromkeys("abcdefgh", 0.5))
    assert "“abcdefgh” has 8 tokens, the first 2: a longer text has more factors" in verdict([long, short])
    assert "factors" not in verdict([GRAPE, CHEST])


def test_a_first_token_without_a_probability(verdict):
    one = priced({"b": 0.5}, context=(Token(1, b"a", "a"),))
    other = priced({"b": 0.1}, context=(Token(2, b"c", "c"),))
    assert "The first token of each text is context" in verdict([one, other])
    assert "context" not in verdict([one, priced({"d": 0.1}, context=one.context)])
    assert "“a” is a single token" in verdict([one, priced({}, context=one.context)])


def test_a_token_without_a_probability_decides_nothing(verdict):
    """It has none to name: the pair with the largest share is one of those that have."""
    a, c = Token(1, b"a", "a"), Token(2, b"c", "c")
    one, other = priced({" x": 0.5, " y": 0.5}, context=(a,)), priced({" x": 0.01, " z": 0.25}, context=(c,))
    assert "“x”: 50.0 % in the first, 1.0 % in the other." in verdict([one, other])
    assert "100 %" not in verdict([one, other])
    assert "largest" not in verdict([priced({"b": 0.5}, context=(a,)), priced({"d": 0.1}, context=(c,))])


def test_half_a_character_and_markup_are_shown(verdict):
    halves = [Token(5, "葡".encode()[:2], "‹E8 91›"), Token(6, "葡".encode()[2:], "‹A1›")]
    steps = [Step(Candidate(token, 1, math.log(0.001)), True, (), 1.0) for token in halves]
    broken = Trace("tiny", "1", 10**6, GRAPE.context, tuple(steps))
    said = verdict([priced({"<img src=x onerror=alert(1)>": 0.5}), broken])
    assert "“<img src=x onerror=alert(1)>” (50.0 %) where the other text has “葡”" in said
    assert "\ufffd" not in said


def test_right_to_left_text_is_isolated_once_and_a_power_of_ten_unbroken(verdict):
    said = verdict([priced({"مرحبا": 0.5, " x": 1e-9}), priced({"مرحبا": 0.5, " y": 0.5})])
    assert "\u2068مرحبا y\u2069" in said and "1.0\u00a0×\u00a010⁻⁹" in said and " × " not in said
    tied = verdict([priced({"مرحبا": 0.5}), priced({"שלום": 0.5})])
    assert tied == "“\u2068مرحبا\u2069” and “\u2068שלום\u2069” are equally probable."


def test_long_texts_are_named_by_their_ends(verdict):
    long = priced([("word ", 0.5)] * 40)
    assert verdict([long]).startswith(f"“{'word ' * 8}… ") and len(verdict([long])) < 200


def test_times(page):
    expected = {
        1e-6: "1.0000010",
        1e-4: "1.00010",
        0.003: "1.0030",
        0.02: "1.020",
        0.0487: "1.050",
        0.0489: "1.1",
        0.5: "1.6",
        2.297: "9.9",
        2.299: "10",
        4: "55",
        7.378: "1,600",
        13.8: "980,000",
        13.82: "1.0 × 10⁶",
        20: "4.9 × 10⁸",
        300: "1.9 × 10¹³⁰",
    }
    assert page.evaluate("(nats) => nats.map(Tsuzuki[`player/core/formats`].times)", [*expected]) == [
        *expected.values()
    ]


def test_sums_are_those_of_fsum(page):
    random_ = random.Random(0)
    sums = [[0.1] * 10, [1e16, 1.0, 1e-16], [1e100, 1.0, -1e100, 1e-8], [-0.5, 2.0**-54, 2.0**-200], []]
    for count in range(300):
        exponents = [random_.uniform(-40, 40) for _ in range(count % 40)]
        sums.append([random_.choice((-1, 1)) * math.exp(exponent) for exponent in exponents])
        sums.append([-round(random_.expovariate(0.3), 7) for _ in range(count)])
    found = page.evaluate("(sums) => sums.map(Tsuzuki[`player/core/sums`].exactSum)", sums)
    assert list(map(float, found)) == list(map(math.fsum, sums))


def test_bytes_are_text_as_in_python(page):
    random_ = random.Random(1)
    pool = "aé葡👍\ufeff\ufffd".encode() + bytes.fromhex("80 bf c0 c2 e0 ed ef f0 f4 f5 ff a0 90")
    raws = [bytes(random_.choices(pool, k=random_.randrange(9))) for _ in range(2_000)]
    run = """(raws) => {
        const { decode, decodeLenient } = Tsuzuki[`player/trace/utf8`];
        return raws.map((raw) => [decode(raw), decodeLenient(raw)]);
    }"""
    found: list[Any] = page.evaluate(run, [list(raw) for raw in raws])
    assert found == [[decode(raw), raw.decode("utf-8", "replace")] for raw in raws]
