"""A text's longest token. Leaves out: all others."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ..trace.validate import Words, take
from .protocol.view import GetModel, Names, Shown, Value, View


class Inputs(Struct, frozen=True, forbid_unknown_fields=True):
    text: str

    def value(self, model: str, get: GetModel, names: Names) -> Value:
        lm = get(model)
        tokens = lm.vocabulary.read(lm.encode(self.text))
        return {"text": self.text, "longest": max((token.label for token in tokens if not token.special), key=len)}

    def state(self, model: str) -> Value:
        return {"view": "longest", "inputs": {"model": model, "longest_text": self.text}}


class _Longest(Struct, forbid_unknown_fields=True):
    text: Words
    longest: Words


def _read(value: Value) -> Shown:
    longest = take(value, _Longest)
    return Shown("longest", msgspec.to_builtins(longest), longest.text)


VIEW = View("longest", Inputs, _read)
