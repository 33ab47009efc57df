"""Rows with only the top-k logprobs, as a completions server gives them.

These are exact: the top-k tokens in order, with logprobs over the whole vocabulary. Values that need the other tokens
are missing (`None`) or refused, never guessed. Leaves out: requesting the rows (`completions`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OnlyLikeliest, TsuzukiError, UnclearToken
from ..trace.settings import Sampling
from .readings import Reading, rounded
from .sampling import draw, process

MOST_SHOWN = 60
"""Characters of what a server says that an error repeats."""


@dataclass(frozen=True, slots=True)
class PartialRow:
    """One distribution. `logprob_of` finds that of any other token, where the server can be asked for it."""

    model: str
    top: list[int]
    """Ids of the top-k tokens, in rank order."""
    logprobs: list[float]
    """Nats, of the raw model at temperature 1, over the whole vocabulary."""
    logprob_of: Callable[[int], float]
    likeliest: str = ""
    """The server's text of the most likely token: all that is known if `top` is empty."""

    def refuse(self) -> TsuzukiError:
        if not self.top:
            return UnclearToken(model=self.model, key=self.likeliest[:MOST_SHOWN])
        return OnlyLikeliest(model=self.model, limit=len(self.top))


def partial_readings(rows: Sequence[PartialRow], text: NDArray[np.int64], count: int) -> Iterator[Reading]:
    """`readings.readings` of such rows: no entropy, no tail, and a rank only for the top-k tokens."""
    for row, token_id in zip(rows, text[len(text) - len(rows) :].tolist(), strict=True):
        top, logprobs = row.top[:count], rounded(np.array(row.logprobs[:count], dtype=np.float64))
        if token_id in row.top:
            rank: int | None = row.top.index(token_id) + 1
            logprob = row.logprobs[row.top.index(token_id)]
        else:
            rank, logprob = None, row.logprob_of(token_id)
        (nats,) = rounded(np.array([logprob], dtype=np.float64))
        yield Reading(None, rank, nats, top, logprobs, None)


def partial_choice(
    row: PartialRow, ids: Sequence[int], sampling: Sampling, vocab_size: int
) -> tuple[int, NDArray[np.float32] | None]:
    """The id that the sampler draws after `ids`, and the scores it drew from; None for greedy. The same id as of a
    whole row.

    Raises OnlyLikeliest where it might be a token that is not known, and UnclearToken where none is.
    """
    if sampling.repetition_penalty != 1 or not row.top:
        raise row.refuse()
    if sampling.temperature == 0:
        return row.top[0], None
    (scores,) = dense([row], vocab_size)
    scores = process(scores, ids, sampling)
    is_within = 0 < sampling.top_k <= len(row.top) or (sampling.top_p == 1 and np.isneginf(scores[row.top[-1]]))
    if not is_within:
        raise row.refuse()
    return draw(scores, sampling.seed, len(ids)), scores


def dense(rows: Sequence[PartialRow], vocab_size: int) -> NDArray[np.float32]:
    """Logprobs of the known tokens, and -inf for all others. Shape (rows, vocabulary)."""
    found = np.full((len(rows), vocab_size), -np.inf, dtype=np.float32)
    for row, known in zip(found, rows, strict=True):
        row[known.top] = known.logprobs
    return found


def whole(rows: Any) -> Any:
    """A row or rows of logits on the host, if all of them are known. Raises OnlyLikeliest."""
    if isinstance(rows, PartialRow):
        raise rows.refuse()
    return np.asarray(rows) if hasattr(rows, "__array__") else rows
