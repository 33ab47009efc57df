"""A text that is cut into tokens. Leaves out: probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from ..trace.utf8 import decode
from ..trace.validate import Words, take
from ..trace.values import Token
from ..trace.wire import WireTokens, token_from_wire, token_to_wire
from .protocol.view import GetModel, Names, Shown, Value, View


class Inputs(Struct, frozen=True, forbid_unknown_fields=True):
    text: str

    def value(self, model: str, get: GetModel, names: Names) -> Value:
        lm = get(model)
        return tokens_to_wire(lm.vocabulary.read(lm.encode(self.text)))

    def state(self, model: str) -> Value:
        return {"view": "tokens", "inputs": {"model": model, "tokens_text": self.text}}


class _Tokens(Struct, forbid_unknown_fields=True):
    tokens: WireTokens
    text: Words


def tokens_to_wire(tokens: Sequence[Token]) -> Value:
    """The plain value of the picture: rows of `tokens`, and their joined text."""
    text = decode(b"".join(token.bytes for token in tokens if not token.special))
    return {"tokens": [token_to_wire(token) for token in tokens], "text": text}


def _read(value: Value) -> Shown:
    tokens = take(value, _Tokens)
    for row in tokens.tokens:
        token_from_wire(row)
    return Shown("tokens", msgspec.to_builtins(tokens), tokens.text)


VIEW = View("tokens", Inputs, _read)
