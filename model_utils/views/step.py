"""A prompt that is continued, token by token. Leaves out: branches (`protocol.branches`)."""

from __future__ import annotations

from msgspec import Struct, structs

from ..decoding.tracing import generate
from ..trace.settings import Sampling
from ..trace.wire import to_wire
from .protocol.view import GetModel, Names, Value, View


class Inputs(Struct, frozen=True, forbid_unknown_fields=True):
    prompt: str
    length: int = 20
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int = 0

    def value(self, model: str, get: GetModel, names: Names) -> Value:
        sampling = Sampling(**{name: getattr(self, name) for name in Sampling.__struct_fields__})
        return to_wire(generate(get(model), self.prompt, self.length, sampling))

    def state(self, model: str) -> Value:
        return {"view": "step", "inputs": {"model": model, **structs.asdict(self)}}


VIEW = View("step", Inputs)
