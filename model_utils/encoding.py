"""Text to ids by a transformers tokenizer, and which ids begin and end a text. Leaves out: ids to bytes (`tokens`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ChatTemplateFailed, NoChatTemplate, Unwritable
from .tokens import Vocabulary, check_text

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class Encoder:
    """The three ways in which a text becomes ids."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, vocabulary: Vocabulary, bos_id: int | None) -> None:
        self._tokenizer, self._vocabulary = tokenizer, vocabulary
        self._begin = [i for i in tokenizer("").input_ids[:1] if i == bos_id]

    def encode(self, text: str) -> list[int]:
        """Ids of a text, with the beginning-of-text token where the tokenizer puts one, and never an end-of-text.

        Raises InvalidText for lone surrogates.
        """
        check_text(text)
        return self._begin + list(self._tokenizer(text, add_special_tokens=False).input_ids)

    def encode_on(self, text: str) -> list[int]:
        """Ids that add exactly this text behind other tokens, which stay as they are.

        Raises InvalidText and Unwritable.
        """
        check_text(text)
        for before in ("", "\n", "a"):  # SentencePiece puts a space before a first word, and none behind another
            begin, ids = (self._tokenizer(part, add_special_tokens=False).input_ids for part in (before, before + text))
            added = ids[len(begin) :]
            written = b"".join(token.bytes for token in self._vocabulary.tokens(added))
            if ids[: len(begin)] == begin and written == text.encode():
                return list(added)
        raise Unwritable(model=self._vocabulary.model, text=text)

    def encode_chat(self, text: str) -> list[int]:
        """Ids of a conversation in which a person has said this text and the model is to answer.

        Raises InvalidText, NoChatTemplate and ChatTemplateFailed.
        """
        check_text(text)
        if not self._tokenizer.chat_template:
            raise NoChatTemplate(model=self._vocabulary.model)
        turns = [{"role": "user", "content": text}]
        try:
            ids = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
        except Exception as error:  # A template is a program of its own, and raises what it likes.
            raise ChatTemplateFailed(model=self._vocabulary.model, reason=str(error).rstrip(".")[:200]) from error
        return list(map(int, ids))


def first_known(size: int, *ids: int | list[int] | None) -> int | None:
    """The first that is an id. A configuration may name, by default, one that the vocabulary does not reach."""
    return next((i for i in ids if isinstance(i, int) and 0 <= i < size), None)


def end_ids(tokenizer_end: int | None, config_end: int | list[int] | None, generation_config: Any) -> frozenset[int]:
    """Every id that ends a text, wherever the model's files name one."""
    found: set[int] = set()
    for ids in (tokenizer_end, config_end, getattr(generation_config, "eos_token_id", None)):
        found |= set(ids) if isinstance(ids, list) else {ids} if ids is not None else set()
    return frozenset(found)
