"""Logprobs, entropy, ranks and the most likely against float64, and what NaN and infinity get."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from model_utils.distribution import distributions, most_likely, ranks, rounded
from model_utils.errors import NonFiniteLogits

Rows = NDArray[np.float32]


def rows(vocabulary: int, spread: float, shift: float = 0.0) -> Rows:
    random = np.random.default_rng((vocabulary, int(spread * 100)))
    return (random.normal(0, spread, (5, vocabulary)) + shift).astype(np.float32)


@pytest.mark.parametrize("vocabulary", [2, 1_000, 50_257, 151_936])
@pytest.mark.parametrize("spread", [0.0, 0.01, 1.0, 5.0, 40.0])
@pytest.mark.parametrize("shift", [0.0, -300.0], ids=["centred", "shifted"])
def test_logprobs_and_entropy_are_those_of_float64(vocabulary: int, spread: float, shift: float) -> None:
    logits = rows(vocabulary, spread, shift)
    expected = torch.log_softmax(torch.from_numpy(logits).double(), -1)
    entropy = torch.special.entr(expected.exp()).sum(-1).numpy()
    found = distributions(logits, "m")
    np.testing.assert_allclose(found.logprobs, expected.numpy(), rtol=3e-7, atol=1e-6)
    np.testing.assert_allclose(found.entropy, entropy, rtol=2e-6, atol=2e-6)
    assert found.logprobs.dtype == np.float32 and (found.logprobs <= 0).all() and (found.entropy >= 0).all()


@pytest.mark.parametrize("size", [1, 2, 8, 4096])
def test_flat_is_log_of_the_vocabulary(size: int) -> None:
    found = distributions(np.full((1, size), 7.5, dtype=np.float32), "m")
    assert found.entropy[0] == pytest.approx(math.log(size), abs=1e-6)
    assert found.logprobs[0, 0] == pytest.approx(-math.log(size), abs=1e-6)


def test_certain_is_zero_and_not_negative_zero() -> None:
    found = distributions(np.array([[500, 0, 0]], dtype=np.float32), "m")
    assert found.entropy[0] == 0 and rounded(found.logprobs[0])[0] == 0
    assert math.copysign(1, rounded(found.logprobs[0])[0]) == 1 == math.copysign(1, rounded(found.entropy)[0])


def test_logits_are_left_alone() -> None:
    logits = rows(100, 1.0)
    before = logits.copy()
    distributions(logits, "m")
    most_likely(logits[0], 5)
    assert (logits == before).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf], ids=["nan", "infinity", "minus infinity"])
@pytest.mark.parametrize("place", [(0, 0), (2, 7), (4, 99)], ids=["first", "middle", "last"])
def test_non_finite_logits_are_named(bad: float, place: tuple[int, int]) -> None:
    logits = rows(100, 1.0)
    logits[place] = bad
    with pytest.raises(NonFiniteLogits) as error:
        distributions(logits, "m", position=10)
    assert error.value.params == {"model": "m", "position": 11 + place[0]}


def test_large_but_finite_logits_have_a_distribution() -> None:
    """Some models mask entries with the least float32 there is."""
    least = float(np.finfo(np.float32).min)
    found = distributions(np.array([[1, 1, least]], dtype=np.float32), "m")
    assert found.logprobs[0, :2] == pytest.approx(-math.log(2), abs=1e-6) and found.entropy[0] == pytest.approx(
        math.log(2)
    )


def test_ranks_count_the_higher_and_the_equal_before() -> None:
    logits = np.array([[2, 5, 2, 9, 2]] * 5, dtype=np.float32)
    assert ranks(logits, np.arange(5)).tolist() == [3, 2, 4, 1, 5]


def test_ranks_and_the_most_likely_agree_with_ties() -> None:
    logits = np.random.default_rng(0).integers(0, 30, (20, 400)).astype(np.float32)
    for row in logits:
        order = most_likely(row, 400)
        assert order.tolist() == sorted(range(400), key=lambda id_: (-row[id_], id_))
        assert ranks(np.tile(row, (400, 1)), order).tolist() == list(range(1, 401))
        for count in (0, 1, 7, 399, 400, 1000):
            assert most_likely(row, count).tolist() == order[:count].tolist()


def test_logits_that_differ_rank_apart_though_their_logprobs_are_equal() -> None:
    """Float32 has fewer numbers around -15 than around 0: the difference drowns, the order does not."""
    logits = np.zeros((1, 3_000_000), dtype=np.float32)
    logits[0, 2_000_000] = 1e-7
    logprobs = distributions(logits, "m").logprobs[0]
    assert logprobs[0] == logprobs[2_000_000]
    assert most_likely(logits[0], 2).tolist() == [2_000_000, 0]
    assert ranks(logits, np.array([2_000_000])).tolist() == [1]


def test_stored_nats_have_seven_decimals() -> None:
    assert rounded(np.array([-1.23456789, -0.0, -1e-9])) == [-1.2345679, 0.0, 0.0]
    assert all(type(value) is float for value in rounded(np.array([-1.5], dtype=np.float32)))
