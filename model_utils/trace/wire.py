"""A trace as JSON: the interchange format that the player, exported pages and saved files read.

    {"schema": 2, "model": "small", "revision": "…", "vocab_size": 12000, "end": "max_new_tokens",
     "sampling": {"temperature": 0.0, …} or null,
     "tokens": [[id, "bytes in base64", "label", special], …],      every distinct token, once
     "context": [0],                                                positions in `tokens`
     "steps": [{"chosen": [position in `tokens`, rank, logprob], "given": true, "entropy": 4.2,
                "candidates": ["positions in `tokens`", "logprobs"], "cut": [ranks] or the first of them,
                "tail": [shift, "alone", "places", "depths", "counts", "widths", "seen"] or null}, …]}

An unknown entropy, or rank of a chosen token, is null. Candidates carry no rank: theirs are 1, 2, 3, … If all
candidates from a rank on were cut, `cut` is only that rank. Tokens are written once, as steps share most of them.

`wire_steps` says how the numbers of a step are packed. Schema 1 is read as well.

Whatever comes in is checked, by type and bound here and by meaning in `steps` and `values`. Leaves out: the trace as
a value (`values`), and where files lie.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import Meta, Struct

from ..errors import InvalidTrace
from .leb128 import from_base64
from .settings import Sampling
from .steps import Step, Token
from .validate import Count, Name, PerStep, Whole, Wrong
from .wire_steps import Positions, WireStep, step_of, step_to_wire

SCHEMA = 2
OLDER = (1,)
"""Schemas that are read, too."""

End = Literal["given", "unfinished", "max_new_tokens", "end_of_text", "context_full"]
Spelled = Annotated[str, Meta(max_length=10_000)]
"""One token, as the eye sees it or as bytes."""
WireToken = tuple[Whole, Spelled, Spelled, bool]
WireTokens = Annotated[list[WireToken], PerStep]


class Schema(Struct):
    """Read first: what is of another version may be of any form."""

    schema: Whole

    def check(self) -> None:
        """Raises Wrong."""
        if self.schema not in (SCHEMA, *OLDER):
            raise Wrong(f"its schema is {self.schema}; this version reads {SCHEMA}")


class WireTrace(Schema, forbid_unknown_fields=True):
    model: Name
    revision: Name
    vocab_size: Count
    end: End
    sampling: Sampling | None
    tokens: WireTokens
    context: Positions
    steps: Annotated[list[WireStep], PerStep]


class Traced(Protocol):
    """What is written of a trace (`values.Trace`)."""

    @property
    def model(self) -> str: ...
    @property
    def revision(self) -> str: ...
    @property
    def vocab_size(self) -> int: ...
    @property
    def context(self) -> tuple[Token, ...]: ...
    @property
    def steps(self) -> tuple[Step, ...]: ...
    @property
    def sampling(self) -> Sampling | None: ...
    @property
    def end(self) -> End: ...


class TokenTable:
    """The distinct tokens in order of first appearance."""

    def __init__(self) -> None:
        self.rows: list[WireToken] = []
        self._positions: dict[Token, int] = {}

    def position(self, token: Token) -> int:
        at = self._positions.setdefault(token, len(self.rows))
        if at == len(self.rows):
            self.rows.append(token_to_wire(token))
        return at


def token_to_wire(token: Token) -> WireToken:
    """One row of `tokens`."""
    return token.id, base64.b64encode(token.bytes).decode("ascii"), token.label, token.special


def to_wire(trace: Traced) -> dict[str, Any]:
    """The trace as plain dicts and lists: the value that `encode` writes as JSON."""
    result: dict[str, Any] = msgspec.to_builtins(_to_wire(trace, TokenTable()))
    return result


def part_to_wire(trace: Traced, first_step: int) -> dict[str, Any]:
    """The trace from `first_step` on in the form of `to_wire`; `after` counts the earlier steps."""
    part: dict[str, Any] = msgspec.to_builtins(_to_wire(trace, TokenTable(), first_step))
    return {**part, "after": {"steps": first_step}}


def encode(trace: Traced) -> str:
    return msgspec.json.encode(_to_wire(trace, TokenTable())).decode("utf-8")


def _to_wire(trace: Traced, table: TokenTable, first_step: int = 0) -> WireTrace:
    context = [table.position(token) for token in trace.context]
    steps = [step_to_wire(step, table.position) for step in trace.steps[first_step:]]
    return WireTrace(
        schema=SCHEMA,
        model=trace.model,
        revision=trace.revision,
        vocab_size=trace.vocab_size,
        end=trace.end,
        sampling=trace.sampling,
        tokens=table.rows,
        context=context,
        steps=steps,
    )


def tokens_of(wire: WireTrace) -> list[Token]:
    """Every distinct token. Raises InvalidTrace, saying what is wrong and where, as do the next two."""
    with _told("trace"):
        wire.check()
    with _told("tokens"):
        return [token_from_wire(row) for row in wire.tokens]


def context_of(wire: WireTrace, tokens: list[Token]) -> tuple[Token, ...]:
    with _told("context"):
        return tuple(token_at(tokens, position) for position in wire.context)


def steps_of(wire: WireTrace, tokens: list[Token]) -> tuple[Step, ...]:
    steps = []
    for number, step in enumerate(wire.steps, start=1):
        with _told(f"step {number}"):
            steps.append(step_of(step, partial(token_at, tokens)))
    return tuple(steps)


@contextmanager
def _told(place: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, ArithmeticError) as error:
        raise InvalidTrace(reason=f"{place}: {error}") from None


def token_from_wire(row: WireToken) -> Token:
    """The reverse of `token_to_wire`. Raises ValueError."""
    id_, encoded, label, special = row
    if id_ < 0:
        raise ValueError(f"token id {id_} is below 0")
    return Token(id=id_, bytes=from_base64(encoded, f"the bytes of token {id_}"), label=label, special=special)


def token_at(tokens: list[Token], position: int) -> Token:
    """Raises ValueError."""
    if not 0 <= position < len(tokens):
        raise ValueError(f"there is no token at position {position}")
    return tokens[position]
