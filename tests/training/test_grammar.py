"""Minimal pairs: the more probable sentence wins, a tie does not, and paradigms are counted apart."""

import lzma
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from model_utils.training.errors import CorpusError
from model_utils.training.learning.model import Shape, build_model
from model_utils.training.measuring import grammar
from model_utils.training.measuring.grammar import Pair
from model_utils.training.text.tokenizer import wrap_tokenizer

SCORES = {"a": -1.0, "b": -2.0, "c": -2.0}


def test_the_good_sentence_must_be_the_more_probable(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar, "logprobs", lambda model, texts_of, texts: [SCORES[text] for text in texts])
    shape = Shape(hidden=32, layers=1, heads=2, intermediate=48, context=16)
    model, wrapped = build_model(shape, tokenizer.get_vocab_size(), 0), wrap_tokenizer(tokenizer, 16)
    pairs = [Pair("a", "b", "first"), Pair("b", "a", "first"), Pair("b", "c", "tie"), Pair("a", "c", "last")]
    assert grammar.accuracies(model, wrapped, pairs) == (0.5, {"first": 0.5, "tie": 0.0, "last": 1.0})


def test_pairs_are_read_compressed_or_not(tmp_path: Path) -> None:
    line = '{"good": "猫がいる。", "bad": "猫がある。", "paradigm": "animacy", "field": "syntax"}\n'
    (tmp_path / "plain.jsonl").write_text(line, encoding="utf-8")
    with lzma.open(tmp_path / "packed.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(line)
    for name in ("plain.jsonl", "packed.jsonl.xz"):
        assert grammar.read_minimal_pairs(tmp_path / name) == [Pair("猫がいる。", "猫がある。", "animacy")]
    (tmp_path / "bad.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="not lines of good, bad and paradigm"):
        grammar.read_minimal_pairs(tmp_path / "bad.jsonl")
