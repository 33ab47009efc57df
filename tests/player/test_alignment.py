"""Two texts aligned by characters: the promises of the cuts, on random tokens and on the cases a person would check,
and the cuts that an earlier version made in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from tests.random_examples import share_of
from tests.recorded.records import read
from tests.viz.duels import tokenised
from viz.pages.modules import joined_modules

MOST_CELLS = 1_000_000
RUN = """(pairs) => pairs.map((pair) =>
    Tsuzuki[`player/rows/align`].align(...pair.map((text) => text.map((token) => Uint8Array.from(token)))))"""

Tokens = list[bytes]
Pair = tuple[Tokens, Tokens]
Cuts = list[list[int]]
Align = Callable[[list[Pair]], list[Cuts]]

many = st.lists(st.tuples(tokenised(), tokenised()), min_size=10, max_size=30)
quick = settings(max_examples=share_of(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def align(browser: Browser) -> Iterator[Align]:
    page = browser.new_page()
    page.add_script_tag(content=joined_modules("player/rows/align").script)
    yield lambda pairs: page.evaluate(RUN, [[[list(token) for token in text] for text in pair] for pair in pairs])
    page.close()


def blocks(pair: Pair, cuts: Cuts) -> list[Pair]:
    """The tokens of both texts between one cut and the next."""
    a, b = pair
    return [(a[i:next_i], b[j:next_j]) for (i, j), (next_i, next_j) in pairwise(cuts)]


def split(text: str) -> Tokens:
    return [piece.encode() for piece in text.split("|")]


def shown(align: Align, a: str, b: str) -> list[tuple[str, str]]:
    pair = (split(a), split(b))
    (cuts,) = align([pair])
    return [(b"".join(one).decode(), b"".join(other).decode()) for one, other in blocks(pair, cuts)]


def test_cuts_are_those_that_python_made(align: Align) -> None:
    """300 random pairs, and longer ones of which two have more characters than are searched one by one."""
    recorded = read("verdicts")["alignments"]
    pairs = [tuple([bytes.fromhex(token) for token in text] for text in texts) for *texts, _ in recorded]
    assert len(pairs) > 300 and align(pairs) == [cuts for *_, cuts in recorded]


def check_blocks(pair: Pair, cuts: Cuts) -> None:
    """The blocks are the texts, cut at whole characters."""
    a, b = pair
    assert cuts[0] == [0, 0] and cuts[-1] == [len(a), len(b)]
    for one, other in blocks(pair, cuts):
        assert one or other
        for tokens in (one, other):
            b"".join(tokens).decode()  # no half of a character


@quick
@given(many)
def test_blocks_are_the_texts_cut_at_whole_characters(align: Align, pairs: list[Pair]) -> None:
    for pair, cuts in zip(pairs, align(pairs), strict=True):
        check_blocks(pair, cuts)


@quick
@given(many)
def test_every_cut_stands_beside_what_agrees(align: Align, pairs: list[Pair]) -> None:
    for pair, cuts in zip(pairs, align(pairs), strict=True):
        agree = [b"".join(one) == b"".join(other) for one, other in blocks(pair, cuts)]
        assert all(one or other for one, other in pairwise(agree))


@quick
@given(many)
def test_a_text_agrees_with_itself(align: Align, pairs: list[Pair]) -> None:
    for cuts in align([(one, one) for one, _ in pairs]):
        assert all(i == j for i, j in cuts)


@quick
@given(st.lists(st.tuples(st.text("abき", max_size=7), st.text("abき", max_size=7)), min_size=10, max_size=30))
def test_as_many_characters_agree_as_can(align: Align, pairs: list[tuple[str, str]]) -> None:
    texts = [tuple([character.encode() for character in text] for text in pair) for pair in pairs]
    for pair, cuts in zip(texts, align(texts), strict=True):
        agreed = sum(len(one) for one, other in blocks(pair, cuts) if one == other)
        assert agreed == longest_shared(*pair)


def longest_shared(a: Tokens, b: Tokens) -> int:
    """Length of the longest common subsequence, by trying all."""
    if not a or not b:
        return 0
    without = max(longest_shared(a[1:], b), longest_shared(a, b[1:]))
    return max(without, 1 + longest_shared(a[1:], b[1:])) if a[0] == b[0] else without


def test_the_lectures_pair(align: Align) -> None:
    expected = [("好きな", "好きな"), ("果物", "果物"), ("は", "は"), ("ぶどう", "たんす")]
    assert shown(align, "好きな|果物|は|ぶどう", "好きな|果物|は|た|ん|す") == expected


def test_a_word_more_stands_alone(align: Align) -> None:
    found = shown(align, "I| like| dogs|.", "I| like| like| dogs|.")
    assert found[2:] == [("", " like"), (" dogs", " dogs"), (".", ".")]


def test_other_boundaries_of_the_same_characters_agree(align: Align) -> None:
    assert shown(align, "x|ab|c|y", "x|a|bc|y") == [("x", "x"), ("abc", "abc"), ("y", "y")]


def test_what_is_shared_in_the_middle_is_found(align: Align) -> None:
    assert ("の 森", "の 森") in shown(align, "赤い|の 森|へ", "青|の 森|から")


def test_letters_shared_by_chance_make_no_cut(align: Align) -> None:
    assert shown(align, "I| like| dogs", "The| hill| is") == [("I like dogs", "The hill is")]


def test_a_text_against_none(align: Align) -> None:
    assert align([([b"a"], []), ([], [])]) == [[[0, 0], [1, 0]], [[0, 0]]]


def long_texts() -> Pair:
    """More characters than are searched one by one: they differ at both ends and in the middle."""
    shared = [f" word{at % 60}".encode() for at in range(400)]
    return [b"He", *shared[:200], b" a", *shared[200:], b" end"], [b"She", *shared[:200], b" the", *shared[200:], b"!"]


def test_long_texts_are_aligned_by_whole_tokens(align: Align) -> None:
    a, b = long_texts()
    assert sum(map(len, a)) * sum(map(len, b)) > MOST_CELLS
    (cuts,) = align([(a, b)])
    assert all([at, at] in cuts for at in range(1, 402)) and cuts[-1] == [403, 403]


@settings(max_examples=share_of(10), deadline=None)
@given(tokenised(), tokenised())
def test_whole_tokens_are_cut_at_whole_characters_too(align: Align, a: Tokens, b: Tokens) -> None:
    """Between ends that differ stands more than is searched by characters."""
    shared = [b"word" * 60] * 5
    pair = ([b"x", *shared, *a, *shared, b"x"], [b"y", *shared, *b, *shared, b"y"])
    (cuts,) = align([pair])
    check_blocks(pair, cuts)
    assert [1, 1] in cuts and [len(pair[0]) - 1, len(pair[1]) - 1] in cuts
