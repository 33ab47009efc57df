"""What the model itself gave: logprobs, entropy, ranks and the most likely tokens of rows of logits, numpy.

Everything is over the whole vocabulary at temperature 1. Leaves out: the sampler's view (`sampling`), and token texts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import NonFiniteLogits

DIGITS = 7
"""Nats are rounded to this many decimals: finer than float32 resolves above 1 nat, and short in JSON."""


class Distributions(NamedTuple):
    """One distribution a row."""

    logprobs: NDArray[np.float32]
    """Shape (rows, vocabulary), nats; each row's exp sums to 1."""
    entropy: NDArray[np.float64]
    """Shape (rows,), nats."""


def distributions(logits: NDArray[np.float32], model: str, position: int = 0) -> Distributions:
    """log_softmax and entropy of each row of logits, shape (rows, vocabulary).

    Raises NonFiniteLogits for a NaN or an infinity, naming its token of the text: `position` is that of the first row.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        logprobs = logits - logits.max(axis=-1, keepdims=True)
        exponentials = np.exp(logprobs)
        total = exponentials.sum(axis=-1, keepdims=True, dtype=np.float64)
        # With s = logit - max: the entropy is log(total) - sum(exp(s) * s) / total, without another logarithm.
        weighted = np.multiply(exponentials, logprobs, out=exponentials).sum(axis=-1, dtype=np.float64)
        entropy = np.log(total[:, 0]) - weighted / total[:, 0]
        logprobs -= np.log(total).astype(np.float32)
    if not np.isfinite(entropy).all():
        row = int(np.flatnonzero(~np.isfinite(entropy))[0])
        raise NonFiniteLogits(model=model, position=position + row + 1)
    return Distributions(logprobs, np.maximum(entropy, 0.0))


def ranks(logits: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rank of one id a row, 1 = most likely; ties go to the lower id. Shapes (rows, vocabulary), (rows,).

    Of logits, not of logprobs: two logits that differ may have the same logprob in float32.
    """
    chosen = np.take_along_axis(logits, ids[:, None], axis=-1)
    higher: NDArray[np.int64] = np.count_nonzero(logits > chosen, axis=-1)
    ties = np.empty(len(ids), dtype=np.int64)
    for row, token_id in enumerate(ids):
        ties[row] = np.count_nonzero(logits[row, :token_id] == chosen[row, 0])
    return 1 + higher + ties


def most_likely(logits: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Ids of the `count` most likely tokens of one row of logits, shape (vocabulary,), in rank order."""
    count = min(count, len(logits))
    if count == 0:
        return np.empty(0, dtype=np.int64)
    threshold = np.partition(logits, -count)[-count]
    ids = np.flatnonzero(logits >= threshold)  # rising ids, so that a stable sort gives ties to the lower one
    return ids[np.argsort(-logits[ids], kind="stable")][:count].astype(np.int64)


def rounded(nats: NDArray[np.floating]) -> list[float]:
    """As they are stored: Python floats with at most DIGITS decimals, and no negative zero."""
    result: list[float] = (np.round(nats.astype(np.float64), DIGITS) + 0.0).tolist()
    return result
