"""A text on its way through a transformers model, or several side by side: ids and cache, and nothing of their meaning.

Leaves out: the forward pass itself (`local`), and which tokens come next (`tracing`, `beams`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .local import LocalLM

Rows = NDArray[np.float32]


class Session:
    """Starts with the `ids` of a text and what the model `carried` away from reading them."""

    def __init__(self, lm: LocalLM, ids: Sequence[int], carried: dict[str, Any]) -> None:
        self._lm = lm
        self._ids = torch.tensor([ids], dtype=torch.int64)
        self._carried = carried

    @property
    def length(self) -> int:
        """How many tokens have been read."""
        return self._ids.shape[1]

    def read(self, ids: Sequence[int]) -> Iterator[Rows]:
        """Read on. Yields, a part of the ids at a time, the logits after each: shape (tokens, vocabulary), float32."""
        part = max(1, self._lm.most_at_once(len(ids)))
        for begin in range(0, len(ids), part):
            new = torch.tensor([ids[begin : begin + part]])
            self._ids = torch.cat([self._ids, new], dim=1)
            rows, self._carried = self._lm.read_on(self._ids, new.shape[1], self._carried)
            yield rows[0]

    def advance(self, parents: Sequence[int], ids: Sequence[int]) -> Rows:
        """Go on with several texts side by side: the i-th is text `parents[i]` of those before, and then `ids[i]`.

        The text that was read is number 0. Gives the logits after each, shape (ids, vocabulary), float32, by one pass.
        """
        order, new = torch.tensor(parents), 1
        self._ids = torch.cat([self._ids[order], torch.tensor(ids)[:, None]], dim=1)
        if not self._lm.reorder(self._carried, order):
            new, self._carried = self._ids.shape[1], self._lm.start()
        rows, self._carried = self._lm.read_on(self._ids, new, self._carried)
        return rows[:, -1]

    def keep(self) -> None:
        """Remember what has been read, for texts with the same beginning. Of several side by side, nothing."""
        if len(self._ids) == 1:
            self._lm.keep(self._ids[0].tolist(), self._carried)
