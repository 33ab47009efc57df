"""`logits.readings` in torch, with shapes that depend on no number, so that a CUDA graph can hold all.

A row is sorted once. A reading is packed into one float64 tensor, the only transfer to the host. Leaves out: the
sampler (`sampling`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import NonFiniteLogits
from ...logits.readings import DIGITS, FAR, Reading, rounded
from ...logits.tail import ALONE, BOXES, DEEPEST, FIRST_BOX, FRACTION_BITS, REACH, tail_of_sums
from ...trace.values import BOX_UNIT

HEAD = 4
"""Numbers of a packed row before the ids of its candidates."""

NEVER = 2**40
"""The place of a token that does not stand in the text."""


class Seen(NamedTuple):
    """The text as the rows see it; a token counts as seen from the place behind its first."""

    text: Tensor
    """Ids, shape (room,): those of the text, and anything behind them."""
    first: Tensor
    """Where each id of the vocabulary first stands in the text, or NEVER: shape (vocabulary,)."""
    before: Tensor
    """The number of tokens that each row has seen: shape (rows,)."""

    def of_vocabulary(self) -> Tensor:
        """Shape (rows, vocabulary)."""
        return self.first < self.before[:, None]

    def of_text(self) -> Tensor:
        """Which places of the text hold a token for the first time. Shape (rows, room)."""
        places = torch.arange(len(self.text), device=self.text.device)
        return (self.first[self.text] == places) & (places < self.before[:, None])


def seen_of(text: Tensor, before: Tensor, vocabulary: int) -> Seen:
    """`Seen` of a whole text (tokens,), for rows that have seen `before` tokens (rows,)."""
    places = torch.arange(len(text), device=text.device)
    first = torch.full((vocabulary,), NEVER, device=text.device)
    return Seen(text, first.scatter_reduce(0, text, places, "amin"), before)


def packed(rows: Tensor, came: Tensor, seen: Seen, count: int) -> Tensor:
    """The reading of each row and the id after it, float64, shape (rows, numbers): `unpacked` reads it.

    Shapes (rows, vocabulary) in float32, (rows,). `count` is that of candidates, at most the vocabulary.
    """
    ordered, order = torch.sort(rows, dim=-1, descending=True, stable=True)  # of equals the lower id first
    peak = ordered[:, :1]
    shifted = (rows - peak).clamp(min=float(FAR))  # A NaN stays one.
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
    """Inputs of `tail_of_sums` below the candidates: counts, nearest depths, sums over boxes, seen depths."""
    are_kept = ordered[:, :count].isfinite()
    kept = are_kept.sum(-1)
    if count:
        last = ordered.gather(1, (kept[:, None] - 1).clamp(min=0))[:, 0]
    else:
        last = (torch.round(shift * 10**DIGITS) / 10**DIGITS).float()
    is_below = torch.ones_like(rows, dtype=torch.bool).scatter(1, order[:, :count], ~are_kept)
    is_unseen = (is_below & ~seen.of_vocabulary()).gather(1, order)
    unseen, unseen_count = _gathered(_depths(last, ordered), is_unseen)
    is_seen = seen.of_text() & is_below[:, seen.text]
    seen_depths = _depths(last, rows[:, seen.text]).masked_fill(~is_seen, torch.inf).sort(-1).values
    seen_count = is_seen.sum(-1)
    alone = (rows.shape[1] - kept).clamp(max=ALONE)
    begin = _depths(last, ordered.gather(1, (kept + alone - 1)[:, None]))
    nearer = torch.searchsorted(unseen, begin)[:, 0]
    level = torch.searchsorted(seen_depths, begin, right=True)[:, 0].minimum(seen_count)
    seen_alone = level.minimum(alone - nearer.minimum(alone))
    unseen_alone = alone - seen_alone
    boxes = _boxes(unseen, begin, _depths(last, ordered[:, -1:]) - begin)
    counts = torch.stack([unseen_alone, seen_count, seen_alone], dim=1).double()
    return [counts, unseen[:, :ALONE].double(), _sums(unseen, boxes, unseen_alone, unseen_count), seen_depths.double()]


def _depths(last: Tensor, logits: Tensor) -> Tensor:
    return (last[:, None] - logits).clamp(max=DEEPEST)


def _gathered(depths: Tensor, are_wanted: Tensor) -> tuple[Tensor, Tensor]:
    """The wanted depths of each row, moved to its beginning before infinities, and their count."""
    width = depths.shape[1]
    places = (are_wanted.cumsum(-1) - 1).masked_fill(~are_wanted, width)
    moved = depths.new_full((len(depths), width + 1), torch.inf).scatter(1, places, depths)
    return moved[:, :width].contiguous(), are_wanted.sum(-1)


def _boxes(depths: Tensor, begin: Tensor, span: Tensor) -> Tensor:
    """The box of each of rising depths below `begin`, as in `tail`; higher ones are in the first."""
    factor = torch.where(span > BOX_UNIT, torch.full_like(span, REACH) / span, 0.0)  # REACH / span is rounded twice
    stretched = (depths.clamp(max=DEEPEST) - begin).clamp(min=0.0) * factor + 1.0
    return (stretched.view(torch.int32) >> FRACTION_BITS) - FIRST_BOX


def _sums(depths: Tensor, boxes: Tensor, begin: Tensor, end: Tensor) -> Tensor:
    """Count, sum and sum of squares of each box, between two places of rising depths: (rows, 3 * BOXES)."""
    numbers = torch.arange(1, BOXES, dtype=torch.int32, device=depths.device).expand(len(depths), -1).contiguous()
    starts = torch.searchsorted(boxes, numbers)
    bounds = torch.cat([begin[:, None], starts, end[:, None]], dim=1)
    bounds = bounds.maximum(begin[:, None]).minimum(end[:, None])
    exact = depths.masked_fill(depths == torch.inf, 0.0).double()
    sums = [_between(values, bounds) for values in (exact, exact * exact)]
    return torch.cat([bounds.diff(dim=1).double(), *sums], dim=1)


def _between(values: Tensor, bounds: Tensor) -> Tensor:
    until = torch.nn.functional.pad(values.cumsum(-1), (1, 0))
    return until.gather(1, bounds).diff(dim=1)


def unpacked(numbers: NDArray[np.float64], count: int, room: int, model: str, position: int) -> Iterator[Reading]:
    """The readings of what `packed` gave, shape (rows, numbers), with `room` places of text.

    Raises NonFiniteLogits as `logits.readings` does; `position` is that of the first row.
    """
    alone = numbers.shape[1] - (HEAD + 2 * count + 3 + 3 * BOXES + room)
    cuts = np.cumsum([HEAD, count, count, 3, alone, BOXES, BOXES, BOXES])
    for number, row in enumerate(numbers):
        head, top, top_logprobs, counts, nearest, *boxes, seen = np.split(row, cuts)
        entropy, rank, logprob, shift = head.tolist()
        if not np.isfinite(head).all():
            raise NonFiniteLogits(model=model, position=position + number + 1)
        kept = int(np.isfinite(top_logprobs).sum())
        logprobs = rounded(top_logprobs[:kept])
        shift, entropy, logprob = rounded(np.array([shift, max(entropy, 0.0), logprob]))
        unseen_alone, seen_count, seen_alone = counts.astype(int).tolist()
        nearest, seen = nearest[:unseen_alone].astype(np.float32), seen[:seen_count].astype(np.float32)
        tail = tail_of_sums(shift, logprobs[-1] if kept else 0.0, nearest, boxes, seen, seen_alone)
        yield Reading(entropy, int(rank), logprob, top[:kept].astype(int).tolist(), logprobs, tail)
