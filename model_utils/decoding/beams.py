"""Results of a beam search as values: the best text, the others that finished, and every branch examined.

Leaves out: the search (`beam_search`).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from ..trace.validate import Number, Whole
from ..trace.values import Token, Trace

EarlyStopping: TypeAlias = bool | Literal["never"]
Fate: TypeAlias = Literal["kept", "finished", "pruned"]


class BeamSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The arguments of `beam_search.beam`: the same settings after the same ids find the same again."""

    width: Whole
    max_new_tokens: Whole
    length_penalty: Number = 1.0
    early_stopping: EarlyStopping = False


class BeamBranch(Struct, frozen=True, gc=False):
    """One continuation examined by a step of the search: a branch kept before, plus one token."""

    parent: int
    """Its place among the branches that the step before kept, in their order. 0 at the first step: the prompt."""
    token: Token
    logprob: float
    """Nats: the sum over all tokens since the prompt."""
    score: float
    """`logprob` / (number of tokens since the prompt) ** length_penalty."""
    fate: Fate
    """Whether the search goes on with it, sets it aside as finished (it ended, or may not grow), or drops it."""


class BeamStep(Struct, frozen=True):
    """One step of the search: its branches, most likely first, ties to the earlier parent and the lower id."""

    branches: tuple[BeamBranch, ...]


class Hypothesis(Struct, frozen=True):
    """One finished continuation."""

    tokens: tuple[Token, ...]
    """Since the prompt, the end of text included."""
    path: tuple[int, ...]
    """Its place among the branches of each step of the search."""
    logprob: float
    """Nats: the sum over `tokens`, at temperature 1."""
    score: float
    """`logprob` / len(tokens) ** length_penalty."""
    ended: bool
    """True: by an end of text. False: there was no room for more."""

    @property
    def ids(self) -> tuple[int, ...]:
        return tuple(token.id for token in self.tokens)


class Beams(Trace, frozen=True, kw_only=True):
    """The best continuation as a trace, and how it was found. As JSON it is a trace as any other."""

    sequences: tuple[Hypothesis, ...]
    """The `width` best, best first: the first is this trace. Just an empty one where nothing could be added."""
    search: tuple[BeamStep, ...]
    settings: BeamSettings

    @property
    def score(self) -> float:
        """Of the best: nats since the prompt / length ** length_penalty."""
        return self.sequences[0].score
