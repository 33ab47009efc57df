"""What drawing on the device asks of a model and of a text that it reads. Leaves out: who has it (`local`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from torch import Tensor

from .decoder import Decoders


class Model(Protocol):
    """A transformers model on the device."""

    network: Any
    decoders: Decoders

    @property
    def model(self) -> str: ...

    @property
    def vocab_size(self) -> int: ...

    @property
    def context_length(self) -> int | None: ...

    def turn(self) -> AbstractContextManager[None]:
        """Alone at the device."""


class Text(Protocol):
    """A text in progress."""

    @property
    def lm(self) -> Model: ...

    @property
    def ids(self) -> Tensor:
        """Tokens read, shape (tokens,)."""

    @property
    def cache(self) -> Any: ...

    def read(self, ids: Sequence[int]) -> Iterator[Any]:
        """The rows after each of some further ids."""

    def carry(self, ids: Sequence[int], cache: Any) -> None:
        """Note that these ids have been read, with this cache after them."""
