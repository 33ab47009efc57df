"""A text that checkpoints of one model read, and the curve of its training. Leaves out: the training."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from ..decoding.comparison import checkpoints, curve, read_with, trained_in_sight
from ..trace.validate import Count, Name, Nats, PerStep, take
from ..trace.values import from_wire
from ..trace.wire import to_wire
from .protocol.view import GetModel, Names, Shown, Value, View


class Inputs(Struct, frozen=True, forbid_unknown_fields=True):
    text: str

    def value(self, model: str, get: GetModel, names: Names) -> Value:
        return learning_to_wire(trained_in_sight()[0], self.text, get)

    def state(self, model: str) -> Value:
        """On the page it stands below the two models."""
        return {"view": "models", "inputs": {"models_text": self.text}}


class _Point(Struct, forbid_unknown_fields=True):
    name: Name
    step: Count
    tokens: Count
    trace: Value


class _Learning(Struct, forbid_unknown_fields=True):
    model: Name
    curve: Annotated[list[tuple[Count, Nats]], PerStep]
    points: Annotated[list[_Point], Meta(min_length=1, max_length=1_000)]


def learning_to_wire(model: str, text: str, load: GetModel) -> Value:
    """The plain value of the picture: the training's curve, and the text as each checkpoint reads it.

    Raises as `read_with` does.
    """
    points = [
        {**checkpoint._asdict(), "trace": to_wire(read_with(load(checkpoint.name), text))}
        for checkpoint in checkpoints(model)
    ]
    return {"model": model, "curve": [list(point) for point in curve(model)], "points": points}


def _read(value: Value) -> Shown:
    learning = take(value, _Learning)
    traces = [from_wire(point.trace) for point in learning.points]
    if len({len(trace.steps) for trace in traces}) > 1:
        raise ValueError("its checkpoints read different texts")
    points = [
        {"name": point.name, "step": point.step, "tokens": point.tokens, "trace": to_wire(trace)}
        for point, trace in zip(learning.points, traces, strict=True)
    ]
    curve = [list(point) for point in learning.curve]
    return Shown("learning", {"model": learning.model, "curve": curve, "points": points}, traces[-1].text)


VIEW = View("learning", Inputs, _read)
