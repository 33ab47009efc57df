"""Branches of a link, computed again: every step as `generate` gave it, and what a link says is believed after a check.

Links are written from traces, as assets/page/address/outline.js writes them (`linking`). Leaves out: the browser.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from model_utils import LM, Sampling, Trace, TsuzukiError, beam, generate, load, score
from model_utils.errors import ForeignIds, InvalidLink, InvalidSettings, PromptTooLong, UnknownToken
from model_utils.views.protocol.beam_wire import search_of
from model_utils.views.protocol.branches import Branch, Saved, branches_from_wire
from model_utils.views.protocol.links import MOST_BRANCHES, MOST_CANDIDATES, Linked, recall_parts
from tests.fakes import BOS, EOS, FakeLM

from .linking import link, row, search_row

NATS = 3e-5
"""A text read in one pass instead of token by token is rounded otherwise by so much."""


def recalled(lm: LM, data: Any) -> tuple[tuple[Branch, ...], int]:
    linked = Linked.read(json.loads(json.dumps(data)))
    *waits, value = recall_parts(lm, linked)
    assert set(waits) == {None} and len(waits) >= len(linked.branches) and value.pop("page") == data.get("page")
    return branches_from_wire(value)[:2]


def assert_same_numbers(found: Trace, expected: Trace) -> None:
    """What is measured within NATS, all else equal; two candidates as near as that may change places."""
    assert (found.model, found.vocab_size, found.ids, found.sampling, found.end) == (
        expected.model, expected.vocab_size, expected.ids, expected.sampling, expected.end,
    )  # fmt: skip
    assert found.tokens == expected.tokens
    for one, other in zip(found.steps, expected.steps, strict=True):
        assert (one.given, one.cut) == (other.given, other.cut)
        assert one.entropy == pytest.approx(other.entropy, abs=NATS)
        assert one.chosen.logprob == pytest.approx(other.chosen.logprob, abs=NATS)
        near = sum(abs(c.logprob - other.chosen.logprob) < NATS for c in other.candidates)
        assert one.chosen.rank == other.chosen.rank or near > 1 or other.chosen.rank > len(other.candidates)
        logprobs = [[c.logprob for c in step.candidates] for step in (one, other)]
        assert logprobs[0] == pytest.approx(logprobs[1], abs=NATS)
        sure = [c for c in other.candidates if c.logprob > other.candidates[-1].logprob + 2 * NATS]
        found_of = {c.token: c.logprob for c in one.candidates}
        assert [found_of[c.token] for c in sure] == pytest.approx([c.logprob for c in sure], abs=NATS)
        assert one.tail and other.tail and one.tail.count == other.tail.count
        assert one.tail.shift == pytest.approx(other.tail.shift, abs=1e-4)


TRUNK = generate(FakeLM(), "好きな", 8, Sampling(temperature=0.9, top_p=0.8, seed=3))
FORK = generate(FakeLM(), TRUNK.fork(4, 5), 4, Sampling(top_k=3, repetition_penalty=1.3, seed=1))
TWIG = generate(FakeLM(), FORK.fork(6, [3, 6]), 2, Sampling(temperature=0.0))
ENDED = generate(FakeLM(), TRUNK.fork(5, EOS), 0)
BRANCHES = (Branch("", 0, TRUNK), Branch("<b>", 4, FORK), Branch("三", 6, TWIG), Branch("x", 5, ENDED))


def test_branches_of_every_kind_come_back_as_generate_gave_them() -> None:
    """The fake model's rows depend on nothing but the ids: here nothing may differ at all."""
    found, current = recalled(FakeLM(), link(*BRANCHES, current=2, page={"step": 3}))
    assert (found, current) == (BRANCHES, 2)
    assert [step.cut for step in FORK.steps[5:]] != [()] * len(FORK.steps[5:]), "a test of the marks of what was cut"


@pytest.mark.parametrize(("width", "length", "penalty"), [(3, 4, 1.0), (1, 2, 0.0), (2, 0, 1.0)])
def test_a_beam_search_is_searched_again(width: int, length: int, penalty: float) -> None:
    found = beam(FakeLM(), TRUNK.fork(2, ()), width, length, penalty)
    branches = (BRANCHES[0], Branch("beam", 2, Trace.from_json(found.to_json())))
    data = link(*branches, search=search_row(search_of(found), branches), page={})
    *_, value = recall_parts(FakeLM(), Linked.read(json.loads(json.dumps(data))))
    assert value and branches_from_wire(value) == Saved(branches, 0, search_of(found), {})


SEARCH = {"branch": 0, "steps": 2, "settings": {"width": 2, "max_new_tokens": 3}}


@pytest.mark.parametrize(
    "change",
    [
        {"branch": 4}, {"branch": -1}, {"steps": 99}, {"steps": -1}, {"settings": {}}, {"settings": None},
        {"settings": {"width": "2", "max_new_tokens": 3}}, {"settings": {"width": 2, "max_new_tokens": 3, "more": 1}},
        {"settings": {"width": 2, "max_new_tokens": 3, "early_stopping": "soon"}},
    ],
    ids=str,
)  # fmt: skip
def test_a_broken_search_is_refused_in_a_sentence(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidLink, match=r"^This link cannot be shown: .+\.$"):
        Linked.read(link(*BRANCHES, search={**SEARCH, **change}))


@pytest.mark.parametrize("change", [{"width": 0}, {"width": 101}, {"length_penalty": 11.0}, {"max_new_tokens": -1}])
def test_so_is_one_out_of_range(change: dict[str, Any]) -> None:
    data = link(*BRANCHES, search={**SEARCH, "settings": {**SEARCH["settings"], **change}})  # type: ignore[dict-item]
    with pytest.raises(InvalidSettings):
        recalled(FakeLM(), data)


def test_a_scored_text_comes_back() -> None:
    trace = score(FakeLM(), "好きな<b>")
    assert recalled(FakeLM(), link(Branch("", 0, trace)))[0][0].trace == trace


def test_a_prompt_without_a_step_and_a_branch_that_is_a_beginning_of_another_come_back() -> None:
    bare = generate(FakeLM(), [BOS], 0)
    assert recalled(FakeLM(), link(Branch("", 0, bare)))[0][0].trace == bare
    waiting = TRUNK.fork(4, ())
    short = generate(FakeLM(), waiting, 0)
    assert recalled(FakeLM(), link(BRANCHES[0], Branch("", 4, short)))[0][1].trace == short


def test_what_was_drawn_with_several_settings_keeps_its_marks() -> None:
    """Gone on with, a branch has the settings of its last run; where the trunk was deleted, it stands alone."""
    assert recalled(FakeLM(), link(Branch("", 0, TWIG)))[0][0].trace == TWIG


def test_what_branches_share_is_read_once() -> None:
    lm = FakeLM()
    recalled(lm, link(*BRANCHES))
    assert sum(lm.passes) <= len(TRUNK.ids) + sum(len(b.trace.ids) - b.first_step for b in BRANCHES[1:])


@pytest.fixture(scope="module")
def small() -> LM:
    return load()


def test_the_embedded_models_branches_come_back_but_for_rounding(small: LM) -> None:
    trunk = generate(small, "The old man looked at the sea and", 24, Sampling(temperature=0.8, top_p=0.9, seed=1))
    forks = [generate(small, trunk.fork(at, trunk.steps[at].candidates[2].token.id), 12) for at in (6, 9)]
    assert any(step.cut for step in trunk.steps) and all(len(trace.steps) > 9 for trace in (trunk, *forks))
    found = Trace.from_json(beam(small, "The old man", 4, 8).to_json())
    branches = [Branch("", 0, trunk), Branch("a", 6, forks[0]), Branch("b", 9, forks[1])]
    again = [*recalled(load(), link(*branches))[0], *recalled(load(), link(Branch("", 0, found)))[0]]
    for one, other in zip(again, [*branches, Branch("", 0, found)], strict=True):
        assert (one.name, one.first_step) == (other.name, other.first_step)
        assert_same_numbers(one.trace, other.trace)


def test_a_hundred_random_branches_of_the_fake_model_come_back() -> None:
    for seed in range(100):
        trunk = generate(FakeLM(), [BOS, 2 + seed % 8], 6, Sampling(temperature=1.5, top_k=seed % 4, seed=seed))
        fork = generate(FakeLM(), trunk.fork(seed % 6, 2 + seed % 7), 3, Sampling(min_p=seed % 3 / 10, seed=seed))
        saved = Branch("", 0, trunk), Branch(str(seed), seed % 6, fork)
        assert recalled(FakeLM(), link(*saved, current=seed % 2)) == (saved, seed % 2)


ROW = row(Branch("", 0, TRUNK))


@pytest.mark.parametrize(
    "change",
    [
        {"ids": []}, {"ids": ["1"]}, {"ids": None}, {"ids": [[]]}, {"given": [99]}, {"given": [-1, 10]}, {"given": "x"},
        {"cut": [0]}, {"cut": [[99]] * 9}, {"cut": [[0, 2]] * 9}, {"cut": [["<script>"]] * 9}, {"end": "given"},
        {"end": "later"}, {"sampling": None}, {"sampling": {"heat": 2}}, {"from": -1}, {"from": 99},
        {"after": {"branch": 0, "steps": 3}}, {"after": {"branch": -1, "steps": 1}}, {"after": {"steps": 0}},
        {"name": 7}, {"text": 5}, {"candidates": "many"},
    ],
    ids=str,
)  # fmt: skip
def test_a_broken_branch_is_refused_in_a_sentence(change: dict[str, Any]) -> None:
    data = {"model": "fake", "revision": "1", "current": 0, "list": [{**ROW, **change}]}
    with pytest.raises(InvalidLink, match=r"^This link cannot be shown: .+\.$"):
        recalled(FakeLM(), data)


@pytest.mark.parametrize(
    "data",
    [
        None, 5, [], {}, {"list": []}, link(*BRANCHES, current=4), link(*BRANCHES, current=-1),
        link(*BRANCHES, current=True), link(*BRANCHES, model=None), link(*BRANCHES, list={}), link(*BRANCHES, page=3),
        link(BRANCHES[0], list=[ROW] * (MOST_BRANCHES + 1)),
        link(BRANCHES[0], list=[{**ROW, "candidates": 1_000}] * (MOST_CANDIDATES // len(TRUNK.steps) // 1_000 + 1)),
    ],
    ids=lambda data: str(data)[:30],
)  # fmt: skip
def test_a_link_that_is_none_or_too_much_is_refused_before_a_model_reads_it(data: Any) -> None:
    with pytest.raises(InvalidLink):
        Linked.read(data)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"ids": [BOS, 99], "given": [1], "cut": []}, UnknownToken),
        ({"ids": [BOS, -1], "given": [1], "cut": []}, UnknownToken),
        ({"ids": [BOS, 2**70], "given": [1], "cut": []}, UnknownToken),
        ({"ids": [BOS, *[2] * 40], "given": [40], "cut": []}, PromptTooLong),
        ({"text": "もとの文章"}, ForeignIds),
        ({"candidates": 1001}, InvalidSettings),
        ({"sampling": {"temperature": -1.0}}, InvalidSettings),
    ],
    ids=str,
)
def test_what_the_model_cannot_read_gets_its_own_sentence(change: dict[str, Any], error: type[TsuzukiError]) -> None:
    with pytest.raises(error):
        recalled(FakeLM(), {"model": "fake", "revision": "1", "current": 0, "list": [{**ROW, **change}]})


def test_another_revision_computes_the_same_ids_anew_and_says_so_by_its_own_name() -> None:
    found, _ = recalled(FakeLM(), link(BRANCHES[0], revision="older"))
    assert found[0].trace == TRUNK and found[0].trace.revision == "1"


def test_unknown_fields_say_nothing_and_the_text_of_a_link_is_known_without_its_model() -> None:
    data = link(*BRANCHES, current=1, more="<img src=x onerror=alert(1)>")
    data["list"][0]["more"] = [1]
    assert recalled(FakeLM(), data)[0] == BRANCHES
    assert Linked.read(data).text == FORK.text.replace("‹A1›", "\N{REPLACEMENT CHARACTER}")
    data["list"][1]["text"] = "あ" * 9_999
    assert len(Linked.read(data).text) <= 300
