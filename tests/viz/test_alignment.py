"""Two texts aligned by characters: what the blocks promise, on random tokens and on the cases a person would check."""

from __future__ import annotations

from itertools import pairwise
from unittest import mock

from hypothesis import given, settings

from tests.random_examples import share_of
from tests.viz.duels import tokenised
from viz.alignment import MOST_CELLS, align, blocks


def split(text: str) -> list[bytes]:
    return [piece.encode() for piece in text.split("|")]


def shown(a: str, b: str) -> list[tuple[str, str]]:
    one, other = split(a), split(b)
    found = blocks(one, other)
    return [(b"".join(one[k] for k in i).decode(), b"".join(other[k] for k in j).decode()) for i, j in found]


@settings(max_examples=share_of(400), deadline=None)
@given(tokenised(), tokenised())
def test_blocks_are_the_texts_cut_at_whole_characters(a, b):
    pairs = list(blocks(a, b))
    assert [k for i, _ in pairs for k in i] == list(range(len(a)))
    assert [k for _, j in pairs for k in j] == list(range(len(b)))
    for i, j in pairs:
        assert i or j
        for tokens, at in ((a, i), (b, j)):
            b"".join(tokens[k] for k in at).decode()  # no half of a character


@settings(max_examples=share_of(200), deadline=None)
@given(tokenised(), tokenised())
def test_every_cut_stands_beside_what_agrees(a, b):
    agree = [b"".join(a[k] for k in i) == b"".join(b[k] for k in j) for i, j in blocks(a, b)]
    assert all(one or other for one, other in pairwise(agree))


@settings(max_examples=share_of(100), deadline=None)
@given(tokenised())
def test_a_text_agrees_with_itself(a):
    assert all(i == j for i, j in align(a, a))


def test_the_lectures_pair():
    expected = [("好きな", "好きな"), ("果物", "果物"), ("は", "は"), ("ぶどう", "たんす")]
    assert shown("好きな|果物|は|ぶどう", "好きな|果物|は|た|ん|す") == expected


def test_a_word_more_stands_alone():
    assert shown("I| like| dogs|.", "I| like| like| dogs|.")[2:] == [("", " like"), (" dogs", " dogs"), (".", ".")]


def test_other_boundaries_of_the_same_characters_agree():
    assert shown("x|ab|c|y", "x|a|bc|y") == [("x", "x"), ("abc", "abc"), ("y", "y")]


def test_what_is_shared_in_the_middle_is_found():
    assert ("の 森", "の 森") in shown("赤い|の 森|へ", "青|の 森|から")


def test_letters_shared_by_chance_make_no_cut():
    assert shown("I| like| dogs", "The| hill| is") == [("I like dogs", "The hill is")]


def test_a_text_against_none():
    assert align([b"a"], []) == [(0, 0), (1, 0)]
    assert align([], []) == [(0, 0)]


def long_texts() -> tuple[list[bytes], list[bytes]]:
    """More characters than are searched one by one: they differ at both ends and in the middle."""
    shared = [f" word{at % 60}".encode() for at in range(400)]
    return [b"He", *shared[:200], b" a", *shared[200:], b" end"], [b"She", *shared[:200], b" the", *shared[200:], b"!"]


def test_long_texts_are_aligned_by_whole_tokens():
    a, b = long_texts()
    assert sum(map(len, a)) * sum(map(len, b)) > MOST_CELLS
    cuts = align(a, b)
    assert {(at, at) for at in range(1, 402)} <= set(cuts) and cuts[-1] == (403, 403)


@settings(max_examples=share_of(200), deadline=None)
@given(tokenised(), tokenised())
def test_whole_tokens_are_cut_at_whole_characters_too(a, b):
    with mock.patch("viz.alignment.MOST_CELLS", 0):
        pairs = list(blocks(a, b))
    assert [k for i, _ in pairs for k in i] == list(range(len(a)))
    assert [k for _, j in pairs for k in j] == list(range(len(b)))
