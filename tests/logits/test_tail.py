"""The tail says how many tokens lie where, so well that sums over it are those over the row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model_utils.logits.readings import Reading, readings
from model_utils.logits.tail import ALONE, BOXES, DEEPEST, PER_BOX, REACH, SEEN
from model_utils.trace.values import BOX_UNIT, Box
from tests.logits.rows import SIZES, rows
from tests.random_examples import share_of

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


@pytest.mark.parametrize("size", [1, 2, 300])
def test_without_candidates_a_sure_token_that_was_seen_is_not_lost_to_rounding(size: int) -> None:
    row = np.full(size, -60.0, dtype=np.float32)
    row[0] = 0.03123454
    tail = read(row, [0], 0).tail
    assert tail is not None and tail.count == size
    assert [(box.count, box.logprob) for box in tail.boxes if box.seen] == [(1, pytest.approx(0, abs=1e-4))]


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


def halved(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """As bfloat16 has it: hundreds of tokens level with each other."""
    return (row.view(np.int32) & -(2**16)).view(np.float32)


KINDS = {
    "as they are": lambda row, _: row,
    "in bfloat16": lambda row, _: halved(row),
    "on a coarse grid": lambda row, _: np.round(row),
    "level": lambda row, _: np.full_like(row, 2.0),
    "two levels": lambda row, random: random.choice(np.array([1, 3], dtype=np.float32), len(row)),
    "sharp": lambda row, _: row * np.float32(30),
    "flat": lambda row, _: row * np.float32(1e-6),
    "denormal": lambda row, _: row * np.float32(1e-38),
    "masked": lambda row, random: np.where(random.random(len(row)) < 0.5, row, np.float32(-np.inf)),
}


@settings(max_examples=share_of(150), deadline=None)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    size=st.sampled_from([1, 2, 49, 51, 249, 250, 251, 252, 1_000, 5_000]),
    seen=st.integers(0, 400),
    count=st.sampled_from([0, 1, 50, 300]),
    seed=st.integers(0, 2**32),
)
def test_boxes_are_those_of_a_sorted_row(kind: str, size: int, seen: int, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    row = KINDS[kind](random.normal(0, 3, size).astype(np.float32), random)
    row[0] = np.float32(2.5)
    text = random.integers(0, size + 5, seen)
    (reading,) = readings(row[None], np.append(text, 0), count, "m")
    assert reading.tail is not None
    order = np.argsort(-row, kind="stable")
    top = order[: min(count, int(np.isfinite(row).sum()))]
    assert reading.top == top.tolist()
    last = row[top[-1]] if len(top) else np.float32(reading.tail.shift)
    base = reading.top_logprobs[-1] if len(top) else 0.0
    depths = np.minimum(last - row, np.float32(DEEPEST)).astype(np.float64)
    is_seen = np.isin(np.arange(size), text)
    assert reading.tail.count == size - len(top)
    cell = depths.max() * 2 / REACH / PER_BOX
    for flag in (False, True):
        kept = np.sort(depths[[i for i in order[len(top) :] if is_seen[i] == flag]])
        for box in [box for box in reading.tail.boxes if box.seen == flag]:
            own, kept = kept[: box.count], kept[box.count :]
            assert base - box.logprob == pytest.approx(own.mean(), abs=1.1 * BOX_UNIT)
            assert box.half_width == pytest.approx(min(np.sqrt(3) * own.std(), own.mean()), abs=1e-4 + cell / 2)
        assert not len(kept)
    alone = sum(box.count == 1 for box in reading.tail.boxes)
    assert alone >= min(ALONE, size - len(top)) and len(reading.tail.boxes) <= ALONE + BOXES + SEEN


def test_many_rows_are_read_side_by_side_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_utils.logits.readings.PART_LOGITS", 3_000)
    batch = np.concatenate([np.stack(list(rows(1_000, seed))) for seed in range(4)])
    text = np.random.default_rng(0).integers(0, 1_000, len(batch) + 5)
    together = list(readings(batch, text, CANDIDATES, "m"))
    alone = [next(readings(row[None], text[: at + 6], CANDIDATES, "m")) for at, row in enumerate(batch)]
    assert together == alone
