"""Logprobs, entropy, ranks and the most likely against float64, and what NaN and infinity get."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from model_utils.errors import NonFiniteLogits
from model_utils.logits.readings import distributions, most_likely, ranks, readings, rounded

Rows = NDArray[np.float32]


def rows(vocabulary: int, spread: float, shift: float = 0.0) -> Rows:
    random = np.random.default_rng((vocabulary, int(spread * 100)))
    return (random.normal(0, spread, (5, vocabulary)) + shift).astype(np.float32)


def all_logprobs(logits: Rows) -> NDArray[np.float64]:
    ids = np.tile(np.arange(logits.shape[1]), (len(logits), 1))
    return distributions(logits, "m").logprobs(logits, ids)


@pytest.mark.parametrize("vocabulary", [2, 1_000, 50_257, 151_936])
@pytest.mark.parametrize("spread", [0.0, 0.01, 1.0, 5.0, 40.0])
@pytest.mark.parametrize("shift", [0.0, -300.0], ids=["centred", "shifted"])
def test_logprobs_and_entropy_are_those_of_float64(vocabulary: int, spread: float, shift: float) -> None:
    logits = rows(vocabulary, spread, shift)
    expected = torch.log_softmax(torch.from_numpy(logits).double(), -1)
    entropy = torch.special.entr(expected.exp()).sum(-1).numpy()
    found = distributions(logits, "m")
    logprobs = all_logprobs(logits)
    np.testing.assert_allclose(logprobs, expected.numpy(), rtol=3e-7, atol=1e-6)
    np.testing.assert_allclose(found.entropy, entropy, rtol=2e-6, atol=2e-6)
    assert (logprobs <= 0).all() and (found.entropy >= 0).all()


@pytest.mark.parametrize("size", [1, 2, 8, 4096])
def test_flat_is_log_of_the_vocabulary(size: int) -> None:
    found = distributions(np.full((1, size), 7.5, dtype=np.float32), "m")
    assert found.entropy[0] == pytest.approx(math.log(size), abs=1e-6)
    assert all_logprobs(np.full((1, size), 7.5, dtype=np.float32))[0, 0] == pytest.approx(-math.log(size), abs=1e-6)


def test_certain_is_zero_and_not_negative_zero() -> None:
    logits = np.array([[500, 0, 0]], dtype=np.float32)
    found = [*rounded(distributions(logits, "m").entropy), rounded(all_logprobs(logits))[0][0]]
    assert [(value, math.copysign(1, value)) for value in found] == [(0, 1), (0, 1)]


def test_logits_are_left_alone() -> None:
    logits = rows(100, 1.0)
    before = logits.copy()
    distributions(logits, "m")
    most_likely(logits, 5)
    list(readings(logits, np.arange(5), 5, "m"))
    assert (logits == before).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf], ids=["nan", "infinity"])
@pytest.mark.parametrize("place", [(0, 0), (2, 7), (4, 99)], ids=["first", "middle", "last"])
def test_non_finite_logits_are_named(bad: float, place: tuple[int, int]) -> None:
    logits = rows(100, 1.0)
    logits[place] = bad
    with pytest.raises(NonFiniteLogits) as error:
        distributions(logits, "m", position=10)
    assert error.value.params == {"model": "m", "position": 11 + place[0]}


def test_masked_tokens_have_no_probability_and_are_no_candidates() -> None:
    logits = rows(400, 2.0)
    masked = np.random.default_rng(0).random(logits.shape) < 0.9
    masked[:, 3], masked[0] = False, np.arange(400) != 3  # in the first row one token is left
    logits[masked] = -np.inf
    exact = torch.log_softmax(torch.from_numpy(logits).double(), -1)
    entropy = torch.special.entr(exact.exp()).sum(-1).numpy()
    for row, reading in enumerate(readings(logits, np.full(6, 3), 50, "m")):
        left = np.flatnonzero(~masked[row])
        assert reading.top == left[np.argsort(-logits[row, left], kind="stable")][:50].tolist()
        np.testing.assert_allclose(reading.top_logprobs, exact[row, reading.top], atol=1e-6)
        assert reading.entropy == pytest.approx(entropy[row], abs=2e-6)
        assert reading.tail is not None and reading.tail.count == 400 - len(reading.top)


def test_a_token_that_cannot_come_and_a_row_without_any_are_named() -> None:
    logits = rows(100, 1.0)
    logits[2, 7] = -np.inf
    with pytest.raises(NonFiniteLogits) as error:
        list(readings(logits, np.array([1, 1, 1, 7, 1, 1]), 5, "m"))
    assert error.value.params == {"model": "m", "position": 4}
    logits[3] = -np.inf
    with pytest.raises(NonFiniteLogits) as error:
        distributions(logits, "m")
    assert error.value.params == {"model": "m", "position": 4}


def test_large_but_finite_logits_have_a_distribution() -> None:
    """Some models mask entries with the least float32 there is."""
    least = float(np.finfo(np.float32).min)
    logits = np.array([[1, 1, least]], dtype=np.float32)
    assert all_logprobs(logits)[0, :2] == pytest.approx(-math.log(2), abs=1e-6)
    assert distributions(logits, "m").entropy[0] == pytest.approx(math.log(2))


def test_ranks_count_the_higher_and_the_equal_before() -> None:
    logits = np.array([[2, 5, 2, 9, 2]] * 5, dtype=np.float32)
    assert ranks(logits, np.arange(5)).tolist() == [3, 2, 4, 1, 5]


def test_ranks_and_the_most_likely_agree_with_ties() -> None:
    logits = np.random.default_rng(0).integers(0, 30, (20, 400)).astype(np.float32)
    for row in logits:
        (order,) = most_likely(row[None], 400)
        assert order.tolist() == sorted(range(400), key=lambda id_: (-row[id_], id_))
        assert ranks(np.tile(row, (400, 1)), order).tolist() == list(range(1, 401))
        for count in (0, 1, 7, 399, 400, 1000):
            assert most_likely(row[None], count).tolist() == [order[:count].tolist()]
    for count in (1, 7, 399):
        assert most_likely(logits, count).tolist() == [most_likely(row[None], count)[0].tolist() for row in logits]


@pytest.mark.parametrize("vocabulary", [49, 50, 499, 999, 1_000, 1_001, 12_345])
@pytest.mark.parametrize("kinds", [2, 300, 2**30])
def test_the_most_likely_are_the_first_of_a_stable_sort(vocabulary: int, kinds: int) -> None:
    logits = np.random.default_rng(vocabulary).integers(-kinds, kinds, (7, vocabulary)).astype(np.float32)
    expected = np.argsort(-logits, axis=-1, kind="stable")
    for count in (0, 1, 50, 1_000):
        assert most_likely(logits, count).tolist() == expected[:, :count].tolist()


def test_logits_that_differ_rank_apart_though_their_logprobs_are_equal() -> None:
    """A stored logprob has fewer digits around -15 than a logit around 0: the difference drowns, the order does not."""
    logits = np.zeros((1, 3_000_000), dtype=np.float32)
    logits[0, 2_000_000] = 1e-10
    logprobs = rounded(distributions(logits, "m").logprobs(logits, np.array([[0, 2_000_000]])))[0]
    assert logprobs[0] == logprobs[1]
    assert most_likely(logits, 2).tolist() == [[2_000_000, 0]]
    assert ranks(logits, np.array([2_000_000])).tolist() == [1]


def test_stored_nats_have_seven_decimals() -> None:
    assert rounded(np.array([-1.23456789, -0.0, -1e-9])) == [-1.2345679, 0.0, 0.0]
    assert all(type(value) is float for value in rounded(np.array([-1.5], dtype=np.float32)))


@pytest.mark.parametrize("part", [1, 250, 10**6], ids=["row by row", "two rows at a time", "all at once"])
def test_readings_are_the_same_however_they_are_cut(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_utils.logits.readings.PART_LOGITS", part)
    logits, came = rows(100, 3.0), np.array([5, 0, 99, 41, 41])
    found = distributions(logits, "m")
    for at, reading in enumerate(readings(logits, came, 7, "m")):
        assert reading.entropy == pytest.approx(found.entropy[at], abs=1e-7)
        assert reading.logprob == pytest.approx(all_logprobs(logits)[at, came[at]], abs=1e-7)
        order = np.argsort(-logits[at]).tolist()
        assert reading.rank == order.index(came[at]) + 1 and reading.top == order[:7]
        assert reading.top_logprobs == pytest.approx(all_logprobs(logits)[at, order[:7]], abs=1e-7)
    broken = logits.copy()
    broken[3, 2] = np.nan
    with pytest.raises(NonFiniteLogits) as error:
        list(readings(broken, np.concatenate([np.zeros(10, dtype=np.int64), came]), 7, "m"))
    assert error.value.params["position"] == 14
