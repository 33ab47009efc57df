"""The interchange values: a model's steps over a text.

Frozen, comparable with `==`, and checked at birth. Logprobs and entropies are stored in nats; what is shown
in bits says so in its name. Leaves out: files and JSON (`wire`), and everything that needs a model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from operator import ge
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from ..errors import InvalidFork
from .inline import in_notebook
from .settings import Sampling
from .utf8 import decode

Bytes: TypeAlias = bytes
BOX_UNIT = 2.0**-15
"""Nats. Depths and half-widths of boxes are multiples of it, so that a file keeps them exactly."""

LARGEST_EXPONENT = 709.0  # exp of more is no float
LONGEST_SHOWN = 60  # characters of a text in the `repr` of its trace

End = Literal["given", "unfinished", "max_new_tokens", "end_of_text", "context_full"]


def shared_length(one: tuple[Any, ...], other: tuple[Any, ...], known: int = 0) -> int:
    """Length of the common prefix of two tuples, at least `known`. Identical objects cost nothing."""
    at, size, is_longer = known, 1, True
    while size:
        is_same = at + size <= len(one) and one[at : at + size] == other[at : at + size]
        is_longer &= is_same
        at, size = at + size * is_same, size * 2 if is_longer else size // 2
    return at


class Token(Struct, frozen=True, gc=False):
    """One entry of a vocabulary, as it stands at one place of a text."""

    id: int
    bytes: Bytes
    """Exactly what the token adds to the text in UTF-8, maybe a part of a character. For a special token, its name."""
    label: str
    """What the eye sees: white space and control characters made visible, half a character as its bytes."""
    special: bool = False
    """Whether the tokenizer treats it as a mark (end of text, …) and not as text."""

    @property
    def text(self) -> str:
        return decode(self.bytes)


class Candidate(Struct, frozen=True, gc=False):
    """A token the model could have continued with."""

    token: Token
    rank: int | None
    """Over the whole vocabulary, 1 = most likely; ties go to the lower id. None if unknown: a server with only the
    top-k logprobs does not report the ranks of other tokens."""
    logprob: float
    """Nats, of the raw model at temperature 1, over the whole vocabulary; rounded to 1e-7."""

    @property
    def probability(self) -> float:
        return math.exp(self.logprob)

    @property
    def surprisal_bits(self) -> float:
        return -self.logprob / math.log(2)


class Box(Struct, frozen=True, gc=False):
    """One token, or several of nearly the same logprob, spread evenly over `logprob` ± `half_width`."""

    count: int
    logprob: float
    half_width: float = 0.0
    seen: bool = False
    """Whether they stand in the text before this step: a repetition penalty moves these."""


class Tail(Struct, frozen=True, dict=True):
    """All tokens outside a step's candidates: small enough for every step, and exact enough for trying the sampler's
    settings without the model (see `model_utils.logits.tail`).
    """

    shift: float
    """Nats: logit = logprob + shift. The repetition penalty looks at the sign of a logit."""
    boxes: tuple[Box, ...]
    """In falling logprob."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.shift):
            raise ValueError("the shift of the tail is not a finite number")
        for box in self.boxes:
            if box.count < 1 or not -math.inf < box.logprob <= 0 or not 0 <= box.half_width < math.inf:
                raise ValueError("a box of the tail must hold tokens, a logprob of at most 0 and a width")

    @cached_property
    def count(self) -> int:
        """Number of tokens in all boxes, summed once: every check of a trace needs it."""
        return sum(box.count for box in self.boxes)


class Step(Struct, frozen=True, gc=False):
    """One choice: the distribution before a token, and the token itself."""

    chosen: Candidate
    """May lie outside `candidates`."""
    given: bool
    """True: the token was in the text, or a person put it there. False: the sampler drew it."""
    candidates: tuple[Candidate, ...]
    """The most likely tokens: ranks 1, 2, 3, … without a gap."""
    entropy: float | None
    """Nats, over the whole vocabulary; None if unknown (only top-k logprobs reported)."""
    cut: tuple[int, ...] = ()
    """Ranks within `candidates` that the sampler's settings ruled out before it drew; rising."""
    tail: Tail | None = None
    """None if unknown or not requested."""

    def __post_init__(self) -> None:
        ids = {candidate.token.id for candidate in self.candidates}
        if len(ids) < len(self.candidates):
            raise ValueError("a token is a candidate twice")
        least = self._check_candidates()
        self._check_chosen(least, is_candidate=self.chosen.token.id in ids)
        if self.entropy is not None and not 0 <= self.entropy < math.inf:
            raise ValueError("entropy must be a number of at least 0")
        if self.cut and list(self.cut) != sorted(set(self.cut) & set(range(1, len(self.candidates) + 1))):
            raise ValueError("cut must be rising ranks of candidates")

    def _check_candidates(self) -> float:
        """Returns the logprob of the last one, or 0."""
        places = range(1, len(self.candidates) + 1)
        ranks = [candidate.rank for candidate in self.candidates]
        if ranks != list(places):
            position = next(place for place, rank in zip(places, ranks, strict=True) if rank != place)
            raise ValueError(f"candidate {position} has rank {ranks[position - 1]}")
        logprobs = [candidate.logprob for candidate in self.candidates]
        if not all(map(math.isfinite, logprobs)):
            raise ValueError("the logprob of a candidate is not a finite number")
        if not all(map(ge, (0.0, *logprobs), logprobs)):
            position = next(place for place in places if logprobs[place - 1] > ([0.0, *logprobs])[place - 1])
            raise ValueError(f"candidate {position} is more likely than the one before it")
        return logprobs[-1] if logprobs else 0.0

    def _check_chosen(self, least: float, is_candidate: bool) -> None:
        rank, count = self.chosen.rank, len(self.candidates)
        if (rank is not None and rank < 1) or not -math.inf < self.chosen.logprob <= 0:
            raise ValueError("the chosen token's rank must be at least 1 and its logprob a number of at most 0")
        if rank is not None and rank <= count:
            if self.candidates[rank - 1] != self.chosen:
                raise ValueError(f"the chosen token is not candidate {rank}, whose rank it has")
        elif self.chosen.logprob > least:
            raise ValueError("the chosen token is more likely than the candidates before it")
        elif is_candidate:
            raise ValueError(f"the chosen token is a candidate, and has rank {rank}")

    @property
    def shown(self) -> tuple[Candidate, ...]:
        """The candidates, followed by the chosen token if it is not among them."""
        rank = self.chosen.rank
        return self.candidates if rank and rank <= len(self.candidates) else (*self.candidates, self.chosen)

    @property
    def entropy_bits(self) -> float | None:
        return None if self.entropy is None else self.entropy / math.log(2)


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
        from .wire import encode

        return encode(self)

    @staticmethod
    def from_json(text: str | bytes) -> Trace:
        """The reverse of `to_json`. Checks everything; raises InvalidTrace."""
        from .wire import decode_trace

        return decode_trace(text)


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
