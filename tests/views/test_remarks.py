"""Tokenizers that change texts agree with themselves in Step, Answers and Go on, and say what they changed."""

from __future__ import annotations

import math

import pytest

from model_utils import LM, generate, load, score
from model_utils.decoding.answers import answer_probabilities
from model_utils.errors import Unwritable
from model_utils.views.protocol.branches import Ask
from model_utils.views.protocol.remarks import remarks, remarks_behind
from tests.fakes import FakeLM
from viz import LANGUAGES, sentence_of

from ..kinds import KINDS, save_folder


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LM]:
    folder = tmp_path_factory.mktemp("kinds")
    wanted = ("unigram_nfkc", "regex_nfc", "word_piece", "end_of_word", "whole_words", "bpe_fallback", "added_runs")
    return {name: load(str(save_folder(folder / name, KINDS[name]()))) for name in wanted}


CHANGED = [
    ("unigram_nfkc", "果物", "です｡", "です。"),
    ("regex_nfc", "the cafe\u0301", " e\u0301!", " é!"),
    ("word_piece", "the cat", " Sat.", " sat."),
    ("whole_words", "the cat", " Sát", " sat"),
]


@pytest.mark.parametrize(("kind", "prompt", "typed", "read"), CHANGED)
def test_what_is_typed_means_the_same_in_every_view(
    models: dict[str, LM], kind: str, prompt: str, typed: str, read: str
) -> None:
    lm = models[kind]
    before, whole = score(lm, prompt), score(lm, prompt + typed)
    assert whole.text == before.text + read
    added = lm.encode_on(typed, before.ids)
    gone_on = generate(lm, before.fork(len(before.steps), added), 0)
    assert gone_on.text == whole.text
    (answer,) = answer_probabilities(lm, prompt, [[typed]]).answers
    told = math.exp(sum(step.chosen.logprob for step in gone_on.steps[len(before.steps) :]))
    assert answer.probability + answer.missed >= told * (1 - 1e-3) > 0, (
        "the way that was gone on is one of the answer's"
    )
    (remark,) = remarks(lm, prompt + typed)
    assert all(whole.text in sentence_of(remark, language) for language in LANGUAGES)
    assert [remark.key for remark in remarks_behind(lm, before.ids, typed, added)] == ["text_changed"]


@pytest.mark.parametrize("kind", ["word_piece", "end_of_word", "whole_words"])
def test_answers_are_summed_exactly_where_the_decoder_puts_the_spaces(models: dict[str, LM], kind: str) -> None:
    """Against every token, and every two, behind the prompt."""
    lm, prompt, wanted = models[kind], "the cat", "sat"
    ids = lm.encode(prompt)
    first = generate(lm, ids, 0, candidates=0)
    expected = 0.0
    marks = lm.vocabulary.special | lm.end_ids
    rows = lm.logits([[*ids, one] for one in range(lm.vocab_size)])

    def logprobs(row: object) -> list[float]:
        import torch

        return torch.tensor(row).double().log_softmax(-1).tolist()  # type: ignore[no-any-return]

    here = logprobs(rows[0][len(ids) - 1])
    for one in range(lm.vocab_size):
        text = generate(lm, [*ids, one], 0, candidates=0).text.removeprefix(first.text).strip()
        if one in marks or not text:
            continue
        if text.startswith(wanted):
            expected += math.exp(here[one])
        elif wanted.startswith(text):
            there = logprobs(rows[one][len(ids)])
            for other in set(range(lm.vocab_size)) - marks:
                more = lm.vocabulary.read([*ids, one, other])[-2:]
                both = b"".join(token.bytes for token in more).decode().strip()
                expected += math.exp(here[one] + there[other]) if both.startswith(wanted) else 0.0
    (answer,) = answer_probabilities(lm, prompt, [[wanted]]).answers
    # Three pieces and more are left out of the sum, and are rare.
    assert expected * (1 - 1e-3) <= answer.probability + answer.missed
    assert answer.probability <= expected * 1.05 and answer.probability > 1e-5


@pytest.mark.parametrize("kind", ["word_piece", "end_of_word"])
def test_a_word_without_its_space_goes_on_within_the_word_or_is_refused(models: dict[str, LM], kind: str) -> None:
    lm = models[kind]
    before = score(lm, "the se")
    try:
        added = lm.encode_on("a", before.ids)
    except Unwritable:
        return
    assert generate(lm, [*before.ids, *added], 0).text == "the sea"


def test_a_text_that_is_read_as_it_stands_needs_no_remark(models: dict[str, LM]) -> None:
    for kind, text in (
        ("bpe_fallback", " the  cat\n"),
        ("added_runs", "a  b"),
        ("regex_nfc", "é 猫"),
        ("word_piece", "a"),
    ):
        assert remarks(models[kind], text) == [], kind
    assert remarks(FakeLM(), "好きなx") == []


def test_a_mark_that_is_typed_stands_there_twice_and_is_told(models: dict[str, LM]) -> None:
    for language in LANGUAGES:
        (remark,) = remarks(models["added_runs"], "<s>the cat")
        assert remark.key == "mark_typed" and "<s>" in sentence_of(remark, language)
    assert [token.label for token in models["added_runs"].vocabulary.read(models["added_runs"].encode("<s>a"))][:2] == [
        "<s>",
        "<s>",
    ]


def test_a_model_that_measures_long_texts_otherwise_is_told() -> None:
    lm = FakeLM()
    lm.rescales_beyond = 6
    assert remarks(lm, "xxx", 2) == []
    assert [remark.key for remark in remarks(lm, "xxx", 3)] == ["positions_rescaled"]


def test_a_page_that_goes_on_is_asked_behind_its_own_tokens(models: dict[str, LM]) -> None:
    lm = models["end_of_word"]
    ids = lm.encode("the cat")
    fork = Ask("b", lm.model, lm.revision, ids, text=" sat").fork(lm)
    assert generate(lm, [*ids, *fork.token_ids], 0).text == "the cat sat"
