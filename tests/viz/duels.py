"""Texts for duels: scored by hand with known factors, and random ones cut into tokens anywhere."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import strategies as st

from model_utils.trace.values import Candidate, Step, Token, Trace

BOS = Token(0, b"<s>", "<s>", True)


def priced(pieces: dict[str, float] | list[tuple[str, float]], context: tuple[Token, ...] = (BOS,)) -> Trace:
    """A scored text of these tokens, with these probabilities."""
    pairs = list(pieces.items()) if isinstance(pieces, dict) else pieces
    steps = [
        Step(Candidate(Token(hash(text) % 10**6, text.encode(), text), 1, math.log(p)), True, (), 1.0)
        for text, p in pairs
    ]
    return Trace("tiny", "1", 10**6, context, tuple(steps))


GRAPE = priced({"好きな": 0.01, "果物": 0.1, "は": 0.5, "ぶどう": 0.08})
CHEST = priced({"好きな": 0.01, "果物": 0.1, "は": 0.5, "たん": 0.001, "す": 0.05})
APPLE = priced({"好きな": 0.01, "果物": 0.1, "は": 0.5, "りんご": 0.04})

ALPHABET = "ab 好き葡👍🏽é\u0301م"


@st.composite
def tokenised(draw: st.DrawFn) -> list[bytes]:
    """A text cut into tokens anywhere, also within a character."""
    raw = draw(st.text(ALPHABET, max_size=14)).encode()
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(raw) - 1)), max_size=8)))
    found = [raw[start:end] for start, end in pairwise([0, *[cut for cut in cuts if cut < len(raw)], len(raw)])]
    return [piece for piece in found if piece]
