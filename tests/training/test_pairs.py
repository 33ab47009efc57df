"""The Japanese minimal pairs: enough of them in every paradigm, none twice, and length alone does not decide."""

import json
from collections import Counter
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "model_utils" / "training" / "pairs" / "ja.jsonl"


@pytest.fixture(scope="module")
def pairs() -> list[dict[str, str]]:
    return [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]


def test_pairs_are_many_in_every_paradigm(pairs: list[dict[str, str]]) -> None:
    assert all(set(pair) == {"paradigm", "good", "bad"} for pair in pairs)
    assert len(pairs) >= 200
    counts = Counter(pair["paradigm"] for pair in pairs)
    assert len(counts) >= 10
    assert min(counts.values()) >= 12


def test_no_sentence_stands_twice(pairs: list[dict[str, str]]) -> None:
    counts = Counter(sentence for pair in pairs for sentence in (pair["good"], pair["bad"]))
    assert [sentence for sentence, count in counts.items() if count > 1] == []


def test_length_alone_does_not_decide(pairs: list[dict[str, str]]) -> None:
    longer = [len(pair["bad"]) - len(pair["good"]) for pair in pairs]
    assert [pair for pair, more in zip(pairs, longer, strict=True) if abs(more) > 2] == []
    assert sum(more < 0 for more in longer) <= len(pairs) / 2


def test_the_readme_example_is_not_among_the_pairs(pairs: list[dict[str, str]]) -> None:
    assert not any("好きな果物は" in pair["good"] + pair["bad"] for pair in pairs)


def test_the_files_are_written_plainly() -> None:
    assert "\\u" not in PATH.read_text(encoding="utf-8")
