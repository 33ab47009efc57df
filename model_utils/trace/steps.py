"""One step of a trace: the token chosen, the candidates, and a summary of all other tokens.

Frozen, comparable with `==`, and checked at birth. Logprobs and entropies are stored in nats; what is shown
in bits says so in its name. Leaves out: the trace around the steps (`values`), and their JSON (`wire_steps`).
"""

from __future__ import annotations

import math
from functools import cached_property
from operator import ge
from typing import TypeAlias

from msgspec import Struct

from .utf8 import decode

Bytes: TypeAlias = bytes
BOX_UNIT = 2.0**-15
"""Nats. Depths and half-widths of boxes are multiples of it, so that a file keeps them exactly."""


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
