"""Reused memory for reading rows of logits: with a large vocabulary, allocating it takes longer than the work in it.
Leaves out: the work in it (`readings`, `tail`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

READERS = min(4, os.cpu_count() or 1)
"""Threads that read rows at a time; as much memory is kept."""


@dataclass(slots=True, eq=False)
class Scratch:
    """For some rows of a vocabulary at a time, and for one row."""

    rows: int
    size: int
    one: NDArray[np.float32] = field(init=False)
    """Shape (rows, vocabulary), as `other` and `flags`."""
    other: NDArray[np.float32] = field(init=False)
    flags: NDArray[np.bool_] = field(init=False)
    places: NDArray[np.intp] = field(init=False)
    """Shape (vocabulary,), as `exact`."""
    exact: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        both = (self.rows, self.size)
        self.one, self.other = np.empty(both, dtype=np.float32), np.empty(both, dtype=np.float32)
        self.flags = np.empty(both, dtype=np.bool_)
        self.places, self.exact = np.empty(self.size, dtype=np.intp), np.empty(self.size, dtype=np.float64)


_idle: list[Scratch] = []


@contextmanager
def scratch(rows: int, size: int) -> Iterator[Scratch]:
    """Memory for at least `rows` rows of `size` tokens, used by one caller at a time."""
    try:
        found = _idle.pop()
    except IndexError:
        found = Scratch(rows, size)
    if found.size != size or found.rows < rows:
        found = Scratch(rows, size)
    yield found
    if len(_idle) < READERS:
        _idle.append(found)
