"""Rows of logits that stay on their device, and give readings and draws.

Leaves out: the numbers (`readings`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...lm import Drawn
from ...logits.readings import Reading
from ...trace.settings import Sampling
from .loop import draws
from .protocols import Text
from .readings import packed, seen_of, unpacked

PART_LOGITS = 2**24
"""So many logits are read at once: each takes some 60 bytes of the device's memory on the way."""


@dataclass(frozen=True, slots=True)
class DeviceRows:
    """Shape (rows, vocabulary), float32."""

    logits: Tensor
    session: Text | None = None
    """The session whose newest row is last."""

    def __len__(self) -> int:
        return len(self.logits)

    def __getitem__(self, place: int | slice) -> DeviceRows:
        """A part of the rows, or one, of shape (vocabulary,)."""
        return DeviceRows(self.logits[place], self.session)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """The logits on the host, for those who ask for them: `np.asarray(rows)`."""
        return self.logits.cpu().numpy().astype(dtype or np.float32, copy=False)

    def draws(self, sampling: Sampling, count: int, most: int) -> Generator[Drawn]:
        """At most `most` tokens that the sampler draws after this one row, each read before the next."""
        assert self.session is not None, "rows of several texts at once are not gone on from"
        return draws(self.session, self.logits, sampling, count, most)

    def readings(self, text: NDArray[np.int64], count: int, model: str, with_tail: bool) -> Iterator[Reading]:
        """`logits.readings.readings` of the rows: `text` ends with the ids after them."""
        vocabulary, position = self.logits.shape[1], len(text) - len(self)
        count = min(count, vocabulary)
        ids = torch.from_numpy(text).to(self.logits.device)
        part = max(1, PART_LOGITS // vocabulary)
        for begin in range(0, len(self), part):
            rows = self.logits[begin : begin + part]
            before = torch.arange(position + begin, position + begin + len(rows), device=ids.device)
            with torch.inference_mode():
                numbers = packed(rows, ids[before], seen_of(ids, before, vocabulary), count).cpu().numpy()
            found = unpacked(numbers, count, len(text), model, position + begin)
            yield from found if with_tail else (reading._replace(tail=None) for reading in found)
