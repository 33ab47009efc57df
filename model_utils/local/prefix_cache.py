"""What a model remembers of texts it has read, so that one with the same beginning is not read from its start again.

Transformers' caches of keys and values, each kept whole and handed out cropped: a crop shares the memory of what it was
cut from, and whoever reads on copies as it grows. Bounded in bytes; what was used longest ago goes first. Leaves out:
recurrent states, which cannot be cropped.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from ..trace.values import shared_length

if TYPE_CHECKING:
    from transformers import Cache

LIMIT_BYTES = 128_000_000


class Prefixes:
    """The texts of one model, by their ids."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, ...], Cache] = {}  # the last one is the one used last

    def longest(self, ids: Sequence[int]) -> tuple[int, Cache | None]:
        """How many of the first `ids` are remembered, and a cache of exactly these."""
        text = tuple(ids)
        with self._lock:
            best = max(self._kept, key=lambda kept: shared_length(kept, text), default=())
            length = shared_length(best, text)
            if not length:
                return 0, None
            cache = self._kept[best] = self._kept.pop(best)
        try:
            return length, _cropped(cache, len(best) - length)
        except RuntimeError:  # a sliding window has let go of what came before it
            return 0, None

    def keep(self, ids: Sequence[int], cache: Cache) -> None:
        """Remember a text that has been read; beginnings of it need no memory of their own."""
        text = tuple(ids)
        with self._lock:
            for kept in [kept for kept in self._kept if text[: len(kept)] == kept]:
                del self._kept[kept]
            self._kept[text] = cache
            sizes = {kept: _bytes(held) for kept, held in self._kept.items()}
            for oldest in list(self._kept):
                if sum(sizes.values()) <= self._limit:
                    break
                del self._kept[oldest], sizes[oldest]


def _cropped(cache: Cache, tokens: int) -> Cache:
    result = copy.copy(cache)
    result.layers = [copy.copy(layer) for layer in cache.layers]
    result.crop(-tokens)
    return result


def _bytes(cache: Cache) -> int:
    tensors = (value for layer in cache.layers for value in vars(layer).values() if isinstance(value, torch.Tensor))
    return sum(tensor.nbytes for tensor in tensors)
