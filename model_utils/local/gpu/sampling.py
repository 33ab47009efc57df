"""`sampling.process` and `sampling.draw` in torch: shapes that depend on no number, so that a CUDA graph can hold them.

The settings are tensors too, so that one graph serves them all. Leaves out: the random points, which are numpy's as on
every other device, so that a seed means the same everywhere.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...trace.settings import Sampling

CHUNK = 256


class Knobs(NamedTuple):
    """`Sampling` on a device; each of shape ()."""

    temperature: Tensor
    top_k: Tensor
    top_p_cut: Tensor
    """1 - top_p; below 0 where nothing is to be cut."""
    min_p: Tensor
    penalty: Tensor

    @classmethod
    def on(cls, device: torch.device) -> Knobs:
        return cls(*(torch.zeros((), device=device, dtype=kind) for kind in _KINDS))

    def turn(self, sampling: Sampling) -> None:
        """Set them in place."""
        cut = np.float32(1 - sampling.top_p) if sampling.top_p < 1 else -1.0
        values = (sampling.temperature, sampling.top_k, cut, sampling.min_p, sampling.repetition_penalty)
        for knob, value in zip(self, values, strict=True):
            knob.fill_(float(value))


_KINDS = (torch.float32, torch.int64, torch.float32, torch.float32, torch.float32)


def process(row: Tensor, is_seen: Tensor, knobs: Knobs) -> Tensor:
    """Scores that the sampler draws from, -inf is cut: shape (vocabulary,). `is_seen` marks the penalised tokens."""
    penalised = torch.where(row < 0, row * knobs.penalty, row / knobs.penalty)
    scores = torch.where(is_seen, penalised, row)
    warmed = scores / knobs.temperature
    # At temperature 0, and so near it that float32 overflows, only the most likely token stays, the lowest of equals.
    is_limit = (knobs.temperature == 0) | ~warmed.max().isfinite()
    ordered, order = torch.sort(torch.where(is_limit, scores, warmed), descending=True, stable=True)
    places = torch.arange(len(ordered), device=row.device)
    kept = torch.where(is_limit, places == 0, _kept(ordered, places, knobs))
    return torch.full_like(row, -torch.inf).scatter(0, order, ordered.masked_fill(~kept, -torch.inf))


def _kept(ordered: Tensor, places: Tensor, knobs: Knobs) -> Tensor:
    """The mask of falling scores kept by top-k, top-p and min-p, one after another."""
    edge = ordered.gather(0, (knobs.top_k - 1).clamp(0, len(ordered) - 1)[None])
    kept = (knobs.top_k == 0) | (ordered >= edge)
    rising = _softmax(ordered, kept).double().flip(0).cumsum(0).flip(0).float()
    kept = kept & ((rising > knobs.top_p_cut) | (places == 0))
    probabilities = _softmax(ordered, kept)
    return kept & ((knobs.min_p == 0) | (probabilities >= knobs.min_p * probabilities[0]) | (places == 0))


def _softmax(ordered: Tensor, kept: Tensor) -> Tensor:
    exponentials = (ordered - ordered[0]).exp().masked_fill(~kept, 0.0)
    return exponentials / exponentials.sum(dtype=torch.float64).float()


def draw(scores: Tensor, point: Tensor) -> Tensor:
    """One id, shape (1,), from softmax(scores), (vocabulary,), at a point (1,) between 0 and 1 of its distribution."""
    cumulative = torch.softmax(scores, 0).double().cumsum(0)
    return torch.searchsorted(cumulative, point * cumulative[-1], right=True)


def points(seed: int, position: int) -> Tensor:
    """The points of the next CHUNK draws, the first of a text of `position` tokens; float64."""
    return torch.tensor(
        [np.random.default_rng((seed, position + step)).random() for step in range(CHUNK)], dtype=torch.float64
    )
