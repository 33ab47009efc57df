"""The tail says how many tokens lie where, so well that sums over it are those over the row."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from model_utils.distribution import Reading, readings
from model_utils.tail import ALONE, BOXES, SEEN
from model_utils.values import Box
from tests.model_utils.rows import SIZES, rows

CANDIDATES = 50


def read(row: NDArray[np.float32], text: list[int], count: int = CANDIDATES) -> Reading:
    (reading,) = readings(row[None], np.array([*text, 0]), count, "m")
    return reading


def sum_of(boxes: tuple[Box, ...], beta: float) -> float:
    """The sum of exp(beta * logprob) over evenly spread tokens."""
    total = 0.0
    for box in boxes:
        x = beta * box.half_width
        total += box.count * np.exp(beta * box.logprob) * (np.sinh(x) / x if x > 1e-4 else 1)
    return total


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(3))
def test_denominators_are_those_of_the_whole_row(size: int, seed: int) -> None:
    for row in rows(size, seed):
        reading = read(row, [])
        assert reading.tail is not None
        exact = row.astype(np.float64)
        exact -= np.log(np.exp(exact - exact.max()).sum()) + exact.max()
        for temperature in (0.1, 0.3, 0.7, 1.0, 1.5, 2.0):
            beta = 1 / temperature
            candidates = np.exp(beta * np.array(reading.top_logprobs)).sum()
            found = candidates + sum_of(reading.tail.boxes, beta)
            assert found == pytest.approx(np.exp(beta * exact).sum(), rel=5e-5), (temperature, row)


def test_it_holds_every_other_token_once_and_the_seen_ones_apart() -> None:
    for row in rows(1_000, 0):
        text = [3, 17, 17, 999, 500, 1_200]
        tail = read(row, text).tail
        assert tail is not None
        top = set(np.argsort(-row)[:CANDIDATES].tolist())
        seen = {3, 17, 999, 500} - top
        apart = [box for box in tail.boxes if box.seen]
        assert sum(box.count for box in apart) == len(seen)
        assert tail.count == 1_000 - CANDIDATES
        assert len(tail.boxes) <= ALONE + BOXES + SEEN
        assert [box.count for box in tail.boxes[:ALONE]] == [1] * ALONE
        for token_id in seen:
            logprob = row[token_id] - tail.shift
            assert any(abs(box.logprob - logprob) <= box.half_width + 1e-4 for box in apart)


def test_a_logit_is_a_logprob_and_the_shift() -> None:
    for row in rows(1_000, 1):
        reading = read(row, [])
        assert reading.tail is not None
        for token_id, logprob in zip(reading.top, reading.top_logprobs, strict=True):
            assert logprob + reading.tail.shift == pytest.approx(row[token_id], abs=2e-6)


@pytest.mark.parametrize("count", [0, 1, 1_000])
def test_any_number_of_candidates(count: int) -> None:
    for row in rows(1_000, 2):
        tail = read(row, [5], count).tail
        assert tail is not None
        assert tail.count == 1_000 - count


def test_each_row_of_a_batch_has_its_own_tail() -> None:
    batch = np.stack(list(rows(1_000, 3)))
    text = np.arange(40, 52)
    together = list(readings(batch, text, CANDIDATES, "m"))
    for at, row in enumerate(batch):
        (alone,) = readings(row[None], text[: at + 3], CANDIDATES, "m")
        assert alone == together[at]
