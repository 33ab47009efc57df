"""The ids of texts in a server's answer.

Several tokens may have one text: a character and the byte that it is; bytes that are no character, and marks, have
none. Leaves out: finding out which of them the server means (`lm`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from model_utils.errors import Unwritable
from model_utils.tokens.vocabulary import Vocabulary

from .answers import Key


class Keys:
    """The tokens of a vocabulary by their texts; `cut` is the tokenizer's way to write a text behind others."""

    def __init__(self, vocabulary: Vocabulary, cut: Callable[[str], list[int]]) -> None:
        self.spell = vocabulary.spell
        self.size = vocabulary.size
        self._ids: dict[str, list[int]] = defaultdict(list)
        for token_id in range(vocabulary.size):
            raw = vocabulary.spell(token_id)
            for text in {"", raw.decode()} if token_id in vocabulary.special else {raw.decode("utf-8", "ignore")}:
                self._ids[text].append(token_id)
        shared = {text: ids for text, ids in self._ids.items() if text and len(ids) > 1}
        self._written = {text: _written(cut, text, ids) for text, ids in shared.items()}
        self.aliases = [token_id for text, ids in shared.items() for token_id in ids if token_id != self._written[text]]
        """Tokens that share their text with the one that the tokenizer writes."""

    def ids(self, key: Key) -> Sequence[int]:
        """The tokens that a key may be."""
        if isinstance(key, int):
            return [key] if key < self.size else []
        return self._ids.get(key, [])

    def lacks_space(self, key: Key) -> bool:
        """Whether a key is no token, and would be one with a space before it."""
        return isinstance(key, str) and not self.ids(key) and bool(self.ids(f" {key}"))

    @property
    def spaced(self) -> tuple[int, str] | None:
        """A token that is the only one of its text, which begins with a space."""
        texts = ((text, ids) for text, ids in self._ids.items() if text.startswith(" ") and text.strip())
        return next(((ids[0], text) for text, ids in texts if len(ids) == 1), None)

    def written(self, key: Key) -> int | None:
        """The one of several that the tokenizer writes for this text, if it is one."""
        return None if isinstance(key, int) else self._written.get(key)


def _written(cut: Callable[[str], list[int]], text: str, ids: Sequence[int]) -> int | None:
    try:
        found = cut(text)
    except Unwritable:
        return None
    return found[0] if len(found) == 1 and found[0] in ids else None
