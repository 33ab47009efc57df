"""Summary of the tokens outside a step's candidates, for trying the sampler's settings without the model.

Of the tokens below the candidates, temperature, top-k, top-p, min-p and repetition penalty need only the count at each
logit. The next ALONE tokens are kept one by one, so that top-k and top-p are exact to the token within the range of the
sliders. The rest of the row is cut into BOXES boxes, narrow at the top, where a token weighs most, and wider below:
PER_OCTAVE of them for each doubling of the distance from the last single token, the first 1/248 of their span and the
last 1/16. So the bits of a token's distance as a float give its box, and no row is ever sorted; PER_BOX cells of a box,
counted in the same pass, give the spread of its tokens. A box keeps three moments of its tokens' logits: their count,
their mean, and their standard deviation as the half-width of an even spread (sqrt(3) of it). The sum of exp(logit /
temperature) over a box of width w then has an error of order (w / temperature)^4: over rows of 1,000 to 256,000 tokens,
peaked and flat, and temperatures from 0.1 to 2, the relative error of the denominator is at most 6e-5 and mostly within
1e-6. If most tokens have equal logits, half a BOX_UNIT / temperature adds to it, as the depth of each box is a whole
number of units. Tokens that a repetition penalty would move, those already in the text, are kept apart; of those that
would lie in a box, up to SEEN are kept one by one, and of more the nearest to each other share a box of their own.

Leaves out: applying the settings, which the page does (`assets/player/trace/sampler.js`), and the candidates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..trace.values import BOX_UNIT, Box, Tail
from .scratch import Scratch

ALONE = 160
SEEN = 24
BOXES = 40
PER_OCTAVE = 8
DEEPEST = 63.0
"""Nats below the last candidate. What lies deeper is taken to lie here, where even 1e9 tokens at temperature 2 weigh
less than 1e-4 of that candidate."""

FRACTION_BITS = 23 - (PER_OCTAVE - 1).bit_length()
"""The bits of a float32 below those of its box."""
FIRST_BOX = int(np.float32(1.0).view(np.int32)) >> FRACTION_BITS
REACH = 2.0 ** (BOXES // PER_OCTAVE) * (1 + BOXES % PER_OCTAVE / PER_OCTAVE) - 1.001
"""Distances are stretched to 1 … 1 + REACH, just within the last box."""

PER_BOX = 64
"""Cells of a box."""
CELLS = BOXES * PER_BOX
CELL_BITS = FRACTION_BITS - (PER_BOX - 1).bit_length()
FIRST_CELL = int(np.float32(1.0).view(np.int32)) >> CELL_BITS
_EDGES = (np.arange(FIRST_CELL, FIRST_CELL + CELLS + 1, dtype=np.int32) << CELL_BITS).view(np.float32)
SPREADS = np.diff(_EDGES.astype(np.float64)) ** 2 / 12
"""The variance of an even spread over each cell, of stretched distances."""

Row = NDArray[np.float32]
Ids = NDArray[np.int64]
Sums = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


class Before:
    """The tokens of a vocabulary that occur in a text before a place."""

    def __init__(self, text: Ids, size: int) -> None:
        ids, places = np.unique(text, return_index=True)
        ids, places = ids[ids < size], places[ids < size]
        order = np.argsort(places)
        self._ids, self._places = ids[order], places[order]
        self._first = np.full(size, len(text))
        self._first[ids] = places

    def ids(self, place: int) -> Ids:
        """Each once."""
        found: Ids = self._ids[: np.searchsorted(self._places, place)]
        return found

    def hold(self, ids: Ids, place: int) -> NDArray[np.bool_]:
        """Of each id whether it stands there."""
        held: NDArray[np.bool_] = self._first[ids] < place
        return held


class Ranked(NamedTuple):
    """One row and its ranked ids, as input of `tail`."""

    row: Row
    order: Ids
    """The ids of its candidates and of the next ALONE tokens, by rank."""
    candidates: int
    base: float
    """The stored logprob of the last candidate; 0 where there is none."""
    shift: float
    """logit - logprob."""
    place: int
    """How many tokens of the text the row has seen."""


def tail(ranked: Ranked, before: Before, room: Scratch) -> Tail:
    """Of one row, below its candidates."""
    row, order, count, base, shift, place = ranked
    # Without candidates this is the logit of logprob 0, whose rounding may be below the most likely token.
    last = row[order[count - 1]] if count else max(np.float32(shift), row[order[0]])
    depths = np.subtract(last, row, out=room.one[0])
    deepest = depths.max()
    if deepest > DEEPEST:  # A check costs a tenth of a clip.
        deepest = np.float32(DEEPEST)
        np.minimum(depths, deepest, out=depths)
    depths[order[:count]] = -1.0
    nearest, is_seen = depths[order[count:]], before.hold(order[count:], place)
    seen_ids = before.ids(place)
    seen = _rising(depths[seen_ids])
    unseen = nearest[~is_seen]
    seen_alone = 0
    if len(nearest):  # Of tokens level with the last single one, the seen come first.
        nearer = int(np.searchsorted(unseen, nearest[-1]))
        seen_alone = min(int(np.searchsorted(seen, nearest[-1], "right")), len(nearest) - nearer)
    alone = unseen[: len(nearest) - seen_alone]
    summed = None
    if len(order) < len(row) or len(alone) < len(unseen):
        summed = _sums(room, (nearest[-1], deepest), np.concatenate([order, seen_ids]), len(unseen) - len(alone))
    return tail_of_sums(shift, base, alone, summed, seen, seen_alone)


def _sums(room: Scratch, reach: tuple[np.float32, np.float32], without: Ids, more: int) -> Sums:
    """Count, sum and sum of squares of each of BOXES boxes from one depth to another, and `more` at the first.

    The pass over the tokens is most of a tail's cost, so there is only one: each token adds `one`, which exceeds the
    sum of all depths, plus its depth. Squares are those of each cell's mean, and of an even spread.
    """
    depths, cells, weights = room.one[0], room.places, room.exact
    one = 2.0 ** math.ceil(math.log2(DEEPEST * len(depths) + 1))
    begin, end = reach
    span = end - begin
    scale = float(span / REACH) if span > BOX_UNIT else 0.0
    stretched = np.subtract(depths, begin, out=room.other[0])
    stretched *= np.float32(REACH) / span if scale else np.float32(0)
    stretched += np.float32(1)
    bits = stretched.view(np.int32)
    bits >>= CELL_BITS
    np.subtract(bits, FIRST_CELL, out=cells)
    cells[without] = CELLS
    np.add(depths, one, out=weights, dtype=np.float64)
    found = np.bincount(cells, weights, CELLS + 1)[:CELLS]
    counts = np.floor(found / one)
    sums = found - counts * one
    squares = np.divide(sums * sums, counts, out=np.zeros(CELLS), where=counts > 0) + counts * (SPREADS * scale**2)
    boxes = np.stack([counts, sums, squares]).reshape(3, BOXES, PER_BOX).sum(axis=-1)
    depth = float(begin)
    boxes[:, 0] += (more, more * depth, more * depth * depth)
    return boxes[0], boxes[1], boxes[2]


def _rising(depths: Row) -> Row:
    """Sorted, without those marked as negative."""
    return np.sort(depths[depths >= 0])


def tail_of_sums(
    shift: float, base: float, nearest: Row, boxes: Sequence[NDArray[Any]] | None, seen: Row, seen_alone: int
) -> Tail:
    """The tail of a row, as rising depths below the last candidate, whose logprob is base.

    `nearest` are the unseen ones on their own; `boxes` counts, sums and sums of squares of the others, each (BOXES,).
    """
    parts: list[tuple[NDArray[Any], ...]] = [
        (np.ones(len(nearest), dtype=np.intp), nearest.astype(np.float64), np.zeros(len(nearest)))
    ]
    if boxes is not None:
        held = boxes[0] > 0
        parts.append(_moments(boxes[0][held].astype(np.intp), boxes[1][held], boxes[2][held]))
    unseen = sum(len(part[0]) for part in parts)
    parts.append(_summary(seen.astype(np.float64), _starts(seen, seen_alone)))
    counts, depths, widths = map(np.concatenate, zip(*parts, strict=True))
    order = np.argsort(depths, kind="stable")
    # Never level with the last candidate: top-k would keep one too many.
    below = np.maximum(np.round(depths[order] / BOX_UNIT), 1.0) * BOX_UNIT
    columns = (counts[order], base - below, np.floor(widths[order] / BOX_UNIT) * BOX_UNIT, order >= unseen)
    return Tail(shift, tuple(map(Box, *(column.tolist() for column in columns))))


def _starts(seen: Row, alone: int) -> Ids:
    """Where boxes of rising depths begin: the first ones are alone, and the widest gaps part the others."""
    rest = seen[alone:]
    gaps = np.argsort(rest[:-1] - rest[1:], kind="stable")[: SEEN - 1] + 1
    return np.concatenate([np.arange(alone + min(1, len(rest))), alone + np.sort(gaps)])


def _summary(depths: NDArray[np.float64], starts: Ids) -> tuple[NDArray[Any], ...]:
    """Count, depth and half-width of the tokens from each start to the next."""
    if not len(starts):
        return (np.empty(0, dtype=np.intp), depths, depths)
    sums = (np.add.reduceat(values, starts) for values in (depths, depths * depths))
    return _moments(np.append(starts[1:], len(depths)) - starts, *sums)


def _moments(
    count: NDArray[np.intp], total: NDArray[np.float64], squares: NDArray[np.float64]
) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]]:
    """How many, their mean depth, and the half-width of an even spread of them."""
    depth = total / count
    variance = squares / count - depth * depth
    # No box reaches above the last candidate.
    return count, depth, np.minimum(np.sqrt(3 * np.maximum(variance, 0.0)), depth) * (count > 1)
