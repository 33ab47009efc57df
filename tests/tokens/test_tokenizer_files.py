"""Folders as people have them: SentencePiece files, vocabularies, files that disagree, and the offered Japanese models.

The references are the libraries that made the files. Leaves out: every decoder's ids (`test_tokenizer_matrix`).
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from tokenizers import AddedToken, Tokenizer, normalizers, pre_tokenizers

from model_utils import catalog, generate, load, score
from model_utils.errors import Unreadable
from model_utils.model_errors import UnusableTokenizer
from model_utils.tokens.encoder import Encoder
from model_utils.tokens.tokenizer_files import NoTokenizer, load_tokenizer
from model_utils.tokens.vocabulary import vocabulary_of
from tests.fakes import PAGE, random_model

from ..kinds import (
    KINDS,
    LINES,
    added_runs,
    byte_level,
    regex_nfc,
    save_folder,
    save_tokenizer,
    two_marks,
    unigram_fallback,
)

TEXTS = (*PAGE, "  two  spaces,\tx\ny", "！ｱ e\u0301 É ㍿", "猫が😀", "12345 <b>", " x ")
NAMES = {"spiece.model": ("T5Tokenizer",), "tokenizer.model": ("LlamaTokenizer", "GemmaTokenizerFast", None)}


def sentence_piece(**settings: Any) -> bytes:
    """A SentencePiece model of the page."""
    made = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(LINES * 3), model_writer=made, hard_vocab_limit=False, minloglevel=2, **settings
    )
    return made.getvalue()


@pytest.mark.parametrize(
    ("kind", "prefixed", "fallback", "rule"),
    list(product(("unigram", "bpe"), (True, False), (True, False), ("nmt_nfkc", "identity"))),
)
def test_a_sentence_piece_file_cuts_as_its_library_does(
    kind: str, prefixed: bool, fallback: bool, rule: str, tmp_path: Path
) -> None:
    model = sentence_piece(
        model_type=kind,
        add_dummy_prefix=prefixed,
        byte_fallback=fallback,
        normalization_rule_name=rule,
        vocab_size=560 if fallback else 300,
        remove_extra_whitespaces=rule == "nmt_nfkc",
        user_defined_symbols=["▁▁"] if rule == "identity" else [],
    )
    for file, named in [(file, named) for file, names in NAMES.items() for named in names]:
        folder = tmp_path / f"{file}-{named}"
        folder.mkdir()
        (folder / file).write_bytes(model)
        (folder / "config.json").write_text(json.dumps({"model_type": "llama"}), encoding="utf-8")
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": named}), encoding="utf-8")
        library = SentencePieceProcessor(model_file=str(folder / file))
        tokenizer = load_tokenizer(folder)
        vocabulary = vocabulary_of(tokenizer, "m", len(tokenizer))
        encoder = Encoder(tokenizer, vocabulary, None)
        marks = {"T5Tokenizer": [], None: []}.get(named, [library.bos_id()])
        for text in TEXTS:
            expected = library.encode(text)
            if library.unk_id() in expected:
                with pytest.raises(Unreadable):
                    encoder.encode(text)
                continue
            ids = encoder.encode(text)
            assert ids == [*marks, *expected]
            shown = b"".join(token.bytes for token in vocabulary.read(ids) if not token.special)
            assert shown.decode() == library.decode(expected)


def rinna(folder: Path) -> None:
    """`spiece.model`, and a configuration that names T5's class."""
    (folder / "spiece.model").write_bytes(
        sentence_piece(
            vocab_size=300, model_type="unigram", user_defined_symbols=["[CLS]", "[SEP]", "[MASK]"], pad_id=3
        )
    )
    names = {"eos_token": "</s>", "unk_token": "<unk>", "bos_token": "<s>", "pad_token": "[PAD]", "extra_ids": 0}
    more = {"additional_special_tokens": [], "do_lower_case": True, "tokenizer_class": "T5Tokenizer"}
    marks = {"cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
    (folder / "tokenizer_config.json").write_text(json.dumps({**names, **more, **marks}), encoding="utf-8")


def llm_jp(folder: Path) -> None:
    """`tokenizer.json` of unigram pieces with bytes, under the plain fast class."""
    marks = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "add_bos_token": True}
    save_tokenizer(folder, unigram_fallback(), "PreTrainedTokenizerFast", **marks)


def sarashina(folder: Path) -> None:
    """`tokenizer.model` of unigram pieces with bytes, under Llama's class."""
    (folder / "tokenizer.model").write_bytes(
        sentence_piece(vocab_size=560, byte_fallback=True, add_dummy_prefix=False, pad_id=3)
    )
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>", "legacy": False}
    more = {"add_bos_token": True, "add_dummy_prefix_space": False, "tokenizer_class": "LlamaTokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps({**names, **more}), encoding="utf-8")


OFFERED: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "rinna/japanese-gpt2-small": ("gpt2", rinna, "spiece.model"),
    "llm-jp/llm-jp-3-150m": ("llama", llm_jp, ""),
    "sbintuitions/sarashina2.2-0.5b": ("llama", sarashina, "tokenizer.model"),
}


@pytest.mark.parametrize("name", OFFERED)
def test_the_japanese_models_that_are_offered_load_from_folders_of_their_shape(name: str, tmp_path: Path) -> None:
    assert name in catalog.SUGGESTED
    architecture, write, file = OFFERED[name]
    folder = tmp_path / "mine"
    network = random_model(architecture, 700)
    network.save_pretrained(folder)
    write(folder)
    lm = load(str(folder))
    text = "好きな果物はぶどうです。"
    trace = score(lm, text)
    with torch.inference_mode():
        rows = network(torch.tensor([trace.ids])).logits[0, :-1].double().log_softmax(-1)
    expected = rows.gather(1, torch.tensor(trace.ids[1:])[:, None]).sum()
    assert trace.text == text and trace.logprob == pytest.approx(float(expected), abs=1e-3)
    if file:
        own = SentencePieceProcessor(model_file=str(folder / file)).encode(text)
        assert list(trace.ids)[-len(own) :] == own and 1 not in trace.ids[1:], "no end of text behind it"
    assert (trace.context[0].label == "<s>") == (name != "rinna/japanese-gpt2-small")
    assert generate(lm, trace.fork(len(trace.steps), lm.encode_on("果物", trace.ids)), 1).text.startswith(text + "果物")


def test_a_class_that_would_build_the_tokenizer_anew_changes_nothing(tmp_path: Path) -> None:
    """Unigram pieces under Llama's class, and a cut of its own under GPT-2's."""
    wrong = [(unigram_fallback, "LlamaTokenizer"), (regex_nfc, "GPT2Tokenizer")]
    for number, ((made, named), architecture) in enumerate(product(wrong, ["qwen3", "gpt-neox", "mamba", "llama"])):
        folder = save_folder(tmp_path / str(number), made(), architecture, named)
        library, lm = Tokenizer.from_file(str(folder / "tokenizer.json")), load(str(folder))
        for text in (*PAGE, "don't 650841823"):
            assert lm.encode(text) == library.encode(text).ids


def test_a_configuration_can_neither_add_tokens_nor_name_other_files(tmp_path: Path) -> None:
    other = save_tokenizer(tmp_path / "other", two_marks(), None)
    named = {
        "bos_token": "the",
        "pad_token": "!",
        "extra_special_tokens": {"x": "a"},
        "tokenizer_file": str(other / "tokenizer.json"),
        "fast_tokenizer_files": ["../other/tokenizer.json"],
        "fix_mistral_regex": True,
        "added_tokens_decoder": {"7": {"content": "cat", "special": True}},
    }
    folder = save_tokenizer(tmp_path / "mine", byte_level(), "GPT2Tokenizer", **named)
    (folder / "config.json").write_text(json.dumps({"model_type": "mistral"}), encoding="utf-8")
    tokenizer, library = load_tokenizer(folder), Tokenizer.from_file(str(folder / "tokenizer.json"))
    vocabulary = vocabulary_of(tokenizer, "m", len(tokenizer))
    text = "the cat sat! a mother"
    ids = Encoder(tokenizer, vocabulary, None).encode(text)
    assert ids == library.encode(text).ids
    assert b"".join(token.bytes for token in vocabulary.read(ids) if not token.special).decode() == text


def test_all_marks_before_a_text_are_read_and_none_behind_it(tmp_path: Path) -> None:
    lm = load(str(save_folder(tmp_path / "mine", two_marks())))
    assert [token.text for token in lm.vocabulary.read(lm.encode("a"))] == ["[gMASK]", "<sop>", "a"]
    assert [token.text for token in lm.vocabulary.read(lm.encode(""))] == ["[gMASK]", "<sop>"]


def test_added_runs_of_spaces_are_spaces(tmp_path: Path) -> None:
    tokenizer = added_runs()
    lm = load(str(save_folder(tmp_path / "mine", tokenizer)))
    run = tokenizer.token_to_id("▁▁")
    trace = score(lm, [*lm.encode("a"), run, *lm.encode_on("b")])
    assert trace.text == "a  b" and "▁" not in "".join(token.label for token in trace.tokens)
    assert lm.encode_on("\n    return a", lm.encode("def f(a):"))


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"tokenizer.json": "{}"}, "tokenizer.json"),
        ({"tokenizer.json": "[" * 100_000}, "tokenizer.json"),
        ({"vocab.json": '{"a": 0, "b": 1}', "merges.txt": "#version: 0.2\na b\n"}, "has no tokenizer.json"),
        ({"tokenizer.model": "no model at all"}, "mine could not be loaded"),
        ({"spiece.model": sentence_piece(vocab_size=300), "class": "XLMRobertaTokenizer"}, "mine could not be loaded"),
        ({"vocab.txt": "a\nb\n", "class": "BertJapaneseTokenizer"}, "mine could not be loaded"),
        ({}, "mine could not be loaded"),
    ],
    ids=["empty", "deep", "no cut", "noise", "other numbers", "another library", "none"],
)
def test_a_tokenizer_that_cannot_be_read_is_refused_in_one_sentence(
    files: dict[str, str | bytes], named: str, tmp_path: Path
) -> None:
    folder = tmp_path / "mine"
    random_model("llama", 700).save_pretrained(folder)
    class_named = files.pop("class", None)
    for name, body in files.items():
        (folder / name).write_bytes(body if isinstance(body, bytes) else body.encode())
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": class_named}), encoding="utf-8")
    with pytest.raises(UnusableTokenizer if named != "mine could not be loaded" else Exception, match=named) as error:
        load(str(folder))
    assert "\n" not in str(error.value) and str(tmp_path) not in str(error.value) and len(str(error.value)) < 400


def test_a_text_with_a_character_that_no_token_stands_for_is_refused_and_names_it(tmp_path: Path) -> None:
    """Also where such characters are dropped without a word."""
    for kind in ("unigram_nfkc", "word_piece", "end_of_word", "whole_words", "dropped"):
        lm = load(str(save_folder(tmp_path / kind, KINDS[kind]())))
        for text in ("the cat 😀", "the cat 𠮷"):
            with pytest.raises(Unreadable, match=text[-1]):
                score(lm, text)
        with pytest.raises(Unreadable):
            lm.encode_on(" 😀")


def test_a_cut_that_takes_characters_away_is_no_other_text(tmp_path: Path) -> None:
    tokenizer = byte_level()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Punctuation("removed"), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    lm = load(str(save_folder(tmp_path / "mine", tokenizer)))
    with pytest.raises(Unreadable, match="!"):
        score(lm, "the cat!")
    assert score(lm, "the cat").text == "the cat"


@pytest.mark.parametrize("mark", [AddedToken("<b>", special=False), AddedToken("é", special=False)], ids=["tag", "é"])
def test_added_tokens_go_through_the_decoder(mark: AddedToken, tmp_path: Path) -> None:
    tokenizer = byte_level()
    tokenizer.add_tokens([mark])
    tokenizer.normalizer = normalizers.Lowercase()
    folder = save_folder(tmp_path / "mine", tokenizer)
    lm, library = load(str(folder)), Tokenizer.from_file(str(folder / "tokenizer.json"))
    added = library.token_to_id(mark.content)
    assert lm.vocabulary.spell(added).decode("utf-8", "replace") == library.decode([added])


@pytest.mark.parametrize("name", ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"])
@pytest.mark.parametrize("body", ["", "null", "[]", '"x"', "\ufeff{}"])
def test_what_is_said_beside_a_tokenizer_is_an_object_or_is_named(name: str, body: str, tmp_path: Path) -> None:
    folder = save_tokenizer(tmp_path / "mine", byte_level(), None)
    (folder / name).write_text(body, encoding="utf-8")
    with pytest.raises(NoTokenizer, match=f"its {name} cannot be read"):
        load_tokenizer(folder)


@pytest.mark.parametrize("model_type", ["gpt2", "llama", "qwen2"])
def test_a_folder_without_a_vocabulary_has_no_tokenizer(model_type: str, tmp_path: Path) -> None:
    """Some classes of transformers are content with none, and read every text as unknown."""
    (tmp_path / "config.json").write_text(json.dumps({"model_type": model_type}), encoding="utf-8")
    (tmp_path / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(NoTokenizer, match=r"it has no tokenizer\.json, and none can be built"):
        load_tokenizer(tmp_path)
