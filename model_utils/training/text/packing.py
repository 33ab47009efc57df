"""Turn the mixed documents into one row of token ids on disk, and cut that row into training sequences.

Ids are uint16 in a flat file, read through a memory map. Every document begins with the separator, which the tokenizer
puts there. The order of the sequences is a function of the seed and the position alone, so that a resumed run sees
what an uninterrupted one would have seen. Leaves out: masking between the documents of one sequence.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from model_utils.training.errors import CorpusError, TrainingError

DOCUMENTS_AT_ONCE = 2_000
DTYPE = np.dtype("<u2")


def pack(documents: list[str], tokenizer: Tokenizer, path: Path) -> int:
    """Write the ids of all documents to `path` and return how many they are; the file appears only when complete."""
    if tokenizer.get_vocab_size() > np.iinfo(DTYPE).max + 1:
        raise TrainingError(f"{tokenizer.get_vocab_size()} tokens do not fit ids of 16 bits.")
    unfinished = path.with_suffix(".part")
    total = 0
    with unfinished.open("wb") as file:
        for start in range(0, len(documents), DOCUMENTS_AT_ONCE):
            for encoding in tokenizer.encode_batch_fast(documents[start : start + DOCUMENTS_AT_ONCE]):
                file.write(np.array(encoding.ids, dtype=DTYPE).tobytes())
                total += len(encoding.ids)
    unfinished.replace(path)
    return total


class Batches(Protocol):
    """Training sequences that a loop asks for."""

    def batch(self, position: int, size: int) -> torch.Tensor:
        """`size` sequences from `position`, a count of sequences since the start of training, as int64 ids."""


class Sequences:
    """Shuffled training sequences of `context` tokens, cut from a packed file; a new order at every pass."""

    def __init__(self, path: Path, context: int, seed: int) -> None:
        self._ids: NDArray[np.uint16] = np.memmap(path, dtype=DTYPE, mode="r")
        self._context = context
        self._seed = seed
        self.per_pass = len(self._ids) // context
        if self.per_pass == 0:
            raise CorpusError(f"The corpus holds only {len(self._ids)} tokens: one sequence needs {context}.")

    def batch(self, position: int, size: int) -> torch.Tensor:
        """See `Batches`."""
        rows = [self._row(index) for index in range(position, position + size)]
        return torch.from_numpy(np.stack(rows).astype(np.int64))

    def _row(self, index: int) -> NDArray[np.uint16]:
        number, within = divmod(index, self.per_pass)
        start = int(self._order(number)[within]) * self._context
        return self._ids[start : start + self._context]

    def _order(self, number: int) -> NDArray[np.int64]:
        if getattr(self, "_ordered", None) != number:
            self._ordered = number
            self._permutation = np.random.default_rng((self._seed, number)).permutation(self.per_pass)
        return self._permutation


class Mixed:
    """Sequences of two files in every batch: those of `text` first, then those of `made`, a share of the batch."""

    def __init__(self, text: Sequences, made: Sequences, share: float) -> None:
        self._text, self._made, self._share = text, made, share

    def batch(self, position: int, size: int) -> torch.Tensor:
        """See `Batches`."""
        made = rows_of(size, self._share)
        text = size - made
        # What a former batch size has left over is passed by.
        parts = ((self._text, text), (self._made, made))
        return torch.cat([one.batch(position * count // size, count) for one, count in parts if count])


def rows_of(size: int, share: float) -> int:
    """How many of the sequences of a batch are made text."""
    return round(size * share)
