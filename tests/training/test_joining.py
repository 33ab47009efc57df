"""Sentences are joined with others of their subject, and none is lost."""

import random
from collections import Counter
from pathlib import Path

import pytest

from model_utils.training.errors import CorpusError
from model_utils.training.learning.model import Shape
from model_utils.training.steps.recipe import Recipe
from model_utils.training.text import corpus
from model_utils.training.text.joining import LONGEST, join_related

SUBJECTS = ("garden", "mountain", "kitchen", "library")
SENTENCES = [f"The {subject} was number {number}." for subject in SUBJECTS for number in range(50)]


def test_half_of_the_sentences_stand_beside_others_of_their_subject() -> None:
    joined = join_related(SENTENCES, " ", random.Random(1))
    parts = [[f"{part.strip('. ')}." for part in document.split(". ")] for document in joined]
    assert Counter(part for some in parts for part in some) == Counter(SENTENCES)
    together = [some for some in parts if len(some) > 1]
    assert 70 < sum(map(len, together)) < 130
    assert max(map(len, together)) <= LONGEST
    assert all(len({part.split()[1] for part in some}) == 1 for some in together)


def test_sentences_that_share_nothing_stay_alone() -> None:
    lonely = ["犬がいる。", "空は青い。", "Hm."]
    assert sorted(join_related(lonely, "", random.Random(2))) == sorted(lonely)


def test_only_sources_that_say_so_are_joined(folder: Path) -> None:
    sentences = [f"猫は{number}匹います。" for number in range(40)]
    (folder / "plain_en.txt").write_text("\n<|endoftext|>\n".join(sentences), encoding="utf-8")
    apart = corpus.mixture(folder, seed=1)
    assert all(document.count("。") < 2 for document in apart)
    (folder / "sources.toml").write_text('[plain_en]\njoined = ""\n', encoding="utf-8")
    assert any(document.count("。") > 1 for document in corpus.mixture(folder, seed=1))
    (folder / "sources.toml").write_text("[plain_en]\njoined = 3\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="joined by 3"):
        corpus.sources(folder)


def test_a_folder_without_made_text_is_read_as_it_is(folder: Path, tmp_path: Path) -> None:
    shape = Shape(hidden=32, layers=1, heads=2, intermediate=48)
    plan = Recipe(folder, tmp_path / "data", tmp_path / "work", shape, made=tmp_path / "lecture")
    assert plan.texts() == corpus.mixture(folder, seed=0)
    assert plan.made_texts() == []


def test_made_text_is_taken_whole_beside_a_share_of_the_corpus(folder: Path, tmp_path: Path) -> None:
    (folder / "plain_en.txt").write_text(
        "\n<|endoftext|>\n".join(f"document {number}" for number in range(1000)), encoding="utf-8"
    )
    made = tmp_path / "lecture"
    made.mkdir()
    (made / "lecture_en.txt").write_text("\n<|endoftext|>\n".join(f"made {n}" for n in range(50)), encoding="utf-8")
    shape = Shape(hidden=32, layers=1, heads=2, intermediate=48)
    plan = Recipe(folder, tmp_path / "data", tmp_path / "work", shape, share=0.1, made=made)
    assert sorted(plan.made_texts()) == sorted(f"made {number}" for number in range(50))
    documents = plan.texts()
    assert 200 < sum(document.startswith("document") for document in documents) < 400
