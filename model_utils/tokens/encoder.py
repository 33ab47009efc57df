"""Text to ids by a transformers tokenizer, and which ids begin and end a text.

Leaves out: ids to bytes (`vocabulary`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ChatTemplateFailed, NoChatTemplate, Unreadable, Unwritable
from .chat_templates import TemplateFailed, conversation
from .vocabulary import Vocabulary, check_text, visible

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

LONGEST_SHOWN = 20
"""Characters that cannot be read, as far as an error names them."""
UNKNOWN = ("\U000f7391", "\U00013080")
"""A character of private use, and an Egyptian one."""
NEUTRAL = ("", "\n", "a")
"""Prefixes tokenized with a text, to find its ids after other text. SentencePiece puts a space before a first word, and
none after another."""


class Cut(NamedTuple):
    """A text as ids, each with its span of characters if the tokenizer reports it."""

    ids: list[int]
    spans: list[tuple[int, int]] | None


class Encoder:
    """The three ways in which a text becomes ids."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, vocabulary: Vocabulary, bos_id: int | None) -> None:
        self._tokenizer, self._vocabulary = tokenizer, vocabulary
        self._backend = getattr(tokenizer, "backend_tokenizer", None)
        if self._backend is not None:
            self._backend.no_truncation()
            self._backend.no_padding()
        self._unknown = self._unknown_ids()
        self._begin = self._prefix(bos_id)

    def encode(self, text: str) -> list[int]:
        """Ids of a text, after the tokenizer's own prefix, and never an end-of-text.

        Raises InvalidText for lone surrogates, and Unreadable for characters that no token stands for.
        """
        check_text(text)
        cut = self._cut(text)
        self._check(text, cut, self._vocabulary.state_behind(self._begin))
        return self._begin + cut.ids

    def encode_on(self, text: str, behind: Sequence[int] = ()) -> list[int]:
        """Ids that add exactly this text after the tokens `behind`, which stay unchanged; after any tokens without it.
        A tokenizer that changes every text (in case, or width) changes this one as it would the whole.

        Raises InvalidText, Unreadable and Unwritable.
        """
        check_text(text)
        spelling = self._vocabulary.spelling
        state = self._vocabulary.state_behind(behind) if behind else spelling.within
        wanted = text.encode()
        added = [ids for ids in map(self._behind, NEUTRAL, [text] * len(NEUTRAL)) if ids]
        for ids in added:
            if self._vocabulary.bytes_in(state, ids) == wanted:
                return ids
        alone = self._cut(text)
        self._check(text, alone, spelling.start)
        whole = self._in_whole(text, behind)
        if whole:
            return whole
        read = self._vocabulary.bytes_in(spelling.start, alone.ids)
        for ids in added:
            if _is_same(self._vocabulary.bytes_in(state, ids), read, text):
                return ids
        raise Unwritable(model=self._vocabulary.model, text=text)

    def encode_chat(self, text: str) -> list[int]:
        """Ids of a conversation with this text as user message, up to the model's answer.

        Raises InvalidText, NoChatTemplate, ChatTemplateFailed and Unreadable.
        """
        check_text(text)
        if not self._tokenizer.chat_template:
            raise NoChatTemplate(model=self._vocabulary.model)
        try:
            template = self._tokenizer.get_chat_template()
            whole = conversation(template, self._tokenizer.special_tokens_map, text)
        except (TemplateFailed, ValueError) as error:
            raise ChatTemplateFailed(model=self._vocabulary.model, reason=str(error).rstrip(".")[:200]) from error
        check_text(whole)
        cut = self._cut(whole)
        self._check(whole, cut, self._vocabulary.spelling.start)
        return cut.ids

    def _cut(self, text: str) -> Cut:
        """The ids of a text alone, without what the tokenizer puts around one."""
        if self._backend is None:
            return Cut(list(self._tokenizer(text, add_special_tokens=False).input_ids), None)
        found = self._backend.encode(text, add_special_tokens=False)
        return Cut(list(found.ids), found.offsets)

    def _prefix(self, bos_id: int | None) -> list[int]:
        """The tokenizer's whole prefix of every text, without its suffix."""
        for probe in ("a", "1", "。", " "):
            bare = self._cut(probe).ids
            whole = list(self._tokenizer(probe).input_ids)
            places = [at for at in range(len(whole) - len(bare) + 1) if whole[at : at + len(bare)] == bare]
            if bare and places:
                return whole[: places[0]]
        return [i for i in self._tokenizer("").input_ids[:1] if i == bos_id]

    def _behind(self, before: str, text: str) -> list[int]:
        """The ids of a text after `before`; none if the ids of `before` change with it."""
        begin, ids = self._cut(before).ids, self._cut(before + text).ids
        return ids[len(begin) :] if ids[: len(begin)] == begin else []

    def _in_whole(self, text: str, behind: Sequence[int]) -> list[int]:
        """The ids of a text tokenized together with the text of `behind`; none if the ids of `behind` change."""
        own = list(behind[len(self._begin) :] if list(behind[: len(self._begin)]) == self._begin else behind)
        raw = self._vocabulary.bytes_in(self._vocabulary.state_behind(behind[: len(behind) - len(own)]), own)
        try:
            ids = self._cut(raw.decode() + text).ids
        except UnicodeDecodeError:
            return []
        return ids[len(own) :] if own and ids[: len(own)] == own else []

    def _check(self, text: str, cut: Cut, state: Any) -> None:
        """Raises Unreadable where a text has characters that its ids do not say.

        What a tokenizer changes everywhere (case, width, white space) is no loss.
        """
        written = self._vocabulary.bytes_in(state, cut.ids)
        if written == text.encode() or _solid(written) == _solid(self._normalized(text).encode()):
            return
        lost = self._lost(text, cut)
        if lost:
            raise Unreadable(model=self._vocabulary.model, characters=visible(" ".join(lost)[:LONGEST_SHOWN]))

    def _lost(self, text: str, cut: Cut) -> list[str]:
        """The parts of a text that are read as the unknown token, or not at all."""
        if cut.spans is None:
            is_lost = bool(self._unknown.intersection(cut.ids))
            return [one for one in dict.fromkeys(text) if is_lost and self._unknown.intersection(self._cut(one).ids)]
        found = [text[a:b] for i, (a, b) in zip(cut.ids, cut.spans, strict=True) if i in self._unknown]
        read = set[int]()
        for begin, end in cut.spans:
            read.update(range(begin, end))
        found += [text[at] for at in range(len(text)) if at not in read and self._says_something(text[at])]
        return list(dict.fromkeys(part.strip(" ") or part for part in found))

    def _says_something(self, character: str) -> bool:
        """Whether a character is neither white space nor removed from every text by the tokenizer."""
        return bool(self._normalized(character).replace("▁", " ").strip())

    def _normalized(self, text: str) -> str:
        model = getattr(self._tokenizer, "sp_model", None)
        normalizer = None if self._backend is None else self._backend.normalizer
        if model is not None:
            return str(model.normalize(text))
        return text if normalizer is None else str(normalizer.normalize_str(text))

    def _unknown_ids(self) -> frozenset[int]:
        """Ids that stand for unknown characters, unless these become their bytes."""
        found = set[int]()
        for character in UNKNOWN:
            ids = self._cut(character).ids
            if character.encode() not in self._vocabulary.bytes_in(self._vocabulary.spelling.start, ids):
                found.update(ids[-1:])
        name = self._tokenizer.unk_token or getattr(getattr(self._backend, "model", None), "unk_token", None)
        named = None if name is None else self._tokenizer.convert_tokens_to_ids(name)
        return frozenset(found | {named} if isinstance(named, int) else found)


def _solid(raw: bytes) -> bytes:
    """Without white space."""
    return b"".join(raw.replace("▁".encode(), b" ").split())


def _is_same(written: bytes, read: bytes, text: str) -> bool:
    """Whether `written` is the text's usual reading, with the typed white space at its ends."""
    new = written.decode("utf-8", "replace")
    ends = [new[:1].isspace(), new[-1:].isspace()]
    return _solid(written) == _solid(read) != b"" and ends == [text[:1].isspace(), text[-1:].isspace()]


def first_known(size: int, *ids: int | list[int] | None) -> int | None:
    """The first valid id. A configuration's default may be beyond the vocabulary."""
    return next((i for i in ids if isinstance(i, int) and 0 <= i < size), None)


def end_ids(tokenizer_end: int | None, config_end: int | list[int] | None, generation_config: Any) -> frozenset[int]:
    """Every id that ends a text, wherever the model's files name one."""
    found: set[int] = set()
    for ids in (tokenizer_end, config_end, getattr(generation_config, "eos_token_id", None)):
        found |= set(ids) if isinstance(ids, list) else {ids} if ids is not None else set()
    return frozenset(found)
