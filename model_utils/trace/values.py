"""The interchange values: a model's steps over a text.

Frozen, comparable with `==`, checked at birth, and read back from their plain form (`wire`) with the same checks.
Logprobs are in nats. Leaves out: a single step (`steps`), files, and everything that needs a model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from ..errors import InvalidFork, InvalidSettings, InvalidTrace
from .inline import in_notebook
from .settings import Sampling
from .steps import BOX_UNIT, Box, Candidate, Step, Tail, Token
from .utf8 import decode
from .validate import Wrong, reason_of, take
from .validate import decode as decode_json
from .wire import End, Schema, WireTrace, context_of, encode, steps_of, tokens_of

__all__ = [
    "BOX_UNIT", "Box", "Candidate", "End", "Fork", "Step", "Tail", "Token", "Trace", "from_wire",
    "shared_length", "trace_of",
]  # fmt: skip

LARGEST_EXPONENT = 709.0  # exp of more is no float
LONGEST_SHOWN = 60  # characters of a text in the `repr` of its trace


def shared_length(one: tuple[Any, ...], other: tuple[Any, ...], known: int = 0) -> int:
    """Length of the common prefix of two tuples, at least `known`. Identical objects cost nothing."""
    at, size, is_longer = known, 1, True
    while size:
        is_same = at + size <= len(one) and one[at : at + size] == other[at : at + size]
        is_longer &= is_same
        at, size = at + size * is_same, size * 2 if is_longer else size // 2
    return at


class Trace(Struct, frozen=True):
    """A model's steps over a text, from the first token to the last. In a scored text all tokens are given."""

    model: str
    revision: str
    """The hub's commit, or a hash of the files that were loaded."""
    vocab_size: int
    """Number of tokens that had a probability at every step."""
    context: tuple[Token, ...]
    """Tokens without a probability of their own: the beginning-of-text token or, where there is none, the first."""
    steps: tuple[Step, ...]
    sampling: Sampling | None = None
    """None where nothing was drawn."""
    end: End = "given"
    """Why the trace ends where it does."""

    def __post_init__(self) -> None:
        if self.vocab_size < 1:
            raise ValueError("vocab_size must be at least 1")
        self.check_steps(0)
        if (self.sampling is None) != (self.end == "given"):
            raise ValueError("a trace has sampling settings exactly where it was generated")

    def check_steps(self, first: int) -> None:
        for number, step in enumerate(self.steps[first:], start=first + 1):
            if len(step.candidates) > self.vocab_size:
                raise ValueError(f"step {number} has more candidates than the vocabulary has tokens")
            if step.chosen.rank and step.chosen.rank > self.vocab_size:
                raise ValueError(f"step {number} has a rank beyond the vocabulary")
            if step.tail and len(step.candidates) + step.tail.count != self.vocab_size:
                raise ValueError(f"step {number} has candidates and a tail that are not the vocabulary")

    @property
    def tokens(self) -> tuple[Token, ...]:
        """Every token, context first."""
        return self.context + tuple(step.chosen.token for step in self.steps)

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(token.id for token in self.tokens)

    @property
    def text(self) -> str:
        """The whole text, prompt included, without special tokens."""
        return decode(b"".join(token.bytes for token in self.tokens if not token.special))

    @property
    def logprob(self) -> float:
        """Nats: the sum over every step. exp of it is p(text), given `context`."""
        return math.fsum(step.chosen.logprob for step in self.steps)

    @property
    def perplexity(self) -> float:
        """exp of the mean negative logprob per token; nan without steps, inf if it overflows."""
        mean = -self.logprob / len(self.steps) if self.steps else math.nan
        return math.inf if mean > LARGEST_EXPONENT else math.exp(mean)

    def fork(self, step: int, token_id: int | Sequence[int]) -> Fork:
        """Continue from before `steps[step]` with one token in its place, several, or none. Raises InvalidFork."""
        if not 0 <= step <= len(self.steps):
            raise InvalidFork(reason=f"there is no step {step}; the trace has {len(self.steps)}")
        return Fork(
            model=self.model,
            revision=self.revision,
            context=self.context,
            steps=self.steps[:step],
            token_ids=(token_id,) if isinstance(token_id, int) else tuple(token_id),
            instead_of=self.steps[step] if step < len(self.steps) else None,
        )

    def __repr__(self) -> str:
        """One line: with every candidate of every step it would be megabytes."""
        text = self.text if len(self.text) <= LONGEST_SHOWN else self.text[: LONGEST_SHOWN - 1] + "…"
        return f"<Trace of {self.model}: {text!r}, {len(self.steps)} steps, logprob {self.logprob:.2f} nats>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        """In a notebook: the player, and the steps as text where no player is shown."""
        return in_notebook(self)

    def _repr_html_(self) -> str | None:
        return in_notebook(self).get("text/html")

    def to_json(self) -> str:
        """One compact line of JSON; its form is described in `model_utils.trace.wire`."""
        return encode(self)

    @staticmethod
    def from_json(text: str | bytes) -> Trace:
        """The reverse of `to_json`. Checks everything; raises InvalidTrace."""
        return _read(partial(decode_json, text))


def from_wire(data: Mapping[str, Any]) -> Trace:
    """The reverse of `wire.to_wire`. Checks everything; raises InvalidTrace."""
    return _read(partial(take, data))


def _read(taken: Callable[[type[Any]], Any]) -> Trace:
    try:
        taken(Schema).check()
        return trace_of(taken(WireTrace))
    except (Wrong, InvalidSettings) as error:
        raise InvalidTrace(reason=reason_of(error)) from None


def trace_of(wire: WireTrace) -> Trace:
    """As a trace, checked by meaning. Raises InvalidTrace."""
    tokens = tokens_of(wire)
    try:
        return Trace(
            model=wire.model,
            revision=wire.revision,
            vocab_size=wire.vocab_size,
            context=context_of(wire, tokens),
            steps=steps_of(wire, tokens),
            sampling=wire.sampling,
            end=wire.end,
        )
    except (ValueError, ArithmeticError) as error:
        raise InvalidTrace(reason=f"trace: {error}") from None


class Fork(Struct, frozen=True):
    """A prompt by ids: the beginning of a trace, and the tokens that a person chose to go on with."""

    model: str
    revision: str
    context: tuple[Token, ...]
    steps: tuple[Step, ...]
    token_ids: tuple[int, ...]
    instead_of: Step | None = None
    """The trace's original step there, with the distribution of the first of `token_ids`."""

    @property
    def ids(self) -> tuple[int, ...]:
        before = self.context + tuple(step.chosen.token for step in self.steps)
        return (*(token.id for token in before), *self.token_ids)

    @property
    def known_steps(self) -> tuple[Step, ...]:
        """The steps that need no model: the beginning's, and that of the first chosen token if it was a candidate."""
        there = self.instead_of
        if there is None or not self.token_ids:
            return self.steps
        for candidate in (there.chosen, *there.candidates):
            if candidate.token.id == self.token_ids[0]:
                return (*self.steps, replace(there, chosen=candidate, given=True, cut=()))
        return self.steps
