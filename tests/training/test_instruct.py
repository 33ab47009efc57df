"""Instructions: what is learned of a pair, what a chat looks like in tokens, and how answers are judged."""

import json
import lzma
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from model_utils.training.errors import CorpusError
from model_utils.training.learning import instruct
from model_utils.training.learning.export import export
from model_utils.training.learning.model import Shape, build_model
from model_utils.training.measuring import answers

SHAPE = Shape(hidden=32, layers=1, heads=2, intermediate=48, context=256)
PAIRS = [
    {"prompt": "Is the cat on the mat?", "response": "the mat.", "lang": "en", "source": "first"},
    {"prompt": "猫は好きですか?", "response": "好きです!", "lang": "ja", "source": "first"},
    {"prompt": "Translate: 犬", "response": "dog", "lang": "ja-en", "source": "second"},
    {"prompt": "Translate: cat", "response": "猫", "lang": "en-ja", "source": "second"},
]


def write_pairs(path: Path, pairs: list[dict[str, str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with lzma.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs)


def test_a_source_counts_as_often_as_it_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_pairs(tmp_path / instruct.PAIRS, PAIRS * 50)
    monkeypatch.setattr(instruct, "COPIES", {"first": 3.0, "second": 0.5})
    made = [str(row["completion"][0]["content"]) for row in instruct.conversations(tmp_path, lecture_pairs=0)]
    assert made.count("the mat.") == 150
    assert 10 < made.count("dog") < 40
    assert {text for text in made if text.startswith("好き")} == {"好きです!", "好きです！"}
    assert made != sorted(made)


def test_made_pairs_stand_among_those_of_the_corpus(tmp_path: Path) -> None:
    write_pairs(tmp_path / instruct.PAIRS, PAIRS)
    asked = [str(row["prompt"][0]["content"]) for row in instruct.conversations(tmp_path, lecture_pairs=300)]
    assert len(asked) >= 300
    assert PAIRS[0]["prompt"] in asked
    assert any("capital" in prompt or "首都" in prompt for prompt in asked)


def test_pairs_that_are_none_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="missing or not lines of prompt"):
        list(instruct.read_pairs(tmp_path / "nothing.jsonl.xz"))
    write_pairs(tmp_path / "other.jsonl.xz", [{"prompt": "only"}])
    with pytest.raises(CorpusError, match="missing or not lines of prompt"):
        list(instruct.read_pairs(tmp_path / "other.jsonl.xz"))


def test_fine_tuning_learns_to_answer_and_to_end(
    tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    base, out = tmp_path / "base", tmp_path / "base-instruct"
    export(build_model(SHAPE, tokenizer.get_vocab_size(), 0), tokenizer, tmp_path, base)
    monkeypatch.setattr(instruct, "LEARNING_RATE", 0.02)
    write_pairs(tmp_path / instruct.PAIRS, PAIRS[:1] * 320)
    instruct.fine_tune(base, tmp_path, tmp_path / "work", out, epochs=6, lecture_pairs=0)
    texts = AutoTokenizer.from_pretrained(out)
    model = AutoModelForCausalLM.from_pretrained(out)
    assert model.dtype == torch.bfloat16
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}]
    assert texts.apply_chat_template(turns, tokenize=False) == "<|endoftext|><|user|>Hi<|assistant|>Yes<|endoftext|>"
    given = answers.answer(model.float(), texts, "Is the cat on the mat?")
    assert given == answers.Answer("the mat.", ended=True)
    untrained = answers.answer(
        AutoModelForCausalLM.from_pretrained(base).float(), AutoTokenizer.from_pretrained(base), "Is"
    )
    assert not untrained.ended


def test_questions_come_from_all_sources_and_know_the_language_of_the_answer(tmp_path: Path) -> None:
    write_pairs(tmp_path / instruct.HELDOUT_PAIRS, PAIRS * 3 + [PAIRS[0] | {"prompt": "long " * 100}])
    asked = answers.questions(tmp_path, per_language=3)
    assert [question.language for question in asked] == ["en"] * 3 + ["ja"] * 3
    assert {question.text for question in asked[:3]} == {PAIRS[0]["prompt"], PAIRS[2]["prompt"]}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Yes, I do.", "en"),
        ("はい、好きです。", "ja"),
        ("Caltransは米国の組織です。", "ja"),
        ("The word 猫 is a cat.", "en"),
        ("2010", ""),
    ],
)
def test_the_language_of_an_answer(text: str, language: str) -> None:
    assert answers.language_of(text) == language
