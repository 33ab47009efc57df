"""A beam search as a page shows it and a file keeps it beside the branches: as a value, and as plain lists.

    {"ids": [the ids of its prompt],
     "tokens": [[id, "bytes in base64", "label", special], …],          every distinct token, once
     "steps": [[[parent, position in `tokens`, logprob, score, fate], …], …],
     "sequences": [{"tokens": [positions in `tokens`], "path": [places in each step], "logprob": -3.2, "score": -0.8,
                    "ended": true}, …],
     "settings": {"width": 4, "max_new_tokens": 20, "length_penalty": 1.0, "early_stopping": false}}

Whatever comes in is checked: types and positions by `search_from_wire`, meaning by `Search`. Leaves out: searching
(`beam_search`), and the steps of the best text, which are a branch's.
"""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from ...decoding.beams import BeamBranch, Beams, BeamSettings, BeamStep, Fate, Hypothesis
from ...errors import InvalidTrace
from ...trace.validate import AtMost1000, PerStep, Whole
from ...trace.wire import TokenTable, WireTokens, token_at, token_from_wire


class Search(Struct, frozen=True):
    """A beam search after `ids`, with its results."""

    ids: tuple[int, ...]
    steps: tuple[BeamStep, ...]
    sequences: tuple[Hypothesis, ...]
    """Best first."""
    settings: BeamSettings

    def __post_init__(self) -> None:
        if not self.ids or not self.sequences:
            raise ValueError("it goes on behind no token, or found nothing")
        kept = [0.0]
        for number, step in enumerate(self.steps, start=1):
            _check_step(step, kept, f"step {number}")
            kept = [branch.logprob for branch in step.branches if branch.fate == "kept"]
        places = [list(accumulate((one.fate == "kept" for one in step.branches), initial=0)) for step in self.steps]
        for number, sequence in enumerate(self.sequences, start=1):
            self._check_sequence(sequence, places, f"sequence {number}")
        if any(worse.score > better.score for better, worse in pairwise(self.sequences)):
            raise ValueError("a sequence scores better than the one before it")

    def _check_sequence(self, one: Hypothesis, places: list[list[int]], where: str) -> None:
        """Check that its path leads over kept branches to a finished one, its last token.

        `places` counts the kept branches before each branch of each step.
        """
        if len(one.tokens) != len(one.path) or len(one.path) > len(self.steps):
            raise ValueError(f"{where} has a path that is not as long as its tokens, or longer than the search")
        if not one.path:
            if (one.logprob, one.score) != (0.0, 0.0):
                raise ValueError(f"{where} is empty and has a logprob")
            return
        parent = 0
        for step, kept, place, token in zip(self.steps, places, one.path, one.tokens, strict=False):
            if not 0 <= place < len(step.branches):
                raise ValueError(f"{where} goes over a place that is not there")
            branch = step.branches[place]
            if (branch.parent, branch.token) != (parent, token):
                raise ValueError(f"{where} has a path that is not its tokens'")
            parent = kept[place]
        fates = [step.branches[place].fate for step, place in zip(self.steps, one.path, strict=False)]
        if fates != ["kept"] * (len(fates) - 1) + ["finished"]:
            raise ValueError(f"{where} goes over something that was not kept, or does not finish")
        if (branch.logprob, branch.score) != (one.logprob, one.score):
            raise ValueError(f"{where} has another logprob or score than its last token")


def _check_step(step: BeamStep, kept: list[float], where: str) -> None:
    """`kept` holds the logprobs of the branches that the step before kept."""
    looked_at = [(branch.parent, branch.token.id) for branch in step.branches]
    if not looked_at or len(set(looked_at)) < len(looked_at):
        raise ValueError(f"{where} looked at nothing, or at the same twice")
    for branch in step.branches:
        if not 0 <= branch.parent < len(kept):
            raise ValueError(f"{where} goes on from something that was not kept")
        if not (math.isfinite(branch.logprob) and math.isfinite(branch.score)):
            raise ValueError(f"{where} has a logprob or a score that is not a finite number")
        if branch.logprob > kept[branch.parent]:
            raise ValueError(f"{where} has a text that is more likely than its beginning")
    if any(after.logprob > before.logprob for before, after in pairwise(step.branches)):
        raise ValueError(f"{where} is not in falling logprob")


def search_of(beams: Beams) -> Search:
    before = len(beams.ids) - len(beams.sequences[0].tokens)
    return Search(beams.ids[:before], beams.search, beams.sequences, beams.settings)


Positions = Annotated[list[Whole], PerStep]
LookedAt = Annotated[list[tuple[Whole, Whole, float, float, Fate]], Meta(max_length=10_000)]


class WireSequence(Struct, forbid_unknown_fields=True):
    tokens: Positions
    path: Positions
    logprob: float
    score: float
    ended: bool


class WireSearch(Struct, forbid_unknown_fields=True):
    ids: Positions
    tokens: WireTokens
    steps: Annotated[list[LookedAt], PerStep]
    sequences: Annotated[list[WireSequence], AtMost1000]
    settings: BeamSettings


def search_to_wire(search: Search) -> dict[str, Any]:
    """The search as plain data."""
    table = TokenTable()
    steps = [
        [(one.parent, table.position(one.token), one.logprob, one.score, one.fate) for one in step.branches]
        for step in search.steps
    ]
    sequences = [
        WireSequence([table.position(token) for token in one.tokens], list(one.path), one.logprob, one.score, one.ended)
        for one in search.sequences
    ]
    result: dict[str, Any] = msgspec.to_builtins(
        WireSearch(list(search.ids), table.rows, steps, sequences, search.settings)
    )
    return result


def search_from_wire(wire: WireSearch) -> Search:
    """The reverse of `search_to_wire`. Raises InvalidTrace."""
    try:
        tokens = [token_from_wire(row) for row in wire.tokens]
        steps = [
            BeamStep(
                tuple(
                    BeamBranch(parent, token_at(tokens, at), logprob, score, fate)
                    for parent, at, logprob, score, fate in rows
                )
            )
            for rows in wire.steps
        ]
        sequences = [
            Hypothesis(
                tuple(token_at(tokens, at) for at in one.tokens), tuple(one.path), one.logprob, one.score, one.ended
            )
            for one in wire.sequences
        ]
        return Search(tuple(wire.ids), tuple(steps), tuple(sequences), wire.settings)
    except (ValueError, ArithmeticError) as error:
        raise InvalidTrace(reason=f"beam search: {error}") from None
