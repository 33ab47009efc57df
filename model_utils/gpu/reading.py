"""`distribution.readings` in torch: shapes that depend on no number, so that a CUDA graph can hold all of it.

A row is sorted once. What a step shows is packed into one float64 tensor, which is all that crosses to the host.
Leaves out: what the sampler makes of a row (`sampler`).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..distribution import DIGITS, Reading, rounded
from ..errors import NonFiniteLogits
from ..tail import ALONE, BOXES, DEEPEST, EDGES, tail_of_sums

HEAD = 4
"""So many numbers of a row stand before the ids of its candidates."""

NEVER = 2**40
"""The place of a token that does not stand in the text."""


class Seen(NamedTuple):
    """The text as the rows see it; a token counts as seen from the place behind its first."""

    text: Tensor
    """Ids, shape (room,): those of the text, and anything behind them."""
    first: Tensor
    """Where each id of the vocabulary first stands in the text, or NEVER: shape (vocabulary,)."""
    before: Tensor
    """How many tokens stand before what comes after each row: shape (rows,)."""

    def of_vocabulary(self) -> Tensor:
        """Shape (rows, vocabulary)."""
        return self.first < self.before[:, None]

    def of_text(self) -> Tensor:
        """Which places of the text hold a token for the first time. Shape (rows, room)."""
        places = torch.arange(len(self.text), device=self.text.device)
        return (self.first[self.text] == places) & (places < self.before[:, None])


def seen_of(text: Tensor, before: Tensor, vocabulary: int) -> Seen:
    """The ids of a whole text (tokens,), as rows with so many tokens before them (rows,) see it."""
    places = torch.arange(len(text), device=text.device)
    first = torch.full((vocabulary,), NEVER, device=text.device)
    return Seen(text, first.scatter_reduce(0, text, places, "amin"), before)


def packed(rows: Tensor, came: Tensor, seen: Seen, count: int) -> Tensor:
    """Everything about each row and the id that came after it, float64, shape (rows, numbers): `unpacked` reads it.

    Shapes (rows, vocabulary) in float32, (rows,). `count` is that of candidates, at most the vocabulary.
    """
    ordered, order = torch.sort(rows, dim=-1, descending=True, stable=True)  # of equals the lower id first
    peak = ordered[:, :1]
    shifted = rows - peak
    exponentials = shifted.exp()
    total = exponentials.sum(-1, dtype=torch.float64)
    entropy = total.log() - (exponentials * shifted).sum(-1, dtype=torch.float64) / total
    shift = peak[:, 0].double() + total.log()
    rank = (order == came[:, None]).int().argmax(-1) + 1
    logprob = rows.gather(1, came[:, None])[:, 0].double() - shift
    top_logprobs = ordered[:, :count].double() - shift[:, None]
    head = torch.stack([entropy, rank.double(), logprob, shift], dim=1)
    return torch.cat(
        [head, order[:, :count].double(), top_logprobs, *_tail(rows, ordered, order, shift, seen, count)], dim=1
    )


def _tail(rows: Tensor, ordered: Tensor, order: Tensor, shift: Tensor, seen: Seen, count: int) -> list[Tensor]:
    """What `tail` needs of the tokens below the candidates: how many, the nearest depths, sums over boxes, the seen."""
    last = ordered[:, count - 1] if count else (torch.round(shift * 10**DIGITS) / 10**DIGITS).float()
    is_below = torch.ones_like(rows, dtype=torch.bool).scatter(1, order[:, :count], False)
    is_unseen = (is_below & ~seen.of_vocabulary()).gather(1, order)
    unseen, unseen_count = _gathered(_depths(last, ordered), is_unseen)
    is_seen = seen.of_text() & is_below[:, seen.text]
    seen_depths = _depths(last, rows[:, seen.text]).masked_fill(~is_seen, torch.inf).sort(-1).values
    seen_count = is_seen.sum(-1)
    nearest = torch.cat([unseen[:, :ALONE], seen_depths], dim=1).sort(-1).values[:, :ALONE]
    seen_alone = torch.searchsorted(seen_depths, nearest[:, -1:].contiguous(), right=True)[:, 0].minimum(seen_count)
    unseen_alone = (unseen_count + seen_count).clamp(max=ALONE) - seen_alone
    counts = torch.stack([unseen_alone, seen_count, seen_alone], dim=1).double()
    return [counts, unseen[:, :ALONE].double(), _sums(unseen, unseen_alone, unseen_count), seen_depths.double()]


def _depths(last: Tensor, logits: Tensor) -> Tensor:
    return (last[:, None] - logits).clamp(max=DEEPEST)


def _gathered(depths: Tensor, are_wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Those wanted of each row, moved to its beginning, infinities behind them; and how many they are."""
    width = depths.shape[1]
    places = (are_wanted.cumsum(-1) - 1).masked_fill(~are_wanted, width)
    moved = depths.new_full((len(depths), width + 1), torch.inf).scatter(1, places, depths)
    return moved[:, :width].contiguous(), are_wanted.sum(-1)


def _sums(depths: Tensor, begin: Tensor, end: Tensor) -> Tensor:
    """Count, sum and sum of squares of each of BOXES boxes between two places of rising depths: (rows, 3 * BOXES)."""
    at = torch.stack([begin, end - 1], dim=1).clamp(0, depths.shape[1] - 1)
    first, last = depths.gather(1, at).chunk(2, dim=1)
    edges = first + (_edges(depths.device) * (last - first).double()).float()
    starts = torch.searchsorted(depths, edges.nan_to_num())
    bounds = torch.cat([begin[:, None], starts, end[:, None]], dim=1)
    bounds = bounds.maximum(begin[:, None]).minimum(end[:, None])
    exact = depths.masked_fill(depths == torch.inf, 0.0).double()
    sums = [_between(values, bounds) for values in (exact, exact * exact)]
    return torch.cat([bounds.diff(dim=1).double(), *sums], dim=1)


@cache
def _edges(device: torch.device) -> Tensor:
    """Made once: a graph must not fetch anything from the host."""
    return torch.from_numpy(EDGES).to(device)


def _between(values: Tensor, bounds: Tensor) -> Tensor:
    until = torch.nn.functional.pad(values.cumsum(-1), (1, 0))
    return until.gather(1, bounds).diff(dim=1)


def unpacked(numbers: NDArray[np.float64], count: int, room: int, model: str, position: int) -> Iterator[Reading]:
    """The readings of what `packed` gave, shape (rows, numbers), with `room` places of text.

    Raises NonFiniteLogits as `distribution.readings` does; `position` is that of the first row.
    """
    alone = numbers.shape[1] - (HEAD + 2 * count + 3 + 3 * BOXES + room)
    cuts = np.cumsum([HEAD, count, count, 3, alone, BOXES, BOXES, BOXES])
    for number, row in enumerate(numbers):
        head, top, top_logprobs, counts, nearest, *boxes, seen = np.split(row, cuts)
        entropy, rank, logprob, shift = head.tolist()
        if not np.isfinite(head).all():
            raise NonFiniteLogits(model=model, position=position + number + 1)
        logprobs = rounded(top_logprobs)
        shift, entropy, logprob = rounded(np.array([shift, max(entropy, 0.0), logprob]))
        unseen_alone, seen_count, seen_alone = counts.astype(int).tolist()
        nearest, seen = nearest[:unseen_alone].astype(np.float32), seen[:seen_count].astype(np.float32)
        tail = tail_of_sums(shift, logprobs[-1] if count else 0.0, nearest, boxes, seen, seen_alone)
        yield Reading(entropy, int(rank), logprob, top.astype(int).tolist(), logprobs, tail)
