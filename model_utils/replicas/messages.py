"""What a page's process and a worker tell each other, as MessagePack.

One connection is one text at a time: `Begin`, then any number of `Read`, `Advance` and `Keep`, each answered, and then
the next text. Rows come in parts, as the model gives them. Leaves out: who sends it where (`client`, `worker`).
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from model_utils import errors
from model_utils.errors import TsuzukiError

Rows = NDArray[np.float32]

LARGEST = 2**30
"""Bytes of one message: a batch of rows of a large vocabulary."""


class Begin(Struct, tag=True):
    """A text, of whose ids the worker may remember the first ones."""

    ids: list[int]


class Read(Struct, tag=True):
    """Read on; without `wanted`, the rows are not sent, as when a text is read again that another worker had."""

    ids: list[int]
    wanted: bool = True


class Advance(Struct, tag=True):
    parents: list[int]
    ids: list[int]
    wanted: bool = True


class Keep(Struct, tag=True):
    pass


Asked = Begin | Read | Advance | Keep


class Facts(Struct):
    """Of a model, all that a client has to know once. `pieces` are the bytes of each id."""

    model: str
    revision: str
    vocab_size: int
    context_length: int | None
    bos_id: int | None
    end_ids: list[int]
    pieces: list[bytes]
    special: list[int]
    strips_first_space: bool


class Text(Struct):
    """A text to be cut into ids by `how`: one of `encode`, `encode_on` and `encode_chat`."""

    text: str
    how: str = "encode"


class Answer(Struct):
    """A number, rows of a shape with more to come or not, or an error."""

    number: int = 0
    shape: list[int] = []
    rows: bytes = b""
    more: bool = False
    error: str = ""
    params: dict[str, Any] = {}

    def result(self) -> Answer:
        """The answer. Raises the error that it is."""
        if self.error:
            raise _known().get(self.error, TsuzukiError)(**self.params)
        return self

    def array(self) -> Rows:
        return np.frombuffer(self.rows, dtype=np.float32).reshape(self.shape).copy()


def answer_of(rows: object, more: bool = False) -> Answer:
    """Rows of logits, whole ones: a worker has its own model."""
    whole = np.ascontiguousarray(rows, dtype=np.float32)
    return Answer(shape=list(whole.shape), rows=whole.tobytes(), more=more)


def error_of(error: TsuzukiError) -> Answer:
    return Answer(error=error.key, params={name: _plain(value) for name, value in error.params.items()})


def pack(message: Struct) -> bytes:
    return msgspec.msgpack.encode(message)


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | str) else str(value)


def _known() -> dict[str, type[TsuzukiError]]:
    found = (value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, TsuzukiError))
    return {kind.key: kind for kind in found}
