"""A text that somebody wrote, with the probability of each token. Leaves out: several texts (`duel`)."""

from __future__ import annotations

from msgspec import Struct

from ..decoding.tracing import score
from ..trace.wire import to_wire
from .protocol.view import GetModel, Names, Value, View


class Inputs(Struct, frozen=True, forbid_unknown_fields=True):
    text: str

    def value(self, model: str, get: GetModel, names: Names) -> Value:
        return to_wire(score(get(model), self.text))

    def state(self, model: str) -> Value:
        """On the page it is a duel of one text."""
        return {"view": "duel", "inputs": {"model": model, "duel_texts": [self.text]}}


VIEW = View("score", Inputs)
