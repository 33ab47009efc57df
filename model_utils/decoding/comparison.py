"""One text, or one prompt, read by different models, or by one model at different times of its training.

Each model reads it with its own tokenizer, or wrapped in its own chat template. Leaves out: laying the texts side by
side by characters (`assets/player/views/models.js`).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct

from .. import catalog
from ..lm import LM
from ..trace.settings import Sampling
from ..trace.values import Trace
from .tracing import generate, score_many


def read_with(lm: LM, text: str, new_tokens: int = 0, as_chat: bool = False) -> Trace:
    """The text with the probability of each of its tokens, and `new_tokens` greedy tokens of this model.

    `as_chat`: the text is the user's turn in the model's chat template, whose own tokens are part of the trace.
    Raises as `generate` does, and NoChatTemplate and ChatTemplateFailed.
    """
    ids = lm.encode_chat(text) if as_chat else lm.encode(text)
    return generate(lm, ids, new_tokens, Sampling(temperature=0.0)) if new_tokens else score_many(lm, [ids])[0]


class Checkpoint(NamedTuple):
    """A model at one step of its training."""

    name: str
    """What `load` calls it, such as ``micro@step128``."""
    step: int
    tokens: int
    """Tokens it had read."""


class _Point(Struct):
    step: int
    tokens: int
    loss: float | None = None
    """None where the held-out text was measured instead."""


def trained_in_sight() -> list[str]:
    """The embedded models that have earlier weights and the curve of their training."""
    return [name for name in catalog.embedded() if catalog.snapshots(name) and _curve_file(name).is_file()]


def curve(model: str) -> list[tuple[int, float]]:
    """Tokens read, and the loss on them: the mean negative logprob of a token, in nats."""
    return [(point.tokens, point.loss) for point in _points(model) if point.loss is not None]


def checkpoints(model: str) -> list[Checkpoint]:
    """The earlier weights of an embedded model in the order of their steps, and the final ones."""
    points = _points(model)
    steps, tokens = [0, *(point.step for point in points)], [0, *(point.tokens for point in points)]
    earlier = [(name, int(name.rpartition("@step")[2])) for name in catalog.snapshots(model)]
    return [
        Checkpoint(name, step, round(np.interp(step, steps, tokens))) for name, step in [*earlier, (model, steps[-1])]
    ]


def _curve_file(model: str) -> Path:
    return catalog.MODELS / model / "training_curve.jsonl"


def _points(model: str) -> list[_Point]:
    lines = _curve_file(model).read_bytes().splitlines()
    return [msgspec.json.decode(line, type=_Point) for line in lines]
