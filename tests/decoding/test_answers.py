"""Answers and their spellings: what is counted once, what is part of another, and what a person types."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from tokenizers import AddedToken

from model_utils import load, score
from model_utils.decoding.answers import KEPT, LIMIT, Answers, answer_probabilities, read_answers
from model_utils.decoding.prefix_probability import cover
from model_utils.errors import EmptyAnswers, EmptyPrompt, InvalidText, PromptTooLong, TooManySpellings
from model_utils.views.answers import answers_to_wire
from tests.fakes import BOS, PAGE, FakeLM
from tests.models import FolderOf

from ..kinds import byte_level, save_folder
from .overlapping import overlapping


def asked(*answers: str) -> Answers:
    return answer_probabilities(overlapping(), [BOS], read_answers("\n".join(answers)))


def probability(*texts: bytes) -> float:
    """The sum over texts none of which begins with another."""
    return sum(found.probability for found in cover(overlapping(), [BOS], texts, 1).values())


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("大阪 / おおさか / Osaka\n東京／とうきょう", [["大阪", "おおさか", "Osaka"], ["東京", "とうきょう"]]),
        ("大阪、おおさか，Osaka", [["大阪", "おおさか", "Osaka"]]),
        ("はい、そうです / うん", [["はい、そうです", "うん"]]),
        ("1/2\nkm/h / キロ毎時\n24/7", [["1/2"], ["km/h", "キロ毎時"], ["24/7"]]),
        ("1/2 / 0.5 / ½\n１／２ / 半分", [["1/2", "0.5", "½"], ["１／２", "半分"]]),
        ("犬　/　いぬ　／　イヌ\ncat\t/\tkitten", [["犬", "いぬ", "イヌ"], ["cat", "kitten"]]),
        ("https://example.org/a / b\nand/or", [["https://example.org/a", "b"], ["and/or"]]),
        ("nine /\n/ ten", [["nine"], ["ten"]]),
        ("1,000 / 1000", [["1,000", "1000"]]),
        ("New York\n\n  \n/ /\r\nLA / LA", [["New York"], ["LA"]]),
        ("", []),
    ],
)
def test_what_a_person_types(typed, expected):
    assert read_answers(typed) == expected


def test_an_answer_is_the_sum_of_its_spellings_with_and_without_a_space():
    found = asked("ab / b", "aa")
    assert [one.probability for one in found.answers] == pytest.approx(
        [probability(b"ab", b" ab", b"b", b" b"), probability(b"aa", b" aa")]
    )
    assert found.answers[0].probability == sum(one.probability for one in found.answers[0].spellings)
    assert found.probability + found.rest == pytest.approx(1) and found.probability < 1
    assert found.missed == pytest.approx(sum(one.missed for one in found.answers))


def test_within_an_answer_what_begins_with_another_spelling_counts_once():
    found = asked("aba / ab / abab")
    assert [one.part_of for one in found.answers[0].spellings] == [(0, 1), None, (0, 1)]
    assert found.answers[0].probability == found.probability == pytest.approx(probability(b"ab", b" ab"))


def test_between_answers_what_begins_with_another_is_in_both_and_once_in_all():
    found = asked("aba / b", "ab", "ab / aa")
    parts = [[one.part_of for one in answer.spellings] for answer in found.answers]
    assert parts == [[(1, 0), None], [None], [(1, 0), None]]
    assert found.answers[0].probability == pytest.approx(probability(b"aba", b" aba", b"b", b" b"))
    assert found.answers[2].probability == pytest.approx(probability(b"ab", b" ab", b"aa", b" aa"))
    assert found.probability == pytest.approx(probability(b"ab", b" ab", b"b", b" b", b"aa", b" aa"))


def test_a_spelling_of_its_own_answer_holds_it_before_a_shorter_one_of_another():
    found = asked("a", "ab / aba")
    assert [one.part_of for one in found.answers[1].spellings] == [(0, 0), (1, 0)]
    assert found.probability == pytest.approx(found.answers[0].probability)


def test_ways_are_few_and_fall_and_are_tokens_where_they_stand():
    (answer,) = asked("abab").answers
    ways, count = answer.spellings[0].ways, answer.spellings[0].count
    assert len(ways) == KEPT < count
    assert all(one.logprob >= other.logprob for one, other in pairwise(ways))
    assert all(b"".join(token.bytes for token in way.tokens).lstrip().startswith(b"abab") for way in ways)
    half = answer_probabilities(FakeLM(), [BOS, 3], [["葡"]]).answers[0].spellings[0]
    assert [token.label for token in half.ways[0].tokens] == ["‹E8 91›", "‹A1›葡"]


def test_the_value_is_plain_json():
    found = asked("ab / aba", "b")
    value = answers_to_wire(found)
    assert json.loads(json.dumps(value)) == value
    assert (value["rest"], value["missed"]) == (found.rest, found.missed)
    one, other = value["answers"][0]["spellings"]
    assert (one["text"], one["part_of"], other["part_of"]) == ("ab", None, [0, 0])
    assert one["ways"][0]["logprob"] == found.answers[0].spellings[0].ways[0].logprob


@pytest.mark.parametrize(
    ("prompt", "answers", "error"),
    [
        ("x", [], EmptyAnswers),
        ("x", [[" ", ""], []], EmptyAnswers),
        ("x", [[str(number) for number in range(LIMIT + 1)]], TooManySpellings),
        ("x", [["a\ud800"]], InvalidText),
        ("x" * 40, [["a"]], PromptTooLong),
    ],
)
def test_errors(prompt, answers, error):
    with pytest.raises(error):
        answer_probabilities(FakeLM(), prompt, answers)


def test_no_text_needs_a_beginning_of_text():
    assert answer_probabilities(FakeLM(), "", [["好き"]]).answers[0].probability > 0
    with pytest.raises(EmptyPrompt):
        answer_probabilities(FakeLM(bos_id=None), "", [["好き"]])


@pytest.mark.parametrize("tokenizer", ["byte-level-bpe", "unigram-dummy-prefix", "unigram-bos"])
def test_of_a_real_model(folder_of: FolderOf, tokenizer: str) -> None:
    lm = load(str(folder_of("llama", tokenizer)))
    found = answer_probabilities(lm, PAGE[2], [["葡", "ぶ"], ["gr", "り"]])
    prompt = lm.encode(PAGE[2])
    for spelling in [one for answer in found.answers for one in answer.spellings]:
        assert spelling.probability > 0 and spelling.missed < 1e-5
        for way in spelling.ways:
            scored = score(lm, [*prompt, *(token.id for token in way.tokens)])
            assert way.logprob == pytest.approx(
                sum(s.chosen.logprob for s in scored.steps[len(prompt) - 1 :]), abs=1e-4
            )
        assert sum(math.exp(way.logprob) for way in spelling.ways) <= spelling.probability * (1 + 1e-6)


@pytest.mark.parametrize(("takes", "text"), [("lstrip", "c <x>"), ("rstrip", "<x> c")])
def test_an_answer_with_a_token_that_takes_the_space_beside_it(takes: str, text: str, tmp_path: Path) -> None:
    tokenizer = byte_level()
    tokenizer.add_tokens([AddedToken("<x>", normalized=False, **{takes: True})])
    lm = load(str(save_folder(tmp_path / "mine", tokenizer)))
    ways = answer_probabilities(lm, "The", [[text]]).answers[0].spellings[0].ways
    prompt = lm.encode("The")
    scored = score(lm, [*prompt, *lm.encode(text)])
    assert sum(step.chosen.logprob for step in scored.steps[len(prompt) - 1 :]) in [
        pytest.approx(way.logprob, abs=1e-4) for way in ways
    ]
