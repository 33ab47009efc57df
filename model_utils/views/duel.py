"""Texts that are scored side by side. Leaves out: the verdict on them (`assets/player/duel`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from ..decoding.tracing import score_many
from ..trace.validate import Name, take
from ..trace.values import Trace, from_wire
from ..trace.wire import to_wire
from .protocol.view import GetModel, Names, Shown, Value, View

LETTERS = "ABCDEF"
"""The texts of a duel."""


class Inputs(Struct, frozen=True, forbid_unknown_fields=True):
    texts: list[str]

    def value(self, model: str, get: GetModel, names: Names) -> Value:
        traces = score_many(get(model), self.texts[: len(LETTERS)])
        return duel_to_wire(traces, LETTERS[: len(traces)])

    def state(self, model: str) -> Value:
        return {"view": "duel", "inputs": {"model": model, "duel_texts": self.texts}}


class _Duel(Struct, forbid_unknown_fields=True):
    traces: Annotated[list[Value], Meta(min_length=1, max_length=1_000)]
    letters: Name


def duel_to_wire(traces: Sequence[Trace], letters: str) -> Value:
    """The plain value of the picture."""
    return {"traces": [to_wire(trace) for trace in traces], "letters": letters}


def shown_duel(traces: Sequence[Trace], letters: str) -> Shown:
    return Shown("duel", duel_to_wire(traces, letters), " / ".join(trace.text for trace in traces), tuple(traces))


def _read(value: Value) -> Shown:
    duel = take(value, _Duel)
    if len(duel.letters) < len(duel.traces):
        raise ValueError("there are fewer letters than texts")
    return shown_duel(list(map(from_wire, duel.traces)), duel.letters)


VIEW = View("duel", Inputs, _read)
