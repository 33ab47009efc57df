"""Reading, weighing and cleaning a folder of text."""

import random
from collections import Counter
from pathlib import Path

import pytest

from model_utils.training.errors import CorpusError
from model_utils.training.text import corpus


def test_documents_are_what_stands_between_separator_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\n<|endoftext|>\n\n<|endoftext|>\n a <|endoftext|> b\n<|endoftext|>", encoding="utf-8")
    assert list(corpus.read_documents(path)) == ["one\ntwo", " a <|endoftext|> b"]


def test_mixture_holds_each_document_as_often_as_its_source_weighs(folder: Path) -> None:
    counts = Counter(corpus.mixture(folder, seed=1))
    assert counts["The cat sat on the mat."] == 3
    assert counts["猫がいます。"] == 2


def test_fractional_weights_keep_a_share_of_the_documents(folder: Path) -> None:
    documents = [f"document {number}" for number in range(1000)]
    (folder / "plain_en.txt").write_text("\n<|endoftext|>\n".join(documents), encoding="utf-8")
    (folder / "sources.toml").write_text("[plain_en]\nweight = 0.25\n", encoding="utf-8")
    kept = [document for document in corpus.mixture(folder, seed=1) if document.startswith("document")]
    assert len(kept) == len(set(kept))
    assert 180 < len(kept) < 320


def test_mixture_depends_on_the_seed_alone(folder: Path) -> None:
    assert corpus.mixture(folder, seed=1) == corpus.mixture(folder, seed=1) != corpus.mixture(folder, seed=2)


def test_duplicates_are_dropped_across_sources(folder: Path) -> None:
    (folder / "again.txt").write_text("The cat  sat on\nthe mat.", encoding="utf-8")
    assert Counter(corpus.mixture(folder, seed=1))["The cat  sat on\nthe mat."] == 1
    assert "The cat sat on the mat." not in corpus.mixture(folder, seed=1)


def test_heldout_text_is_never_in_the_mixture(folder: Path) -> None:
    assert corpus.heldout(folder, "plain_en") == ["The cow never trained anybody.", "A held-out hen."]
    assert not any("cow" in document for document in corpus.mixture(folder, seed=1))
    assert corpus.heldout(folder, "packed_ja") == []


@pytest.mark.parametrize("fruit", ["ぶどう", "たんす"])
def test_the_lectures_example_is_cut_out_of_its_document(fruit: str) -> None:
    text = f"A: こんにちは!\nB: 私の好きな果物は{fruit}です。りんごも好きです。"
    assert corpus.without_lecture_example(text) == "A: こんにちは!\nりんごも好きです。"
    assert corpus.without_lecture_example(f"好きな果物は{fruit}") == ""


def test_full_width_marks_come_back_only_where_japanese_stands() -> None:
    text = "本当!?(たぶん) Really?! (yes) 東京(Tokyo)"
    seen = {corpus.restore_full_width(text, random.Random(seed)) for seed in range(30)}
    assert seen == {text, "本当！？（たぶん） Really?! (yes) 東京（Tokyo）"}


def test_the_recipes_own_table_is_complete() -> None:
    table = corpus._read_table(corpus.DEFAULT_TABLE)
    described = {"language", "weight", "title", "home", "licence"}
    assert all(set(row) - {"joined"} == described for row in table.values())
    assert {row["language"] for row in table.values()} == {"en", "ja", "en+ja"}


def test_unusable_folders_are_refused_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is not a folder"):
        corpus.sources(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match="nothing to train on"):
        corpus.sources(tmp_path)
    (folder / "sources.toml").write_text("[plain_en]\nweight = -1\n", encoding="utf-8")
    with pytest.raises(CorpusError, match="weight of source plain_en is -1"):
        corpus.sources(folder)
    (folder / "sources.toml").write_text("not a table", encoding="utf-8")
    with pytest.raises(CorpusError, match="not a readable table"):
        corpus.sources(folder)


def test_damaged_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "cut.txt.xz").write_bytes(b"\xfd7zXZ\x00 not really")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    for name in ("cut.txt.xz", "latin.txt"):
        with pytest.raises(CorpusError, match="damaged or not UTF-8"):
            list(corpus.read_documents(tmp_path / name))
