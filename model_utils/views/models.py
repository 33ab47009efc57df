"""One text for two models. Leaves out: laying their tokens side by side (`assets/player/views/models.js`)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from ..decoding.comparison import read_with
from ..lm import LM
from ..trace.validate import Name, take
from ..trace.values import from_wire
from ..trace.wire import to_wire
from .protocol.view import GetModel, Names, Shown, Value, View


class Inputs(Struct, frozen=True, forbid_unknown_fields=True):
    text: str
    models: tuple[str, str]
    length: int = 20
    chat: tuple[bool, bool] = (False, False)

    def value(self, model: str, get: GetModel, names: Names) -> Value:
        sides = zip(self.models, self.chat, strict=True)
        return {"sides": [side_to_wire(get(name), self.text, self.length, chat) for name, chat in sides]}

    def state(self, model: str) -> Value:
        """The models are those of the inputs."""
        shown: Value = {"models_text": self.text}
        for letter, name, chat in zip("ab", self.models, self.chat, strict=True):
            shown |= {f"model_{letter}": name, f"chat_{letter}": chat}
        return {"view": "models", "inputs": {**shown, "models_length": self.length}}


class _Side(Struct, forbid_unknown_fields=True):
    model: Name
    chat: bool
    trace: Value


class _Models(Struct, forbid_unknown_fields=True):
    sides: Annotated[list[_Side], Meta(min_length=1, max_length=2)]


def side_to_wire(lm: LM, text: str, length: int, as_chat: bool) -> Value:
    """One side of the picture."""
    trace = read_with(lm, text, length, as_chat)
    return {"model": trace.model, "chat": as_chat, "trace": to_wire(trace)}


def _read(value: Value) -> Shown:
    sides = take(value, _Models).sides
    shown = [{"model": side.model, "chat": side.chat, "trace": to_wire(from_wire(side.trace))} for side in sides]
    return Shown("models", {"sides": shown}, " / ".join(dict.fromkeys(side.model for side in sides)))


VIEW = View("models", Inputs, _read)
