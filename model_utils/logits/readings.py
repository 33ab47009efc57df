"""The model's own distribution in numpy: logprobs, entropy, ranks and top tokens of rows of logits.

Everything is over the whole vocabulary at temperature 1. Leaves out: the sampler's view (`sampling`), and token texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import NonFiniteLogits
from ..trace.values import Tail
from .scratch import READERS, Scratch, scratch
from .tail import ALONE, Before, Ranked, tail

DIGITS = 7
"""Nats are rounded to this many decimals: finer than float32 resolves above 1 nat, and short in JSON."""

PART_LOGITS = 2**18
"""Rows are read about this many logits at a time (1 MB), so that each pass finds them in the processor's cache."""

FAR = np.float32(-1_000)
"""Nats from the most likely token. Lower logits, -inf included, have probability 0 in float32."""

GROUPS = 10
"""Groups of tokens for each requested top token, so that two of these rarely share one."""

Logits = NDArray[np.float32]
Ids = NDArray[np.int64]


class Reading(NamedTuple):
    """One row and the token that came after it, as plain numbers."""

    entropy: float | None
    rank: int | None
    logprob: float
    top: list[int]
    """Ids of the most likely tokens, in rank order."""
    top_logprobs: list[float]
    tail: Tail | None


class Distributions(NamedTuple):
    """One distribution a row: log p(id) is logit - peak - log_total. Shapes (rows, 1), (rows, 1), (rows,)."""

    peak: NDArray[np.float32]
    log_total: NDArray[np.float64]
    entropy: NDArray[np.float64]
    """Nats."""

    def logprobs(self, logits: Logits, ids: Ids) -> NDArray[np.float64]:
        """Nats of some ids of each row. Shapes (rows, vocabulary), (rows, ids)."""
        return np.take_along_axis(logits, ids, axis=-1).astype(np.float64) - self.peak - self.log_total


def readings(logits: Logits, text: Ids, count: int, model: str, with_tail: bool = True) -> Iterator[Reading]:
    """Each row with the id that came after it and its `count` most likely ones. Shape (rows, vocabulary).

    `text` ends with the ids after the rows; the rows have seen those before. A token at -inf has no probability and is
    no candidate. Raises NonFiniteLogits as `distributions` does, and if such a token follows a row.
    """
    part = max(1, PART_LOGITS // logits.shape[-1])
    position = len(text) - len(logits)
    before = Before(text, logits.shape[1]) if with_tail else None

    def read(begin: int) -> list[Reading]:
        rows, place = logits[begin : begin + part], position + begin
        with scratch(*rows.shape) as room:
            return _part(_Rows(rows, text[place : place + len(rows)], place, room), count, model, before)

    yield from _side_by_side(read, range(0, len(logits), part))


def _side_by_side(read: Callable[[int], list[Reading]], begins: Sequence[int]) -> Iterator[Reading]:
    """The readings of all parts, in order, by threads: numpy releases the GIL."""
    if len(begins) < 2:
        for begin in begins:
            yield from read(begin)
        return
    with ThreadPoolExecutor(READERS) as pool:
        for found in pool.map(read, begins):
            yield from found


class _Rows(NamedTuple):
    """Rows of logits, the ids after them, the number of tokens that the first row has seen, and scratch memory."""

    logits: Logits
    came: Ids
    place: int
    room: Scratch


def _part(rows: _Rows, count: int, model: str, before: Before | None) -> list[Reading]:
    logits, came, place, room = rows
    found = distributions(logits, model, place, room)
    order = most_likely(logits, count + ALONE if before else count, room)
    top = order[:, :count]
    each = found.logprobs(logits, top)
    kept = np.isfinite(each).sum(axis=-1).tolist()
    logprobs = [row[:number] for row, number in zip(rounded(each), kept, strict=True)]
    shift = rounded(found.peak[:, 0] + found.log_total[:, 0])
    price = found.logprobs(logits, came[:, None])[:, 0]
    _check(np.isfinite(price), model, place)
    tails: list[Tail | None] = [None] * len(logits)
    if before:
        for at, row in enumerate(logits):
            base = logprobs[at][-1] if kept[at] else 0.0
            ranked = order[at][: kept[at] + ALONE]
            tails[at] = tail(Ranked(row, ranked, kept[at], base, shift[at], place + at), before, room)
    ids = [row[:number] for row, number in zip(top.tolist(), kept, strict=True)]
    entropy, rank = rounded(found.entropy), _ranks(logits, came, top).tolist()
    return list(map(Reading, entropy, rank, rounded(price), ids, logprobs, tails))


def distributions(logits: Logits, model: str, position: int = 0, room: Scratch | None = None) -> Distributions:
    """log_softmax and entropy of each row of logits, shape (rows, vocabulary).

    A logit of -inf means probability 0. Raises NonFiniteLogits for a NaN, an infinity, or a row of only -inf, with its
    position in the text: `position` is that of the first row.
    """
    room, count = room or Scratch(*logits.shape), len(logits)
    with np.errstate(invalid="ignore", over="ignore"):
        peak = logits.max(axis=-1, keepdims=True)
        shifted = np.subtract(logits, peak, out=room.one[:count])
        if not shifted.min() >= FAR:  # A check costs a tenth of a clip. A NaN stays one.
            np.maximum(shifted, FAR, out=shifted)
        exponentials = np.exp(shifted, out=room.other[:count])
        # Numpy sums float32 pairwise: as good as the numbers summed, which are right to 1e-7 of themselves.
        total = exponentials.sum(axis=-1, keepdims=True).astype(np.float64)
        # With s = logit - peak: the entropy is log(total) - sum(exp(s) * s) / total, without another logarithm.
        weighted = np.multiply(exponentials, shifted, out=shifted).sum(axis=-1).astype(np.float64)
        entropy = np.log(total[:, 0]) - weighted / total[:, 0]
    _check(np.isfinite(entropy), model, position)
    return Distributions(peak, np.log(total), np.maximum(entropy, 0.0))


def _check(are_finite: NDArray[np.bool_], model: str, position: int) -> None:
    """Raises NonFiniteLogits, naming the token after the first row that is not."""
    if not are_finite.all():
        raise NonFiniteLogits(model=model, position=position + int(np.argmin(are_finite)) + 1)


def ranks(logits: Logits, ids: Ids) -> Ids:
    """The rank of one id a row, 1 = most likely; ties go to the lower id. Shapes (rows, vocabulary), (rows,).

    Of logits, not of logprobs: two logits that differ may have the same logprob in float32.
    """
    found = [
        1 + np.count_nonzero(row > row[token_id]) + np.count_nonzero(row[:token_id] == row[token_id])
        for row, token_id in zip(logits, ids.tolist(), strict=True)
    ]
    return np.array(found, dtype=np.int64)


def _ranks(logits: Logits, ids: Ids, top: Ids) -> Ids:
    """`ranks`, looked up among the most likely where the id is one of them, and counted only where it is not."""
    is_here = top == ids[:, None]
    result = is_here.argmax(axis=-1) + 1 if top.size else np.zeros(len(ids), dtype=np.int64)
    beyond = np.flatnonzero(~is_here.any(axis=-1))
    if len(beyond):
        result[beyond] = ranks(logits[beyond], ids[beyond])
    return result


def most_likely(logits: Logits, count: int, room: Scratch | None = None) -> Ids:
    """Ids of the `count` most likely tokens of each row in rank order. Shapes (rows, vocabulary), (rows, count)."""
    rows, size = logits.shape
    count = min(count, size)
    if count == 0:
        return np.empty((rows, 0), dtype=np.int64)
    flags = room.flags[:rows] if room else None
    row, ids = np.divmod(np.flatnonzero(np.greater_equal(logits, _within(logits, count), out=flags)), size)
    order = np.lexsort((-logits[row, ids], row))  # stable, and the ids rise: ties go to the lower one
    begins = np.searchsorted(row, np.arange(rows))
    result: Ids = ids[order][begins[:, None] + np.arange(count)]
    return result


def _within(logits: Logits, count: int) -> Logits:
    """A logit per row that at least `count` tokens reach, and few more: the `count`-th highest group peak.

    A row of peaks is partitioned in a tenth of the time that the row itself takes.
    """
    rows, size = logits.shape
    groups = GROUPS * count
    deep = size // groups
    peaks = logits[:, : deep * groups].reshape(rows, deep, groups).max(axis=1) if deep > 1 else logits
    return np.partition(peaks, -count, axis=-1)[:, -count, None]


def rounded(nats: NDArray[np.float64]) -> list[Any]:
    """As they are stored: Python floats (or lists of them) with at most DIGITS decimals, and no negative zero."""
    result: list[Any] = (np.round(nats, DIGITS) + 0.0).tolist()
    return result
