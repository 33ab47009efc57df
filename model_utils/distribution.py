"""What the model itself gave: logprobs, entropy, ranks and the most likely tokens of rows of logits, numpy.

Everything is over the whole vocabulary at temperature 1. Leaves out: the sampler's view (`sampling`), and token texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import NonFiniteLogits
from .tail import tails
from .values import Tail

DIGITS = 7
"""Nats are rounded to this many decimals: finer than float32 resolves above 1 nat, and short in JSON."""

PART_LOGITS = 2**18
"""Rows are read about this many logits at a time (1 MB), so that each pass finds them in the processor's cache."""

GROUPS = 10
"""So many groups of tokens for each of the most likely ones wanted: two of these rarely share one."""

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

    `text` ends with the ids that came after the rows; what stands before them, the rows have seen. Raises
    NonFiniteLogits, as `distributions` does.
    """
    part = max(1, PART_LOGITS // logits.shape[-1])
    position = len(text) - len(logits)
    for begin in range(0, len(logits), part):
        rows = logits[begin : begin + part]
        end = position + begin + len(rows)
        came = text[end - len(rows) : end]
        found = distributions(rows, model, position + begin)
        top = most_likely(rows, count)
        logprobs = rounded(found.logprobs(rows, top))
        shift = rounded(found.peak[:, 0] + found.log_total[:, 0])
        yield from map(
            Reading,
            rounded(found.entropy),
            _ranks(rows, came, top).tolist(),
            rounded(found.logprobs(rows, came[:, None])[:, 0]),
            top.tolist(),
            logprobs,
            tails(rows, top, logprobs, shift, text[:end]) if with_tail else repeat(None),
        )


def distributions(logits: Logits, model: str, position: int = 0) -> Distributions:
    """log_softmax and entropy of each row of logits, shape (rows, vocabulary).

    Raises NonFiniteLogits for a NaN or an infinity, naming its token of the text: `position` is that of the first row.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        peak = logits.max(axis=-1, keepdims=True)
        shifted = logits - peak
        exponentials = np.exp(shifted)
        # Numpy sums float32 pairwise: as good as the numbers summed, which are right to 1e-7 of themselves.
        total = exponentials.sum(axis=-1, keepdims=True).astype(np.float64)
        # With s = logit - peak: the entropy is log(total) - sum(exp(s) * s) / total, without another logarithm.
        weighted = np.multiply(exponentials, shifted, out=shifted).sum(axis=-1).astype(np.float64)
        entropy = np.log(total[:, 0]) - weighted / total[:, 0]
    if not np.isfinite(entropy).all():
        row = int(np.flatnonzero(~np.isfinite(entropy))[0])
        raise NonFiniteLogits(model=model, position=position + row + 1)
    return Distributions(peak, np.log(total), np.maximum(entropy, 0.0))


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


def most_likely(logits: Logits, count: int) -> Ids:
    """Ids of the `count` most likely tokens of each row in rank order. Shapes (rows, vocabulary), (rows, count)."""
    rows, size = logits.shape
    count = min(count, size)
    if count == 0:
        return np.empty((rows, 0), dtype=np.int64)
    row, ids = np.divmod(np.flatnonzero(logits >= _within(logits, count)), size)
    order = np.lexsort((-logits[row, ids], row))  # stable, and the ids rise: ties go to the lower one
    begins = np.searchsorted(row, np.arange(rows))
    result: Ids = ids[order][begins[:, None] + np.arange(count)]
    return result


def _within(logits: Logits, count: int) -> Logits:
    """Of each row a logit that `count` tokens reach, and not many more: the lowest of that many groups' peaks.

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
