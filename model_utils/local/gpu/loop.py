"""Sampling on the device: each token is drawn and read before the next, and no logits leave it.

Leaves out: when to stop, which is for the reader of the tokens.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor

from ...lm import Drawn
from ...trace.settings import Sampling
from .decoder import Chooser, can_be_captured, room_for
from .protocols import Text


def draws(session: Text, row: Tensor, sampling: Sampling, count: int, most: int) -> Generator[Drawn]:
    """At most `most` tokens, from the logits (vocabulary,) after the session's text. Raises NonFiniteLogits."""
    way = _by_itself if can_be_captured(session.lm.network, session.cache) else _one_by_one
    return way(session, row[None], sampling, min(count, len(row)), most)


def _by_itself(session: Text, row: Tensor, sampling: Sampling, count: int, most: int) -> Generator[Drawn]:
    """By a decoder, and by a larger one once its room is full."""
    lm = session.lm
    while most > 0:
        ids = session.ids
        room = room_for(len(ids) + 1)
        stretch = min(most, min(room, lm.context_length or room) - len(ids))
        drawn: list[int] = []
        with lm.decoders.one(room, count) as decoder:
            with lm.turn():
                decoder.begin(ids, session.cache, row, sampling)
            try:
                for told in decoder.steps(stretch, sampling.seed, len(ids), lm.turn):
                    step = decoder.chooser.drawn(told, lm.model, len(ids) + len(drawn), sampling.temperature == 0)
                    drawn.append(step.id)
                    yield step
            finally:
                read = drawn[: decoder.reads]
                session.carry(read, decoder.cache(len(ids) + len(read)))
        most -= stretch
        if most > 0:
            row = _after(session, drawn[-1])


def _one_by_one(session: Text, row: Tensor, sampling: Sampling, count: int, most: int) -> Generator[Drawn]:
    """Chosen on the device, read by the session: for caches of every kind."""
    lm, chooser = session.lm, None
    for number in range(most):
        ids = session.ids
        with lm.turn(), torch.inference_mode():
            if chooser is None or len(ids) == chooser.room:
                chooser = Chooser(lm.vocab_size, room_for(len(ids) + 1), count, row.device)
                chooser.begin(ids, row, sampling)
            else:
                chooser.row.copy_(row)
            chooser.deal(sampling.seed, len(ids))
            chooser.choose()
            told = chooser.numbers.cpu().numpy()
        step = chooser.drawn(told, lm.model, len(ids), sampling.temperature == 0)
        yield step
        if number + 1 < most:
            row = _after(session, step.id)


def _after(session: Text, token_id: int) -> Tensor:
    """Read one token: the logits after it, shape (1, vocabulary)."""
    (rows,) = session.read([token_id])
    assert not isinstance(rows, np.ndarray), "a session whose rows stay has none on the host"
    logits: Tensor = rows.logits
    return logits
