"""LRU cache of KV caches by prefix, so that a text with a known prefix is not read from its start again.

Transformers' KV caches are kept whole and returned cropped: a crop shares the memory of its source, and is copied as it
grows. Bounded in bytes; the least recently used goes first. Leaves out: recurrent states, which cannot be cropped.
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
    """The KV caches of one model, by ids."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, ...], Cache] = {}  # the last one is the one used last

    def longest(self, ids: Sequence[int]) -> tuple[int, Cache | None]:
        """The longest cached prefix of `ids`: its length, and a KV cache of it."""
        text = tuple(ids)
        with self._lock:
            best = max(self._kept, key=lambda kept: shared_length(kept, text), default=())
            length = shared_length(best, text)
            if not length:
                return 0, None
            cache = self._kept[best] = self._kept.pop(best)
        try:
            return length, _cropped(cache, len(best) - length)
        except RuntimeError:  # a sliding window has dropped earlier tokens
            return 0, None

    def keep(self, ids: Sequence[int], cache: Cache) -> None:
        """Cache a text that has been read, in place of its own cached prefixes."""
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
