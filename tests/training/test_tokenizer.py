"""Any text comes back from its tokens, and pieces keep to the words."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from model_utils.training.errors import TrainingError
from model_utils.training.text.tokenizer import BYTES, KANA, PUNCTUATION, train_tokenizer, wrap_tokenizer

NASTY = [
    "",
    " ",
    "  two  spaces ",
    "\n\n\ttab\r\n",
    "▁ literal \u2581\u2581",
    "\ufffd replacement \ufffd",
    "<0x41> <0xFF>",
    "👩‍👩‍👧 e\u0301 العربية 𠮟",
    "\x00\x1f\x7f\ue000\ue001",
    "the cat'sです 猫the 123",
]


@pytest.fixture(scope="module")
def loaded(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> PreTrainedTokenizerBase:
    """The tokenizer as everyone else gets it: saved, and read by the plain class."""
    folder = tmp_path_factory.mktemp("tokenizer")
    wrap_tokenizer(tokenizer, context=64).save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("text", NASTY)
def test_nasty_text_comes_back(loaded: PreTrainedTokenizerBase, text: str) -> None:
    assert loaded.decode(loaded(text, add_special_tokens=False)["input_ids"]) == text


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back(tokenizer: Tokenizer, text: str) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(ids, skip_special_tokens=False) == text


def test_a_text_begins_with_the_end_of_text_token(loaded: PreTrainedTokenizerBase) -> None:
    ids = loaded("the cat")["input_ids"]
    assert ids[0] == loaded.bos_token_id == loaded.eos_token_id == loaded.convert_tokens_to_ids("<|endoftext|>")
    assert loaded("<|endoftext|>", add_special_tokens=False)["input_ids"] == [loaded.eos_token_id]


def test_pieces_keep_to_words(tokenizer: Tokenizer) -> None:
    text = "the cat didn't see 1999, 猫です"
    pieces = tokenizer.encode(text, add_special_tokens=False).tokens
    assert "です" in pieces
    assert [piece for piece in pieces if any(map(str.isdigit, piece))] == [" 1", "9", "9", "9"]
    learned = set(tokenizer.get_vocab()) - set(BYTES)
    assert not [piece for piece in learned if " " in piece[1:]]


def test_a_frequent_word_is_whole_although_nothing_else_follows_it(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("see the cat", add_special_tokens=False).tokens[-1] == " cat"


def test_a_rare_word_keeps_its_space(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("see xyz", add_special_tokens=False).tokens[-3:] == [" x", "y", "z"]


def test_the_vocabulary_must_hold_what_is_required() -> None:
    with pytest.raises(TrainingError, match="A vocabulary of 300 cannot hold"):
        train_tokenizer(["text"], lambda text: text, [*KANA, *PUNCTUATION], 300)


def test_japanese_is_cut_into_words_as_readers_see_them() -> None:
    from model_utils.training.text.segment import WORD_BOUNDARY, word_segmenter

    cut = word_segmenter()("A: 好きな果物はぶどうでした。Yes 食べて")
    assert cut.replace(WORD_BOUNDARY, "|") == "A: |好きな|果物|は|ぶどう|でした|。Yes |食べて|"


def test_the_published_tokenizer_keeps_its_promises() -> None:
    published = Path(__file__).parents[2] / "assets" / "models" / "small"
    tokenizer = AutoTokenizer.from_pretrained(published)
    assert tokenizer.tokenize("好きな果物はぶどうです") == ["好きな", "果物", "は", "ぶどう", "です"]
    vocabulary = tokenizer.get_vocab()
    assert all(chr(code) in vocabulary for code in (*range(0x20, 0x7F), *range(0x3041, 0x3094), *range(0x30A1, 0x30F7)))
    for text in NASTY:
        assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text
