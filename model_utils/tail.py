"""The tokens outside a step's candidates, summed up so that the sampler's settings can be tried without the model.

What temperature, top-k, top-p, min-p and repetition penalty make of a row needs, of the tokens that nobody looks at one
by one, only how many there are at which logit. The next ALONE tokens below the candidates are kept one by one, so that
what top-k and top-p keep is right to the token as far as a slider reaches. The rest of the row is cut into BOXES boxes,
narrow at the top, where a token weighs most, and wider below (each GROWTH times the one above; together they span the
rest). A box keeps three moments of its tokens' logits: how many, their mean, and their standard deviation as the
half-width of an even spread (sqrt(3) of it). The sum of exp(logit / temperature) over a box of width w is then right to
the order of (w / temperature)^4: over rows of 1,000 to 256,000 tokens, peaked and flat, and temperatures from 0.1 to 2,
the denominator is within 3e-5 of itself and mostly within 1e-6. Tokens that a repetition penalty would move, those
already in the text, are told apart; of those that would lie in a box, up to SEEN are kept one by one, and of more the
nearest to each other share a box of their own.

Leaves out: applying the settings, which the page does (`assets/player/sampler.js`), and the candidates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .values import BOX_UNIT, Box, Tail

ALONE = 200
BOXES = 32
SEEN = 32
GROWTH = 1.12
DEEPEST = 63.0
"""Nats below the last candidate. What lies deeper is taken to lie here, where even 1e9 tokens at temperature 2 weigh
less than 1e-4 of that candidate."""

Logits = NDArray[np.float32]
Row = NDArray[np.float32]
Ids = NDArray[np.int64]

EDGES = np.cumsum(GROWTH ** np.arange(BOXES - 1)) / np.sum(GROWTH ** np.arange(BOXES))
"""Where all boxes but the first begin, in shares of what they span."""


def tails(logits: Logits, top: Ids, logprobs: list[list[float]], shift: list[float], text: Ids) -> Iterator[Tail]:
    """One tail a row, below its candidates and their stored logprobs. Shapes (rows, vocabulary), (rows, candidates).

    `shift` is logit - logprob of each row. `text` ends with the ids that came after the rows: row r has seen all but
    the last rows - r of it.
    """
    is_seen = np.zeros(logits.shape[1], dtype=bool)
    seen_by_first = len(text) - len(logits)
    for number, (row, best) in enumerate(zip(logits, top, strict=True)):
        new = text[0 if number == 0 else seen_by_first + number - 1 : seen_by_first + number]
        is_seen[new[new < len(row)]] = True
        base = logprobs[number][-1] if len(best) else 0.0
        depths = (row[best[-1]] if len(best) else np.float32(shift[number])) - row
        np.minimum(depths, np.float32(DEEPEST), out=depths)
        depths[best] = -1.0
        seen = _rising(depths[is_seen])
        depths[is_seen] = -1.0
        yield Tail(shift[number], _boxes(_rising(depths), seen, base))


def _rising(depths: Row) -> Row:
    """Sorted, without those marked as negative."""
    ordered = np.sort(depths)
    return ordered[np.searchsorted(ordered, 0.0) :]


def _boxes(unseen: Row, seen: Row, base: float) -> tuple[Box, ...]:
    nearest = np.sort(np.concatenate([unseen[:ALONE], seen]))[:ALONE]
    seen_alone = int(np.searchsorted(seen, nearest[-1], "right")) if len(nearest) else 0
    unseen_alone = len(nearest) - seen_alone
    parts = (
        _summary(unseen, np.append(np.arange(unseen_alone), unseen_alone + _by_depth(unseen[unseen_alone:])), False),
        _seen_summary(seen, seen_alone),
    )
    return _assembled(parts, base)


def tail_of_sums(
    shift: float, base: float, nearest: Row, boxes: Sequence[NDArray[np.float64]], seen: Row, seen_alone: int
) -> Tail:
    """The tail of a row that was summed up elsewhere, as rising depths below the last candidate, whose logprob is base.

    `nearest` are the unseen ones on their own, `boxes` counts, sums and sums of squares of the others, each (BOXES,).
    """
    own = (np.ones(len(nearest), dtype=np.intp), nearest.astype(np.float64), np.zeros(len(nearest)))
    held = boxes[0] > 0
    summed = _moments(boxes[0][held].astype(np.intp), boxes[1][held], boxes[2][held])
    unseen = [np.concatenate(pair) for pair in zip(own, summed, strict=True)]
    flags = np.zeros(len(unseen[0]), dtype=bool)
    return Tail(shift, _assembled(((*unseen, flags), _seen_summary(seen, seen_alone)), base))


def _assembled(parts: Sequence[tuple[NDArray[Any], ...]], base: float) -> tuple[Box, ...]:
    """Boxes in falling logprob, of count, depth, half-width and whether they were seen."""
    counts, depths, widths, flags = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(depths, kind="stable")
    # Never level with the last candidate, which would make two where top-k wants one.
    below = np.maximum(np.round(depths[order] / BOX_UNIT), 1.0) * BOX_UNIT
    columns = (counts[order], base - below, np.floor(widths[order] / BOX_UNIT) * BOX_UNIT, flags[order])
    return tuple(map(Box, *(column.tolist() for column in columns)))


def _by_depth(depths: Row) -> NDArray[np.intp]:
    """Where each of BOXES boxes begins among rising depths."""
    if not len(depths):
        return np.empty(0, dtype=np.intp)
    edges = depths[0] + (EDGES * float(depths[-1] - depths[0])).astype(np.float32)
    starts = np.unique(np.append(np.searchsorted(depths, edges), 0))
    return starts[starts < len(depths)]


def _by_gaps(depths: Row) -> NDArray[np.intp]:
    """The widest gaps part the boxes: with few tokens, each has its own."""
    if not len(depths):
        return np.empty(0, dtype=np.intp)
    return np.sort(np.append(np.argsort(-np.diff(depths), kind="stable")[: SEEN - 1] + 1, 0))


def _seen_summary(seen: Row, alone: int) -> tuple[NDArray[Any], ...]:
    return _summary(seen, np.append(np.arange(alone), alone + _by_gaps(seen[alone:])), True)


def _summary(depths: Row, starts: NDArray[np.intp], is_seen: bool) -> tuple[NDArray[Any], ...]:
    """Of the tokens from each start to the next: how many, their depth, half-width, and whether they were seen."""
    if not len(starts):
        return (np.empty(0, dtype=np.intp), np.empty(0), np.empty(0), np.empty(0, dtype=bool))
    exact = depths.astype(np.float64)
    sums = (np.add.reduceat(values, starts) for values in (exact, exact * exact))
    return (*_moments(np.diff(starts, append=len(exact)), *sums), np.full(len(starts), is_seen))


def _moments(
    count: NDArray[np.intp], total: NDArray[np.float64], squares: NDArray[np.float64]
) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]]:
    """How many, their mean depth, and the half-width of an even spread of them."""
    depth = total / count
    variance = squares / count - depth * depth
    # No box reaches above the last candidate.
    return count, depth, np.minimum(np.sqrt(3 * np.maximum(variance, 0.0)), depth) * (count > 1)
