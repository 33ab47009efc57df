"""A tokenizer that is a SentencePiece model: the library cuts the texts, and transformers knows the special tokens.

Leaves out: folders that have a `tokenizer.json`, and classes that number the pieces in a way of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sentencepiece import SentencePieceProcessor
from transformers.tokenization_utils_sentencepiece import SentencePieceBackend

BEGINS = ("LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer", "MistralTokenizer")
"""Classes that put the beginning-of-text token before a text, unless they are told not to."""
ENDS = ("T5Tokenizer",)
"""Classes that put the end-of-text token behind one."""
PLAIN = (*BEGINS, *ENDS, "PreTrainedTokenizer", "TokenizersBackend", "SentencePieceBackend", "ReformerTokenizer", "")
"""Classes whose ids are the model's own; without a class, they are, too."""


class SentencePieceTokenizer(SentencePieceBackend):
    """Ids, and pieces by id, as the `sentencepiece` library has them."""

    def __init__(self, named: str = "", **settings: Any) -> None:
        settings["legacy"] = True  # Otherwise the model is changed.
        super().__init__(**settings)  # type: ignore[no-untyped-call]
        self._begins = settings.get("add_bos_token", named in BEGINS)
        self._ends = settings.get("add_eos_token", named in ENDS)

    def build_inputs_with_special_tokens(self, token_ids_0: list[int], token_ids_1: Any = None) -> list[int]:
        before = [self.bos_token_id] if self._begins else []
        behind = [self.eos_token_id] if self._ends else []
        whole = [*before, *token_ids_0, *(token_ids_1 or []), *behind]
        return [token_id for token_id in whole if token_id is not None]

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        return str(self.sp_model.decode(tokens))


def read_model(folder: Path) -> tuple[Path, SentencePieceProcessor] | None:
    """The file of a SentencePiece model in the folder, and the model; None where there is none."""
    for path in sorted(folder.glob("*.model")):
        try:
            return path, SentencePieceProcessor(model_file=str(path))
        except (RuntimeError, OSError):  # tiktoken's files have the same name
            continue
    return None


def from_model(folder: Path, file: Path, model: SentencePieceProcessor, named: str) -> SentencePieceTokenizer:
    """The tokenizer of a folder with this model, in the way of the class that its configuration names."""
    ids = {"unk_token": model.unk_id(), "bos_token": model.bos_id(), "eos_token": model.eos_id()}
    found: SentencePieceTokenizer = SentencePieceTokenizer.from_pretrained(
        folder, vocab_file=str(file), named=named, local_files_only=True
    )
    for name, token_id in ids.items():
        if getattr(found, name) is None and token_id >= 0:
            setattr(found, name, model.id_to_piece(token_id))
    return found
