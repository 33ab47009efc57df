"""Tokenizers of every kind, under every name of a class, beside every kind of model: right, or refused in a sentence.

The reference is the `tokenizers` library on the folder's own `tokenizer.json`. Leaves out: folders without one
(`test_tokenizer_files`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders

from model_utils import generate, load, score
from model_utils.errors import Unreadable
from model_utils.model_errors import UnusableTokenizer
from model_utils.tokens.byte_tokens import fallback_byte
from model_utils.tokens.encoder import Encoder
from model_utils.tokens.spelling import DecoderSpelling
from model_utils.tokens.tokenizer_files import load_tokenizer
from model_utils.tokens.vocabulary import vocabulary_of
from model_utils.trace.settings import Sampling
from tests.fakes import ARCHITECTURES, AWKWARD_TEXTS, PAGE

from ..kinds import CLASSES, KINDS, MODEL_TYPES, byte_level, end_of_word, save_folder, save_tokenizer

FOLDERS = [*product(KINDS, ["llama"]), *product(["word_piece"], ARCHITECTURES)]
TEXTS = (
    *PAGE,
    *AWKWARD_TEXTS.values(),
    "a  b",
    "def f(a):\n    return  a\n\n",
    "don't 650841823",
    "！ｱ e\u0301 É ㍿",
    " x ",
    "",
)
COMBINATIONS = len(KINDS) * len(CLASSES) * len(MODEL_TYPES)


def text_of(library: Tokenizer, ids: Sequence[int]) -> str:
    """What the library decodes, special tokens left out. Where nothing is left, some of its decoders break."""
    marks = {i for i, token in library.get_added_tokens_decoder().items() if token.special}
    return library.decode(list(ids)) if set(ids) - marks else ""


def check_texts(encoder: Encoder, library: Tokenizer, tokenizer: Any) -> int:
    """Every text's ids and bytes are the library's, or the text is refused; returns how many were read."""
    vocabulary = vocabulary_of(tokenizer, "m", len(tokenizer))
    read = 0
    for text in TEXTS:
        found = library.encode(text)
        ids = list(found.ids)
        while ids and found.special_tokens_mask[len(ids) - 1] and len(ids) > len(encoder.encode("")):
            ids.pop()  # what a template puts behind a text
        try:
            own = encoder.encode(text)
        except Unreadable:
            wanted = text.encode()
            assert text_of(library, ids).encode() != wanted, "only what is lost is refused"
            continue
        read += 1
        assert own == ids, text
        written = b"".join(token.bytes for token in vocabulary.read(own) if not token.special)
        assert written.decode("utf-8", "replace") == text_of(library, own), text
    return read


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_and_model_type_beside_one_tokenizer(kind: str, tmp_path: Path) -> None:
    made = KINDS[kind]()
    seen = 0
    for number, (named, model_type) in enumerate(product(CLASSES, MODEL_TYPES)):
        folder = save_tokenizer(tmp_path / str(number), made, named)
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}), encoding="utf-8")
        library = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer = load_tokenizer(folder)
        encoder = Encoder(tokenizer, vocabulary_of(tokenizer, "m", len(tokenizer)), None)
        assert check_texts(encoder, library, tokenizer) >= 5
        seen += 1
    assert seen * len(KINDS) == COMBINATIONS


@pytest.mark.parametrize(("kind", "architecture"), FOLDERS)
def test_a_whole_folder_scores_goes_on_and_is_read_back(kind: str, architecture: str, tmp_path: Path) -> None:
    folder = save_folder(tmp_path / "mine", KINDS[kind](), architecture)
    library = Tokenizer.from_file(str(folder / "tokenizer.json"))
    lm = load(str(folder))
    trace = score(lm, "the cat sat on the mat.")
    assert trace.text == library.decode(list(trace.ids))
    more = generate(lm, trace.ids, 8, Sampling(seed=1))
    has_bytes = any(fallback_byte(lm.vocabulary.spelling.name(i)) for i in more.ids)
    if not has_bytes:  # The library shows a run of bytes that is no text in a way of its own.
        assert more.text == library.decode(list(more.ids)) or "\ufffd" in library.decode(list(more.ids))
    added = lm.encode_on(" the sea", trace.ids)
    assert generate(lm, [*trace.ids, *added], 0).text == trace.text + " the sea"


@pytest.mark.parametrize(
    ("decoder", "named"),
    [
        (decoders.CTC(), "CTC"),
        (decoders.Sequence([decoders.ByteFallback(), decoders.WordPiece()]), "WordPiece"),
        (decoders.Sequence([decoders.Fuse(), decoders.Replace("ab", "c")]), "Replace"),
        (decoders.BPEDecoder(suffix=""), "BPEDecoder"),
        (decoders.Sequence([decoders.BPEDecoder(suffix="</w>"), decoders.Strip(" ", 1, 0)]), "Strip"),
    ],
    ids=["CTC", "pieces of a joined text", "a pattern across tokens", "no mark", "ends that come late"],
)
def test_a_decoder_that_no_tokens_spell_is_refused(decoder: object, named: str, tmp_path: Path) -> None:
    tokenizer = byte_level()
    tokenizer.decoder = decoder
    with pytest.raises(UnusableTokenizer, match=f"mine could not be loaded.*{named}"):
        load(str(save_folder(tmp_path / "mine", tokenizer)))


@pytest.mark.parametrize(("mark", "texts"), [("_", ["a_", "_", "__", "b"]), ("@@", ["a@@", "@@@@", " @@", "@a"])])
def test_words_that_are_the_mark_of_their_end_are_spelled_as_the_library_decodes_them(
    mark: str, texts: list[str]
) -> None:
    decoder = decoders.Sequence([decoders.BPEDecoder(suffix=mark), decoders.Fuse()])
    spelling = DecoderSpelling(bytes(decoder.__getstate__()).decode(), texts.__getitem__)
    for ids in product(range(len(texts)), repeat=3):
        text, state = b"", spelling.start
        for token_id in ids:
            raw, state = spelling.push(state, token_id)
            text += raw
        words = [texts[token_id] for token_id in ids]
        assert text.decode() == decoder.decode(words), words


@pytest.mark.parametrize("word", ["__a", "a_b", "_ _", "_a_"])
def test_a_mark_within_a_word_is_refused(word: str, tmp_path: Path) -> None:
    """It is a space if another token follows, and nothing if none does."""
    tokenizer = end_of_word("_")
    described = json.loads(tokenizer.to_str())
    described["model"]["vocab"][word] = len(described["model"]["vocab"])
    folder = save_folder(tmp_path / "mine", Tokenizer.from_str(json.dumps(described)))
    with pytest.raises(UnusableTokenizer, match="mark for the end of a word within a token"):
        load(str(folder))
