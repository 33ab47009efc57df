"""A prompt that is continued greedily and by beam search, as two branches.

Leaves out: the tree of them (`assets/player/map`).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ..decoding.beam_search import GREEDY, beam
from ..decoding.beams import Beams
from ..decoding.tracing import generate
from ..trace.values import Trace, shared_length
from .protocol.beam_wire import search_of
from .protocol.branches import Branch, Saved, branches_to_wire
from .protocol.view import GetModel, Names, Value, View


class Inputs(Struct, frozen=True, forbid_unknown_fields=True):
    prompt: str
    length: int = 10
    width: int = 4

    def value(self, model: str, get: GetModel, names: Names) -> Value:
        lm = get(model)
        greedy = generate(lm, self.prompt, self.length, GREEDY)
        return branches_to_wire(*side_by_side(greedy, beam(lm, self.prompt, self.width, self.length), names))

    def state(self, model: str) -> Value:
        return {"view": "map", "inputs": {"model": model, "prompt": self.prompt, "length": self.length}}


def side_by_side(greedy: Trace, found: Beams, names: Sequence[str]) -> Saved:
    """The two texts as branches of these names, and the search."""
    fork = shared_length(greedy.ids, found.ids) - len(greedy.context)
    best = Trace.from_json(found.to_json())
    return Saved((Branch(names[0], 0, greedy), Branch(names[1], fork, best)), 0, search_of(found))


VIEW = View("map", Inputs)
