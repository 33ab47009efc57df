"""Remarks beside the numbers of a text, for example that its tokenizer changed it.

Each is a sentence with blanks, as an error is, but never raised. Leaves out: wrong numbers, which are errors.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import TsuzukiError
from ...lm import LM

LONGEST_SHOWN = 300
"""Characters of a text that a remark repeats."""


class Remark(TsuzukiError):
    """What is said beside numbers that are right, and never raised."""


class TextChanged(Remark):
    key = "text_changed"


class MarkTyped(Remark):
    key = "mark_typed"


class PositionsRescaled(Remark):
    key = "positions_rescaled"


def remarks(lm: LM, text: str, new_tokens: int = 0) -> list[Remark]:
    """Remarks on this text, and on `new_tokens` tokens after it. Raises as `lm.encode` does."""
    put = lm.encode("")
    ids = lm.encode(text)
    tokens = lm.vocabulary.read(ids)[len(put) :]
    read = b"".join(token.bytes for token in tokens)
    found: list[Remark] = []
    if put and tokens and tokens[0].id == put[0] and tokens[0].special:
        found.append(MarkTyped(model=lm.model, mark=tokens[0].text))
    if read != text.encode():
        found.append(_changed(lm, read))
    limit: int | None = getattr(lm, "rescales_beyond", None)
    if limit is not None and len(ids) + new_tokens > limit:
        found.append(PositionsRescaled(model=lm.model, limit=limit))
    return found


def remarks_behind(lm: LM, ids: Sequence[int], text: str, written: Sequence[int]) -> list[Remark]:
    """Remarks on a text whose ids, `written`, follow these ids."""
    vocabulary = lm.vocabulary
    raw = vocabulary.bytes_in(vocabulary.state_behind(ids), written)
    return [] if raw == text.encode() else [_changed(lm, raw)]


def _changed(lm: LM, raw: bytes) -> TextChanged:
    return TextChanged(model=lm.model, read=raw.decode("utf-8", "replace")[:LONGEST_SHOWN])
