"""A text in progress in a transformers model, or several in parallel: ids and cache, without their meaning.

Leaves out: the forward pass itself (`model`), and which tokens come next (`tracing`, `beam_search`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import Cache
from transformers.generation.utils import ALL_CACHE_NAMES

from .gpu.device_rows import DeviceRows
from .gpu.protocols import Model

Rows = NDArray[np.float32]


def cache_of(carried: dict[str, Any]) -> Any:
    """The cache of any kind in the state carried from a pass; None if there is none."""
    return next((carried[name] for name in ALL_CACHE_NAMES if carried.get(name) is not None), None)


class Passes(Model, Protocol):
    """A model's forward passes, as a session asks for them; `LocalLM` has them."""

    rows_stay: bool
    cache_name: str

    def start(self) -> dict[str, Any]: ...

    def read_on(self, ids: torch.Tensor, new: int, carried: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]: ...

    def reorder(self, carried: dict[str, Any], parents: torch.Tensor) -> bool: ...

    def most_at_once(self, tokens: int) -> int: ...

    def keep(self, ids: Sequence[int], carried: dict[str, Any]) -> None: ...


class Session:
    """Starts with the `ids` of a text and the state `carried` from reading them."""

    def __init__(self, lm: Passes, ids: Sequence[int], carried: dict[str, Any]) -> None:
        self.lm = lm
        self._ids = torch.tensor([ids], dtype=torch.int64)
        self._carried = carried
        self._is_whole = True
        """Not while a pass is under way, nor after one that failed: a cache may have grown in some of its layers."""

    @property
    def length(self) -> int:
        """How many tokens have been read."""
        return self._ids.shape[1]

    @property
    def ids(self) -> torch.Tensor:
        """What has been read, shape (tokens,). Of one text."""
        return self._ids[0]

    @property
    def cache(self) -> Any:
        """The cache carried from reading, of any kind, or None."""
        return cache_of(self._carried)

    def read(self, ids: Sequence[int]) -> Iterator[Rows | DeviceRows]:
        """Read on. Yields, a part of the ids at a time, the logits after each: shape (tokens, vocabulary), float32.

        On a GPU they stay there.
        """
        part = max(1, self.lm.most_at_once(len(ids)))
        for begin in range(0, len(ids), part):
            new = torch.tensor([ids[begin : begin + part]])
            self._ids, self._is_whole = torch.cat([self._ids, new], dim=1), False
            rows, self._carried = self.lm.read_on(self._ids, new.shape[1], self._carried)
            self._is_whole = True
            yield DeviceRows(rows[0], self) if self.lm.rows_stay else rows[0].numpy()

    def advance(self, parents: Sequence[int], ids: Sequence[int]) -> Rows:
        """Continue several texts in parallel: the i-th is the previous text `parents[i]` followed by `ids[i]`.

        The text that was read is number 0. Gives the logits after each, shape (ids, vocabulary), float32, by one pass.
        """
        order, new = torch.tensor(parents), 1
        self._ids = torch.cat([self._ids[order], torch.tensor(ids)[:, None]], dim=1)
        if not self.lm.reorder(self._carried, order):
            new, self._carried = self._ids.shape[1], self.lm.start()
        rows, self._carried = self.lm.read_on(self._ids, new, self._carried)
        return rows[:, -1].cpu().numpy()

    def carry(self, ids: Sequence[int], cache: Cache) -> None:
        """Add ids that were read elsewhere, and take the cache of the whole text."""
        self._ids = torch.cat([self._ids, torch.tensor([ids], dtype=torch.int64)], dim=1)
        self._carried = self.lm.start() | {self.lm.cache_name: cache}

    def keep(self) -> None:
        """Cache the read text for texts with the same prefix. Of several in parallel, nothing."""
        if self._is_whole and len(self._ids) == 1:
            self.lm.keep(self._ids[0].tolist(), self._carried)
