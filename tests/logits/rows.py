"""Rows of logits of every kind that a model gives, from a seed: peaked and flat, of small and large vocabularies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

SIZES = (1_000, 12_000, 50_257, 256_000)
SPREADS = (0.05, 0.5, 1.0, 2.0, 3.5)


def rows(size: int, seed: int) -> Iterator[NDArray[np.float32]]:
    """Ten rows of one vocabulary size."""
    rng = np.random.default_rng((seed, size))
    shift = rng.uniform(-20, 20)
    for spread in SPREADS:
        yield (shift + rng.normal(0, spread, size)).astype(np.float32)
    for steepness in (0.7, 1.3):  # Zipf's law, as words have it
        ranks = rng.permutation(size) + 1
        yield (shift - steepness * np.log(ranks) + rng.normal(0, 0.3, size)).astype(np.float32)
    for peaks, height in ((1, 14.0), (4, 9.0)):
        row = rng.normal(0, 2.0, size)
        row[rng.choice(size, peaks, replace=False)] += height
        yield (shift + row).astype(np.float32)
    yield (shift + rng.gumbel(0, 1.5, size)).astype(np.float32)
