"""Words exchanged for rare pieces are whole, all other ids keep their meaning, and any text still comes back."""

from collections import Counter
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from model_utils.training.errors import TrainingError
from model_utils.training.learning.model import Shape, build_model
from model_utils.training.steps.exchange import count_pieces, exchange, exchanged_rows, wanted_pieces
from model_utils.training.text.tokenizer import BYTES, SPECIAL_TOKENS

from .conftest import ENGLISH, JAPANESE
from .test_tokenizer import NASTY

PUBLISHED = Path(__file__).parents[2] / "assets" / "models" / "small"
WANTED = [" park", "hens", "→", " →", "いぬ"]


def vocabulary(tokenizer: Tokenizer) -> dict[int, str]:
    return {number: piece for piece, number in tokenizer.get_vocab().items()}


def test_wanted_words_become_whole_and_other_ids_stay(tokenizer: Tokenizer) -> None:
    counts = count_pieces(tokenizer, [*ENGLISH, *JAPANESE])
    made, exchanged = exchange(tokenizer, counts, WANTED)
    for word in WANTED:
        assert made.encode(word, add_special_tokens=False).tokens == [word]
    before, after = vocabulary(tokenizer), vocabulary(made)
    assert {number for number in before if before[number] != after[number]} == {one.id for one in exchanged}
    assert [after[number] for number in range(len(SPECIAL_TOKENS) + len(BYTES))] == [*SPECIAL_TOKENS, *BYTES]
    assert all(tokenizer.encode(one.new, add_special_tokens=False).ids == one.parts for one in exchanged)
    assert all(len(one.old.strip()) > 1 for one in exchanged)


def test_the_least_used_pieces_go_first(tokenizer: Tokenizer) -> None:
    counts = Counter(dict.fromkeys(range(tokenizer.get_vocab_size()), 10))
    _, exchanged = exchange(tokenizer, counts, [" park"])
    first = exchanged[0].id
    rare = max(number for number, piece in vocabulary(tokenizer).items() if len(piece.strip()) > 1 and piece != "です")
    assert first < rare
    counts[rare] = 0
    assert exchange(tokenizer, counts, ["→"])[1][0].id == rare


def test_any_text_still_comes_back(tokenizer: Tokenizer) -> None:
    made, _ = exchange(tokenizer, Counter(), WANTED)
    for text in [*NASTY, *ENGLISH, *JAPANESE, "a → b"]:
        ids = made.encode(text, add_special_tokens=False).ids
        assert made.decode(ids, skip_special_tokens=False) == text


def test_a_vocabulary_without_pieces_to_give_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(TrainingError, match="pieces to give away"):
        exchange(tokenizer, Counter(), [f"{first}{second}zq" for first in "abcdefgh" for second in "abcdefghijklmnop"])


def test_new_rows_begin_as_the_mean_of_the_old_pieces(tokenizer: Tokenizer) -> None:
    _, exchanged = exchange(tokenizer, Counter(), WANTED)
    torch.manual_seed(0)
    model = build_model(Shape(hidden=32, layers=1, heads=2, intermediate=48, context=16), tokenizer.get_vocab_size(), 0)
    before = model.get_input_embeddings().weight.detach().clone()
    after = exchanged_rows(model.get_input_embeddings().weight, exchanged)
    assert torch.equal(model.get_input_embeddings().weight, before)
    for one in exchanged:
        assert torch.allclose(after[one.id], torch.stack([before[part] for part in one.parts]).mean(0))
    kept = [number for number in range(len(before)) if number not in {one.id for one in exchanged}]
    assert torch.equal(after[kept], before[kept])


def test_the_published_vocabulary_has_room_for_what_a_lecture_needs() -> None:
    published = Tokenizer.from_file(str(PUBLISHED / "tokenizer.json"))
    made, exchanged = exchange(published, Counter(), wanted_pieces())
    for word in ("Hello", "banana", " →", "→", "Monday", "木曜日", "みかん", "ソウル"):
        assert made.encode(word, add_special_tokens=False).tokens == [word]
    assert len(made.encode("ChatGPT", add_special_tokens=False).tokens) <= 3
    assert made.encode("2026", add_special_tokens=False).tokens == ["2", "0", "2", "6"]
    assert len(exchanged) < 500
    pieces = AutoTokenizer.from_pretrained(PUBLISHED).tokenize("好きな果物はぶどうです")
    assert made.encode("好きな果物はぶどうです", add_special_tokens=False).tokens == pieces
