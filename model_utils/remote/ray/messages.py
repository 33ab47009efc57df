"""Messages between a page's process and a worker, as MessagePack, each number, text and list within its bound.

One connection is one text at a time: `Begin`, then any number of `Read`, `Advance` and `Keep`, each answered, and then
the next text. Rows arrive in the model's parts. Leaves out: sending (`client`, `worker`), and checks against a model
(`reading`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec
import numpy as np
from msgspec import Meta, Struct
from numpy.typing import NDArray

from model_utils import errors, model_errors
from model_utils.errors import TsuzukiError
from model_utils.tokens.spelling import DecoderSpelling, Plain, Spelling, text_of
from model_utils.trace.validate import AtMost1000, Count, Name, Number, PerStep, Whole, Words, Wrong, reason_of

Rows = NDArray[np.float32]

LARGEST = 2**30
"""Bytes of an answer: a batch of rows of a large vocabulary."""
LARGEST_ASKED = 2**24
"""Bytes of a question: the ids of a batch of texts."""
MOST_LOGITS = LARGEST // 16
"""Of one answer (256 MB)."""
MOST_PIECES = 2**22

T = TypeVar("T")
How = Literal["encode", "encode_on", "encode_chat"]
Ids: TypeAlias = Annotated[list[Whole], PerStep]
"""The model's vocabulary checks their range."""
Batch: TypeAlias = Annotated[list[Ids], Meta(max_length=10_000)]
BATCH: Any = Batch
IDS: Any = Ids
Said: TypeAlias = Whole | Number | Words


class Begin(Struct, tag=True):
    """A new text, of which the worker may have a cached prefix."""

    ids: Ids


class Read(Struct, tag=True):
    """Read further ids; without `wanted`, no rows are sent, as when a worker repeats another's passes."""

    ids: Ids
    wanted: bool = True


class Advance(Struct, tag=True):
    parents: Annotated[list[Count], AtMost1000]
    ids: Annotated[list[Whole], AtMost1000]
    wanted: bool = True


class Keep(Struct, tag=True):
    pass


Asked = Begin | Read | Advance | Keep
ASKED: Any = Asked


class Facts(Struct):
    """A model's properties, sent once to a client.

    `pieces` are the tokens as the vocabulary has them, None for an id without one, and `decoder` spells them in a text
    (`spelling`); if it is empty, they add their own bytes.
    """

    model: Name
    revision: Name
    vocab_size: Annotated[int, Meta(ge=1, le=MOST_PIECES)]
    context_length: Annotated[int, Meta(ge=1, le=2**53)] | None
    bos_id: Count | None
    end_ids: Annotated[list[Count], AtMost1000]
    pieces: Annotated[list[Annotated[bytes, Meta(max_length=10_000)] | None], Meta(max_length=MOST_PIECES)]
    decoder: Annotated[str, Meta(max_length=100_000)]
    special: Annotated[list[Count], Meta(max_length=MOST_PIECES)]
    changes_texts: bool
    rescales_beyond: Count | None

    def check(self) -> None:
        """Raises Wrong."""
        ids = [*self.end_ids, *self.special, *([] if self.bos_id is None else [self.bos_id])]
        if len(self.pieces) != self.vocab_size or max(ids, default=0) >= self.vocab_size:
            raise Wrong("its vocabulary has other tokens than it says")

    def spelling(self) -> Spelling:
        """Raises Wrong."""
        pieces = self.pieces
        if not self.decoder:
            return Plain(lambda token_id: pieces[token_id] or b"")
        try:
            return DecoderSpelling(self.decoder, [raw if raw is None else text_of(raw) for raw in pieces].__getitem__)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise Wrong("its decoder is none") from None


class Text(Struct):
    """A text to be cut into ids, behind others or none."""

    text: Words
    how: How = "encode"
    behind: Ids = []


class Answer(Struct):
    """A number, rows of a shape with more to come or not, or an error."""

    number: Count = 0
    shape: Annotated[list[Count], Meta(max_length=3)] = []
    rows: Annotated[bytes, Meta(max_length=LARGEST)] = b""
    more: bool = False
    error: Name = ""
    params: Annotated[dict[Name, Said], AtMost1000] = {}

    def result(self) -> Answer:
        """The answer. Raises the error that it is, and Wrong where that is none."""
        if not self.error:
            return self
        kind = _known().get(self.error)
        try:
            raise kind(**self.params) if kind else Wrong("it names an error that is none")
        except (TypeError, LookupError):
            raise Wrong("it says too little of an error") from None

    def array(self, *shape: int) -> Rows:
        """Its rows. Raises Wrong where they are of another shape."""
        if tuple(self.shape) != shape or len(self.rows) != 4 * math.prod(shape):
            raise Wrong("its rows are not of the shape that was asked for")
        return np.frombuffer(self.rows, dtype=np.float32).reshape(shape).copy()


def answer_of(rows: object, more: bool = False) -> Answer:
    """Rows of logits, whole ones: a worker has its own model."""
    whole = np.ascontiguousarray(rows, dtype=np.float32)
    return Answer(shape=list(whole.shape), rows=whole.tobytes(), more=more)


def error_of(error: TsuzukiError) -> Answer:
    return Answer(error=error.key, params={name: _plain(value) for name, value in error.params.items()})


def pack(message: object) -> bytes:
    return msgspec.msgpack.encode(message)


def unpack(raw: bytes, kind: type[T]) -> T:
    """Raises Wrong."""
    try:
        return msgspec.msgpack.decode(raw, type=kind)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError) as error:
        raise Wrong(reason_of(error)) from None


def width(batch: Sequence[Sequence[int]]) -> int:
    """Of the longest of several texts."""
    return max(map(len, batch), default=0)


def _plain(value: object) -> Said:
    return value if isinstance(value, int | float | str) else str(value)


def _known() -> dict[str, type[TsuzukiError]]:
    values = (*vars(errors).values(), *vars(model_errors).values())
    found = (value for value in values if isinstance(value, type) and issubclass(value, TsuzukiError))
    return {kind.key: kind for kind in found}
