"""Measuring counts every token once, and the card says what was measured."""

import json
import lzma
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from model_utils.training.__main__ import main
from model_utils.training.cards.card import card
from model_utils.training.cards.markdown import code
from model_utils.training.learning.export import export
from model_utils.training.learning.instruct import HELDOUT_PAIRS
from model_utils.training.learning.model import Shape, build_model
from model_utils.training.learning.train import CURVE_NAME
from model_utils.training.measuring.evaluate import (
    DUEL,
    RESULTS_NAME,
    by_ngram,
    by_xz,
    distinct_documents,
    evaluate,
    heldout_sample,
    sentences_alone,
)
from model_utils.training.measuring.measure import bits_per_byte, end_probability, logprobs, windows
from model_utils.training.measuring.prompts import PROMPTS
from model_utils.training.text import corpus
from model_utils.training.text.packing import pack
from model_utils.training.text.tokenizer import wrap_tokenizer

from .conftest import ENGLISH, JAPANESE

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


def test_the_probability_of_the_end_is_read_behind_single_sentences(tokenizer: Tokenizer) -> None:
    texts = {
        "a": ["The cat sat.", "One. Two.", "No stop", "Two\nlines."],
        "b": ["猫がいます。", "猫。犬。", "好きですか?"],
    }
    alone = sentences_alone(texts)
    assert alone == {"en": ["The cat sat."], "ja": ["猫がいます。"]}
    torch.manual_seed(0)
    model, wrapped = build_model(SHAPE, tokenizer.get_vocab_size(), 0), wrap_tokenizer(tokenizer, SHAPE.context)
    expected = []
    for sentence in ("The cat sat.", "猫がいます。"):
        logits = model(**wrapped(sentence, return_tensors="pt")).logits[0, -1]
        expected.append(float(logits.softmax(-1)[0].detach()))
    found = end_probability(model, wrapped, ["The cat sat.", "猫がいます。"])
    assert found == pytest.approx(sum(expected) / 2, rel=1e-4)


def test_the_heldout_sample_keeps_to_its_size_and_to_whole_characters(folder: Path) -> None:
    assert heldout_sample(folder, "plain_en", 36) == ["The cow never trained anybody.", "A held"]
    (folder / "heldout" / "plain_en.heldout.txt.xz").unlink()
    assert heldout_sample(folder, "plain_en", 36) == []


@pytest.fixture
def family(folder: Path, tokenizer: Tokenizer, tmp_path: Path) -> Path:
    """Two sizes and an instruction-tuned model, all untrained, with what their runs noted."""
    pack([*ENGLISH, *JAPANESE] * 20, tokenizer, tmp_path / "tokens.bin")
    with lzma.open(folder / HELDOUT_PAIRS, "wt", encoding="utf-8") as file:
        for lang, prompt in (("en", "Is the cat on the mat?"), ("ja", "猫は好きですか?")):
            pair = {"prompt": prompt, "response": "the", "lang": lang, "source": "first"}
            file.write(json.dumps(pair) + "\n")
    curve = json.dumps({"step": 1_007, "tokens": 12_345, "seconds": 180.0, "warm_from": 1_000}) + "\n"
    (tmp_path / CURVE_NAME).write_text(curve, encoding="utf-8")
    torch.manual_seed(0)
    for name in ("nano", "micro", "nano-instruct"):
        export(build_model(SHAPE, tokenizer.get_vocab_size(), 0), tokenizer, tmp_path, tmp_path / "models" / name)
    return tmp_path / "models"


def test_the_cards_are_made_of_what_was_measured(family: Path, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "blimp.jsonl").write_text('{"good": "the cat", "bad": "cat the", "paradigm": "order"}\n', "utf-8")
    results = evaluate(family, folder, tmp_path / "tokens.bin", tmp_path / "blimp.jsonl", thin=1000)
    assert json.loads((family / RESULTS_NAME).read_text(encoding="utf-8")) == json.loads(json.dumps(results))
    assert list(results["models"]) == ["nano", "micro", "nano-instruct"]
    mixtures = [
        {"from_step": 0, "weights": {"plain_en": 1.0}},
        {"from_step": 1_000, "weights": {"plain_en": 3.0, "lecture_ja": 2.5}},
    ]
    facts = {"cores": 2, "processor": "abacus", "gpu": None, "mixtures": mixtures}
    text = card(family / "micro", results, facts, corpus.sources(folder))
    assert text.startswith("---\nlicense: cc-by-sa-4.0\n")
    named = (
        "12,345",
        "1,007; from 1,000 on",
        "3.0 minutes on 2 CPU cores (abacus), no GPU",
        "abacus",
        "| plain_en | English | 1 | 3 |",
    )
    for fact in (*named, DUEL[0], *PROMPTS):
        assert fact in text
    assert "| source | language | weight until step 1,000 | weight | home |" in text
    assert "| Made text, the same in Japanese | Japanese | 0 | 2.5 | https://cldr.unicode.org" in text
    heads = [results["references"]["xz -9"], results["references"]["5-gram"]]
    heads += [results["models"][name]["bits_per_byte"] for name in ("nano", "micro")]
    assert "| source | language | xz -9 | 5-gram | nano | micro |" in text
    assert "| plain_en | English | " + " | ".join(f"{head['plain_en']:.3f}" for head in heads) + " |" in text
    assert "| English | 1 |" in text
    ends = results["models"]["micro"]["end_probability"]["en"]
    assert f"A text of one sentence ends behind it with probability: English {ends:.1%}.\n" in text
    assert "| three terms by steps | ja |  |  | **0%** (3) |" in text
    asked = results["models"]["micro"]["abilities"][0]["examples"][0]
    assert code(asked["prompt"]) in text
    begun = [{"seconds": 60.0, "step": 900, "gpu": "loom", "processor": "abacus", "cores": 8}]
    pieces = [["rare", " hen"], ["odd", "→"]]
    onward = facts | {"begun": begun, "exchanged": pieces, "settled_from": 1_003}
    text = card(family / "micro", results, onward, corpus.sources(folder))
    assert "1.0 minutes on 8 CPU cores (abacus), one loom, then 2.0 minutes on 2 CPU cores (abacus), no GPU" in text
    assert "2 that were rarely used are exchanged for words like ``  hen ``, `` → ``" in text
    assert "linear decay from step 1,003" in text
    tuned = card(family / "nano-instruct", results, facts, corpus.sources(folder))
    assert "| nano-instruct | 0% |" in tuned
    assert "猫は好きですか?" in tuned


def test_what_owes_nothing_to_the_models_is_measured_once(family: Path, folder: Path, tmp_path: Path) -> None:
    for name in ("nano", "nano-instruct"):
        shutil.rmtree(family / name)
    first = evaluate(family, folder, tmp_path / "tokens.bin", None, thin=1000)
    torch.manual_seed(1)
    other = build_model(SHAPE, first_vocabulary(family), 0).bfloat16()
    for weight in other.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    other.save_pretrained(family / "micro")
    second = evaluate(family, folder, tmp_path / "gone.bin", None, thin=1000)
    assert second["references"] == first["references"]
    bits = [found["models"]["micro"]["bits_per_byte"] for found in (first, second)]
    assert bits[0] != bits[1] and second["models"]["micro"]["held_to"] == bits[0]
    third = evaluate(family, folder, tmp_path / "gone.bin", None, thin=1000)
    assert third["models"]["micro"]["held_to"] == bits[0]
    facts = {
        "cores": 2,
        "processor": "abacus",
        "gpu": None,
        "mixtures": [{"from_step": 0, "weights": {"plain_en": 1.0}}],
    }
    assert "| micro as first published |" in card(family / "micro", third, facts, corpus.sources(folder))
    with lzma.open(folder / "heldout" / "plain_en.heldout.txt.xz", "wt", encoding="utf-8") as file:
        file.write("Another hen.")
    with pytest.raises(FileNotFoundError):
        evaluate(family, folder, tmp_path / "gone.bin", None, thin=1000)


def first_vocabulary(family: Path) -> int:
    return int(json.loads((family / "micro" / "config.json").read_text(encoding="utf-8"))["vocab_size"])


def test_a_document_that_was_repeated_is_counted_once() -> None:
    ids = np.array([0, 5, 6, 0, 7, 0, 5, 6, 0, 5], np.uint16)
    assert distinct_documents(ids).tolist() == [0, 5, 6, 0, 7, 0, 5]


def test_the_references_know_the_training_text(folder: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    pack([*ENGLISH, *JAPANESE] * 20, tokenizer, tmp_path / "tokens.bin")
    texts = {"seen": ENGLISH, "unseen": ["Quixotic jumps vex zebras!"]}
    xz = by_xz(texts, ENGLISH)
    ngram = by_ngram(texts, wrap_tokenizer(tokenizer, 16), np.memmap(tmp_path / "tokens.bin", "<u2", "r"))
    for found in (xz, ngram):
        assert 0 < found["seen"] < found["unseen"] / 2


def test_the_command_line_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["nano", "--models", str(tmp_path / "models"), "--work", str(tmp_path / "work")]
    assert main(["train", str(tmp_path / "nowhere"), *settings]) == 1
    assert "is not a folder" in capsys.readouterr().err
    assert main(["export", str(tmp_path), *settings]) == 1
    assert "no checkpoint yet" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path), *settings[1:]]) == 1
    assert "nothing to train on" in capsys.readouterr().err
