"""Measuring counts every token once, and the card says what was measured."""

import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from model_utils.training import corpus
from model_utils.training.__main__ import main
from model_utils.training.card import card
from model_utils.training.evaluate import DUEL, evaluate, heldout_sample
from model_utils.training.export import export
from model_utils.training.measure import bits_per_byte, logprobs, windows
from model_utils.training.model import Shape, build_model
from model_utils.training.tokenizer import wrap_tokenizer
from model_utils.training.train import CURVE_NAME

SHAPE = Shape(hidden=32, layers=1, heads=2, intermediate=48, context=16)
TEXTS = ["the", "The cat sat on the mat. " * 5, "犬は好きですか?"]


@given(length=st.integers(1, 200), half=st.integers(1, 20))
def test_windows_score_every_token_but_the_first_once(length: int, half: int) -> None:
    cut = list(windows(list(range(length)), 2 * half))
    assert [token for window in cut for token in window.ids[window.first :]] == list(range(1, length))
    assert all(len(window.ids) <= 2 * half for window in cut)


def test_batches_do_not_change_what_a_text_scores(tokenizer: Tokenizer) -> None:
    model, wrapped = build_model(SHAPE, tokenizer.get_vocab_size(), 0), wrap_tokenizer(tokenizer, SHAPE.context)
    alone = [logprobs(model, wrapped, [text])[0] for text in TEXTS]
    assert logprobs(model, wrapped, TEXTS) == pytest.approx(alone, abs=1e-3)


def test_an_untrained_model_needs_about_the_bits_of_a_uniform_one(tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    model, wrapped = build_model(SHAPE, tokenizer.get_vocab_size(), 0), wrap_tokenizer(tokenizer, SHAPE.context)
    tokens = len(wrapped(TEXTS[1], add_special_tokens=False)["input_ids"])
    uniform = tokens * math.log2(tokenizer.get_vocab_size()) / len(TEXTS[1])
    assert bits_per_byte(model, wrapped, [TEXTS[1]]) == pytest.approx(uniform, rel=0.1)


def test_the_heldout_sample_keeps_to_its_size_and_to_whole_characters(folder: Path) -> None:
    assert heldout_sample(folder, "plain_en", 36) == ["The cow never trained anybody.", "A held"]
    (folder / "heldout" / "plain_en.heldout.txt.xz").unlink()
    assert heldout_sample(folder, "plain_en", 36) == []


def test_the_card_is_made_of_what_was_measured(folder: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "tiny"
    work.mkdir()
    (work / CURVE_NAME).write_text(json.dumps({"step": 7, "tokens": 12_345, "seconds": 180.0}) + "\n", encoding="utf-8")
    export(build_model(SHAPE, tokenizer.get_vocab_size(), 0), tokenizer, work, out)
    results = evaluate(out, folder)
    text = card(out, results, {"cores": 2, "processor": "abacus"}, corpus.sources(folder))
    assert text.startswith("---\nlicense: cc-by-sa-4.0\n")
    for fact in ("12,345", "3 minutes on 2 CPU cores", "abacus", "| plain_en | English | 3 |", DUEL[0]):
        assert fact in text
    assert f"| plain_en | English | {results['bits_per_byte']['plain_en']:.3f} |" in text


def test_the_command_line_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["nano", "--models", str(tmp_path / "models"), "--work", str(tmp_path / "work")]
    assert main(["train", str(tmp_path / "nowhere"), *settings]) == 1
    assert "is not a folder" in capsys.readouterr().err
    assert main(["export", str(tmp_path), *settings]) == 1
    assert "no checkpoint yet" in capsys.readouterr().err
