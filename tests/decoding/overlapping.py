"""A fake model of ten tokens that cut a text in many ways; one has no bytes, and one is a part of a character."""

from __future__ import annotations

from model_utils.tokens.vocabulary import Vocabulary
from tests.fakes import BOS, EOS, FakeLM

PIECES = (b"<s>", b"</s>", b"a", b"b", b"ab", b"ba", b" ", b" a", b"", b"\xe3")


def overlapping(context_length: int | None = None) -> FakeLM:
    lm = FakeLM(context_length=context_length)
    lm.vocabulary = Vocabulary("fake", len(PIECES), lambda id_: PIECES[id_], special=(BOS, EOS))
    return lm
