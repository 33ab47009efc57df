"""A folder's tokenizer, with the ids that its own files give, or a reason why not.

`tokenizer.json` is the tokenizer: it is read as it stands, whatever class a configuration names beside it; from there
come only the names of special tokens and the chat template. Without one, transformers builds it from a vocabulary, and
it is compared with the file. Leaves out: text to ids (`encoding`), and ids to bytes (`spelling`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

WHOLE = "tokenizer.json"
TRIED = (
    "The capital of France is Paris.",
    "  two  spaces, 12345 and\ta tab\n",
    "好きな果物はぶどうです。「はい」、ﾊﾝｶｸ！",
    "don't e\u0301 É ㍿ 𠮷 😀 <b>",
)
"""Texts of which the ids are compared."""


class NoTokenizer(ValueError):
    """Says why, without a full stop."""


@contextmanager
def refusing() -> Iterator[None]:
    """What the `tokenizers` library cannot go on with is an error like any other. Raises NoTokenizer."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise NoTokenizer(f"its tokenizer cannot be used: {error}") from None


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a folder. Raises NoTokenizer, and whatever transformers raises."""
    with refusing():
        return _of_whole(folder) if (folder / WHOLE).is_file() else _of_vocabulary(folder)


def _of_whole(folder: Path) -> PreTrainedTokenizerBase:
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    try:
        own = Tokenizer.from_file(str(folder / WHOLE))
    except Exception as error:
        raise NoTokenizer(f"its {WHOLE} cannot be read: {error}") from None
    nothing = Tokenizer(models.WordLevel({"": 0}, unk_token=""))
    found: Any = PreTrainedTokenizerFast.from_pretrained(folder, tokenizer_object=nothing, local_files_only=True)
    own.encode_special_tokens = found.split_special_tokens
    found._tokenizer = own
    return found  # type: ignore[no-any-return]


def _of_vocabulary(folder: Path) -> PreTrainedTokenizerBase:
    from transformers import AutoTokenizer

    sentence_piece = _sentence_piece(folder)
    found: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
        folder, trust_remote_code=False, local_files_only=True
    )
    if sentence_piece:
        _compare(found, sentence_piece)
    elif _cuts_nowhere(found):
        raise NoTokenizer(f"it has no {WHOLE}, and its other files do not say how a text is cut into words")
    return found


def _sentence_piece(folder: Path) -> Any:
    """The model of SentencePiece in the folder, or None."""
    from sentencepiece import SentencePieceProcessor

    for path in sorted(folder.glob("*.model")):
        try:
            return SentencePieceProcessor(model_file=str(path))
        except (RuntimeError, OSError):  # tiktoken's files have the same name
            continue
    return None


def _compare(tokenizer: PreTrainedTokenizerBase, sentence_piece: Any) -> None:
    """Some classes number the pieces otherwise than SentencePiece does, so the pieces are compared."""
    for text in TRIED:
        ids = tokenizer(text, add_special_tokens=False).input_ids
        pieces, unknown = tokenizer.convert_ids_to_tokens(ids), tokenizer.unk_token
        wanted = [
            unknown if sentence_piece.is_unknown(i) else sentence_piece.id_to_piece(i)
            for i in sentence_piece.encode(text)
        ]
        if pieces != wanted:
            named = type(tokenizer).__name__
            raise NoTokenizer(f"as {named}, its SentencePiece model cuts texts otherwise than SentencePiece does")


def _cuts_nowhere(tokenizer: PreTrainedTokenizerBase) -> bool:
    """Whether a vocabulary of merges was read without the rule by which it was made."""
    from tokenizers import models

    backend: Any = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None or backend.pre_tokenizer is not None or backend.normalizer is not None:
        return False
    return isinstance(backend.model, models.BPE)
