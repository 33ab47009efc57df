"""A folder's tokenizer, with the ids that its own files give, or a reason why not.

`tokenizer.json` is the tokenizer: it is read as it stands, whatever class a configuration names beside it; from there
come only the names of special tokens and the chat template. A SentencePiece model is read by its own library. Without
either, transformers builds the tokenizer from a vocabulary. Leaves out: text to ids (`encoder`), and ids to bytes
(`spelling`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

WHOLE = "tokenizer.json"
DESCRIBED = ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")
TRIED = (
    "The capital of France is Paris.",
    "  two  spaces, 12345 and\ta tab\n",
    "好きな果物はぶどうです。「はい」、ﾊﾝｶｸ！",
    "don't e\u0301 É ㍿ 𠮷 😀 <b>",
)
"""Texts of which the ids are compared."""
NONE_BUILT = f"it has no {WHOLE}, and none can be built from its other files"


class NoTokenizer(ValueError):
    """Says why, without a full stop."""


@contextmanager
def refusing() -> Iterator[None]:
    """Turn a panic of the `tokenizers` library into an ordinary error. Raises NoTokenizer."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise NoTokenizer(f"its tokenizer cannot be used: {error}") from None


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a folder. Raises NoTokenizer, and whatever transformers raises."""
    _check_described(folder)
    with refusing():
        return _of_whole(folder) if (folder / WHOLE).is_file() else _of_vocabulary(folder)


def _check_described(folder: Path) -> None:
    """Raises NoTokenizer for a file beside the tokenizer that transformers would stumble over."""
    for name in DESCRIBED:
        try:
            is_read = isinstance(json.loads((folder / name).read_text(encoding="utf-8")), dict)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError):
            is_read = False
        if not is_read:
            raise NoTokenizer(f"its {name} cannot be read")


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

    from .sentence_piece import PLAIN, from_model, read_model

    pieces = read_model(folder)
    named = _class_named(folder)
    if pieces and named in PLAIN:
        return from_model(folder, *pieces, named)
    try:
        found: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
    except Exception:  # transformers raises whatever its parts raise, of many lines
        raise NoTokenizer(NONE_BUILT) from None
    files = [folder / name for name in found.vocab_files_names.values()]
    if files and not any(file.is_file() for file in files):  # Some classes load without one.
        raise NoTokenizer(NONE_BUILT)
    if pieces and getattr(found, "backend_tokenizer", None) is not None:
        _compare(found, pieces[1])
    return found


def _class_named(folder: Path) -> str:
    """The class that the tokenizer's configuration names, or else the model's: without the ending of a fast one."""
    for name in ("tokenizer_config.json", "config.json"):
        with suppress(FileNotFoundError):
            config = json.loads((folder / name).read_text(encoding="utf-8-sig"))
            if isinstance(config, dict) and config.get("tokenizer_class"):
                return str(config["tokenizer_class"]).removesuffix("Fast")
    return ""


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
