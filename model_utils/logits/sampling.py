"""The sampler on one row of logits, in numpy: its scores, and one draw.

`process` equals transformers' RepetitionPenaltyLogitsProcessor, TemperatureLogitsWarper, TopKLogitsWarper,
TopPLogitsWarper and MinPLogitsWarper in the order in which `generate` applies them. Leaves out: the model's
distribution (`readings`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..trace.settings import Sampling

DIGIT_SHIFTS = (20, 10, 0)
"""Shifts to a float32's groups of bits, compared in turn."""

FEW = 1_000
"""Tokens that are sorted in no time."""

Row = NDArray[np.float32]


def process(logits: Row, ids: Sequence[int], sampling: Sampling) -> Row:
    """Scores the sampler draws from, shape (vocabulary,): softmax of them is its distribution, -inf is cut.

    `ids` are the tokens so far, prompt included, whose repetition is penalised. At temperature 0 only the most likely
    token remains (the lowest id among equals).
    """
    scores = _penalise(logits, ids, sampling.repetition_penalty)
    if sampling.temperature == 0:
        return _most_likely_alone(scores)
    if sampling.temperature != 1:
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            warmed = scores / np.float32(sampling.temperature)
        if not np.isfinite(warmed.max()):  # so near 0 that float32 overflows: the limit
            return _most_likely_alone(scores)
        scores = warmed
    if sampling.top_k:
        scores = _top_k(scores, sampling.top_k)
    if sampling.top_p < 1:
        scores = _top_p(scores, sampling.top_p)
    if sampling.min_p > 0:
        scores = _min_p(scores, sampling.min_p)
    return scores


def greedy(logits: Row, ids: Sequence[int], penalty: float) -> int:
    """The id of `process` at temperature 0: the most likely after the repetition penalty, the lowest of equals."""
    return int(np.argmax(_penalise(logits, ids, penalty)))


def draw(scores: Row, seed: int, position: int) -> int:
    """One id from softmax(scores). The same seed and position in the text give the same point of the distribution."""
    cumulative = np.cumsum(_softmax(scores), dtype=np.float64)
    point = np.random.default_rng((seed, position)).random() * cumulative[-1]
    return int(np.searchsorted(cumulative, point, side="right"))


def _penalise(logits: Row, ids: Sequence[int], penalty: float) -> Row:
    if penalty == 1:
        return logits
    seen = np.unique(np.asarray(ids, dtype=np.int64))
    seen = seen[seen < len(logits)]
    scores = logits.copy()
    scores[seen] = np.where(scores[seen] < 0, scores[seen] * np.float32(penalty), scores[seen] / np.float32(penalty))
    return scores


def _top_k(scores: Row, k: int) -> Row:
    k = min(k, len(scores))
    return _keep(scores, scores >= np.partition(scores, -k)[-k])


def _top_p(scores: Row, p: float) -> Row:
    """Keeps the token that crosses p (Holtzman et al. 2020): cut is the tail whose sum stays within 1 - p.

    The row is not sorted: the leading bits of the scores tell which tokens are surely cut or kept, and those of the few
    around the edge are told apart by the next bits.
    """
    probabilities, cut = _softmax(scores), np.float32(1 - p)
    keys = all_keys = _sortable(scores)
    edge, least, below = np.arange(len(scores)), int(keys.min()), 0.0
    for shift in DIGIT_SHIFTS:
        if len(edge) <= FEW:
            break
        digits = keys >> shift
        first = digits.min()
        digits -= first
        # Sums in float64, compared in float32, as torch does: a sum that is exactly 1 - p counts as within it.
        until = below + np.cumsum(np.bincount(digits, probabilities))
        at = min(int(np.count_nonzero(until.astype(np.float32) <= cut)), len(until) - 1)
        below, least = (float(until[at - 1]) if at else below), int(first + at) << shift
        here = np.flatnonzero(digits == at)
        edge, keys, probabilities = edge[here], keys[here], probabilities[here]
    # Rising; of equals the lower id last, as in ranks. More than FEW are all equals.
    order = np.lexsort((-edge, keys)) if len(edge) <= FEW else np.arange(len(edge))[::-1]
    sums = below + np.cumsum(probabilities[order], dtype=np.float64)
    keep = all_keys >= least
    keep[edge[order][sums.astype(np.float32) <= cut]] = False
    keep[np.argmax(scores)] = True
    return _keep(scores, keep)


def _sortable(scores: Row) -> NDArray[np.int32]:
    """The bits of the scores, turned so that they are in the order of the scores."""
    bits = (scores + np.float32(0)).view(np.int32)  # 0, not -0
    return np.where(bits < 0, bits ^ np.int32(2**31 - 1), bits)


def _min_p(scores: Row, p: float) -> Row:
    probabilities = _softmax(scores)
    keep = probabilities >= np.float32(p) * probabilities.max()
    keep[np.argmax(probabilities)] = True
    return _keep(scores, keep)


def _most_likely_alone(scores: Row) -> Row:
    return _keep(scores, np.arange(len(scores)) == np.argmax(scores))


def _keep(scores: Row, keep: NDArray[np.bool_]) -> Row:
    return np.where(keep, scores, np.float32(-np.inf))


def _softmax(scores: Row) -> Row:
    exponentials = np.exp(scores - scores.max())
    probabilities: Row = exponentials / exponentials.sum()
    return probabilities
