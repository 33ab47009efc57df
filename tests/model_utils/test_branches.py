"""Branches as a page sends and saves them: nothing is lost, what they share is written once, nothing else gets in.

Leaves out: the beam search beside them (`test_searches`).
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from model_utils import Sampling, TsuzukiError, generate
from model_utils.branches import Ask, Branch, Saved, from_value, to_value
from model_utils.errors import InvalidFork, InvalidTrace, UnknownToken
from tests.fakes import BOS, FakeLM

TRACE = generate(FakeLM(), "好きな", 8, Sampling(seed=3))
FORKS = [generate(FakeLM(), TRACE.fork(step, 5), 4, Sampling(seed=1)) for step in (2, 6)]
BRANCHES = (Branch("", 0, TRACE), Branch("<b>", 2, FORKS[0]), Branch("三", 6, FORKS[1]))


def test_branches_come_back_as_they_went() -> None:
    for saved in (Saved(BRANCHES, 2), Saved(BRANCHES, 0, None, {"view": "map"})):
        assert from_value(json.loads(json.dumps(to_value(*saved)))) == saved


def test_what_branches_share_is_written_once() -> None:
    written = [len(row["trace"]["steps"]) for row in to_value(BRANCHES, 0)["branches"]]
    assert written == [len(TRACE.steps), len(FORKS[0].steps) - 2, len(FORKS[1].steps) - 6]


def ask(**changes: Any) -> dict[str, Any]:
    return {"branch": "b2", "model": "fake", "revision": "1", "ids": list(TRACE.ids[:4]), "text": "な", **changes}


def test_a_page_goes_on_by_ids_and_gets_what_it_does_not_have() -> None:
    lm = FakeLM()
    asked = Ask.read(ask())
    assert asked.known_steps == 3
    trace = generate(lm, asked.fork(lm), 3, Sampling(seed=3))
    expected = generate(FakeLM(), TRACE.fork(3, lm.encode_on("な")), 3, Sampling(seed=3))
    assert trace.ids == expected.ids and trace.steps[3:] == expected.steps[3:]
    assert len(generate(lm, Ask.read(ask(text="")).fork(lm), 2, Sampling(seed=3)).steps) == 5


@pytest.mark.parametrize(
    "change", [{"ids": []}, {"ids": ["x"]}, {"ids": None}, {"text": 7}, {"branch": None}, {"model": {}}]
)
def test_a_broken_ask_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidFork):
        Ask.read(ask(**change))
    with pytest.raises(InvalidFork):
        Ask.read(None)


def test_ids_that_the_model_does_not_have_and_another_model_are_refused() -> None:
    lm = FakeLM()
    with pytest.raises(UnknownToken):
        Ask.read(ask(ids=[BOS, 10])).fork(lm)
    with pytest.raises(InvalidFork):
        generate(lm, Ask.read(ask(revision="2")).fork(lm), 1)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 9},
        {"current": 3},
        {"current": -1},
        {"branches": []},
        {"branches": [{"name": "x"}]},
        {"more": 1},
        {"branches": None},
    ],
)
def test_a_file_that_is_not_branches_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidTrace):
        from_value({**to_value(BRANCHES, 0), **change})


@pytest.mark.parametrize(
    "after", [{"branch": 1, "steps": 2}, {"branch": 0, "steps": 99}, {"branch": -1, "steps": 1}, 5]
)
def test_a_branch_from_nowhere_is_refused(after: Any) -> None:
    data = to_value(BRANCHES, 0)
    data["branches"][1]["trace"]["after"] = after
    with pytest.raises(TsuzukiError):
        from_value(data)
