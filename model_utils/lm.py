"""The interface of models for the loops over steps: models, sessions and rows of logits.

`LocalLM` is such a model, and so are those on a Ray cluster or behind a completions server. Leaves out: the loops
(`tracing`, `beam_search`, `prefix_probability`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .logits.readings import Reading
from .logits.top_only import PartialRow
from .tokens.vocabulary import Vocabulary
from .trace.settings import Sampling


class Drawn(NamedTuple):
    """A token that the sampler drew, the step it was drawn at, and the ranks of the candidates that were cut."""

    id: int
    reading: Reading
    cut: tuple[int, ...]


@runtime_checkable
class HeldRows(Protocol):
    """One or several rows of logits that stay on the model's device (`gpu`) and give readings and draws."""

    def __len__(self) -> int: ...
    def __getitem__(self, place: Any) -> HeldRows: ...
    def readings(self, text: NDArray[np.int64], count: int, model: str, with_tail: bool) -> Iterator[Reading]: ...
    def draws(self, sampling: Sampling, count: int, most: int) -> Generator[Drawn]: ...


HostRow = NDArray[np.float32] | PartialRow
Row = HostRow | HeldRows
HostRows = NDArray[np.float32] | Sequence[PartialRow]
"""Shape (tokens, vocabulary), or a server's partial rows."""
Rows = HostRows | HeldRows
Batch = NDArray[np.float32] | Sequence[Sequence[PartialRow]] | Sequence[HeldRows]


class Session(Protocol):
    @property
    def length(self) -> int: ...
    def read(self, ids: Sequence[int]) -> Iterator[Rows]: ...
    def advance(self, parents: Sequence[int], ids: Sequence[int]) -> HostRows: ...
    def keep(self) -> None: ...


class LM(Protocol):
    """A model's interface. `LocalLM` is one; the tests have one of twenty lines."""

    model: str
    revision: str
    vocab_size: int
    context_length: int | None
    bos_id: int | None
    end_ids: frozenset[int]
    vocabulary: Vocabulary
    rescales_beyond: int | None
    """Number of tokens beyond which positions are rescaled (`configuration.rescales_beyond`)."""

    def encode(self, text: str) -> list[int]: ...
    def encode_on(self, text: str, behind: Sequence[int] = ()) -> list[int]: ...
    def encode_chat(self, text: str) -> list[int]: ...
    def session(self, ids: Sequence[int] = ()) -> Session: ...
    def logits(self, batch: Sequence[Sequence[int]]) -> Batch: ...
