"""Branches as a page sends and saves them: nothing is lost, what they share is written once, nothing else gets in.

Leaves out: the beam search beside them (`test_beam_wire`).
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Sequence
from itertools import takewhile
from time import process_time
from typing import Any

import pytest
from msgspec.structs import replace

from model_utils import Sampling, Trace, TsuzukiError, generate
from model_utils.errors import InvalidFork, InvalidTrace, UnknownToken
from model_utils.trace.validate import MOST_BRANCHES
from model_utils.views.protocol.branches import (
    MOST_STEPS_TOGETHER,
    Ask,
    Branch,
    Saved,
    branches_from_wire,
    branches_to_wire,
)
from model_utils.views.protocol.shown import read_saved
from tests.fakes import BOS, FakeLM
from tests.viz.many import many_branches

TRACE = generate(FakeLM(), "好きな", 8, Sampling(seed=3))
FORKS = [generate(FakeLM(), TRACE.fork(step, 5), 4, Sampling(seed=1)) for step in (2, 6)]
BRANCHES = (Branch("", 0, TRACE), Branch("<b>", 2, FORKS[0]), Branch("三", 6, FORKS[1]))


def test_branches_come_back_as_they_went() -> None:
    for saved in (Saved(BRANCHES, 2), Saved(BRANCHES, 0, None, {"view": "map"})):
        assert branches_from_wire(json.loads(json.dumps(branches_to_wire(*saved)))) == saved


def test_what_branches_share_is_written_once() -> None:
    written = [len(row["trace"]["steps"]) for row in branches_to_wire(BRANCHES, 0)["branches"]]
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
        branches_from_wire({**branches_to_wire(BRANCHES, 0), **change})


@pytest.mark.parametrize(
    "after", [{"branch": 1, "steps": 2}, {"branch": 0, "steps": 99}, {"branch": -1, "steps": 1}, 5]
)
def test_a_branch_from_nowhere_is_refused(after: Any) -> None:
    data = branches_to_wire(BRANCHES, 0)
    data["branches"][1]["trace"]["after"] = after
    with pytest.raises(TsuzukiError):
        branches_from_wire(data)


def test_reading_leaves_what_it_reads_as_it_is_and_shares_the_steps_themselves() -> None:
    data = branches_to_wire(BRANCHES, 0)
    before = copy.deepcopy(data)
    trunk, fork, _ = branches_from_wire(data).branches
    assert data == before
    assert all(one is other for one, other in zip(trunk.trace.steps[:2], fork.trace.steps[:2], strict=True))


def afters(traces: Sequence[Trace]) -> list[tuple[int, int]]:
    """One with another, step by step: of each trace the first one before it that has most in common with it."""
    found = []
    for number, trace in enumerate(traces):
        shared = [
            len(list(takewhile(lambda pair: pair[0] == pair[1], zip(before.steps, trace.steps, strict=False))))
            * ((before.model, before.context) == (trace.model, trace.context))
            for before in traces[:number]
        ]
        most = max(shared, default=0)
        found.append((shared.index(most) if most else 0, most))
    return found


def apart(trace: Trace) -> Trace:
    """The same, and no object in common."""
    return Trace.from_json(trace.to_json())


MIXES: dict[str, Callable[[Trace], Trace]] = {
    "the same objects": lambda trace: trace,
    "no object in common": apart,
    "some of another model": lambda trace: replace(trace, model="other") if len(trace.steps) % 2 else trace,
    "some objects in common": lambda trace: apart(trace) if len(trace.steps) % 2 else trace,
}


@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
@pytest.mark.parametrize("seed", range(5))
def test_what_branches_share_is_found_as_by_comparing_all_pairs(seed: int, mix: Callable[[Trace], Trace]) -> None:
    traces = [branch.trace for branch in many_branches(40)]
    traces += [replace(trace, steps=trace.steps[: len(trace.steps) // 2]) for trace in traces[::3]]
    random.Random(seed).shuffle(traces)
    traces = list(map(mix, traces))
    saved = Saved(tuple(Branch("", 0, trace) for trace in traces), 0)
    written = branches_to_wire(*saved)
    told = [row["trace"]["after"] for row in written["branches"]]
    assert [(after["branch"] if after["steps"] else 0, after["steps"]) for after in told] == afters(traces)
    assert branches_from_wire(json.loads(json.dumps(written))) == saved


def file_of(steps: int, branches: int, own_steps: int) -> bytes:
    """A trunk, and so many branches behind all of it: each behind the one before, if it has steps of its own."""
    trace = json.loads(replace(TRACE, steps=TRACE.steps[:1]).to_json())
    (step,) = trace.pop("steps")
    rows = [{"name": "", "from": 0, "trace": {**trace, "steps": [step] * steps}}]
    for number in range(branches):
        after = {"branch": number, "steps": steps + number * own_steps} if own_steps else {"branch": 0, "steps": steps}
        rows.append({"name": "", "from": 0, "trace": {**trace, "steps": [step] * own_steps, "after": after}})
    return json.dumps({"schema": 1, "current": 0, "branches": rows}).encode()


def seconds(raw: bytes) -> float:
    """Of this process, to read and to write a file: the least of five."""
    taken = []
    for _ in range(5):
        begun = process_time()
        branches_to_wire(*read_saved(raw))
        taken.append(process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("own_steps", [0, 1], ids=["all behind one", "each behind the one before"])
def test_a_file_of_twice_the_size_takes_twice_the_time(own_steps: int) -> None:
    small, large = file_of(1_000, 140, own_steps), file_of(2_000, 280, own_steps)
    assert 1.9 < len(large) / len(small) < 2.1
    assert seconds(large) < 3 * seconds(small)


TOO_MANY = {
    "branches": file_of(3, MOST_BRANCHES, 0),
    "branches, each behind the one before": file_of(1, 8_000, 1),
    "steps together": file_of(MOST_STEPS_TOGETHER // 200, 250, 0),
}


@pytest.mark.parametrize("raw", TOO_MANY.values(), ids=TOO_MANY)
def test_more_than_a_page_shows_is_refused_before_it_is_joined(raw: bytes) -> None:
    begun = process_time()
    with pytest.raises(InvalidTrace):
        read_saved(raw)
    assert process_time() - begun < 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"model": "other"}, "branch 1: it goes on behind steps of another model"),
        ({"vocab_size": 11}, "branch 1: it goes on behind steps of another model"),
        ({"after": {"branch": 0, "steps": 99}}, "branch 1: it goes on behind a step that is not there"),
        ({"after": {"branch": 1, "steps": 1}}, "branch 1: it goes on behind a branch that is not there"),
    ],
)
def test_a_branch_that_cannot_be_joined_says_why(change: dict[str, Any], reason: str) -> None:
    data = branches_to_wire(BRANCHES, 0)
    data["branches"][1]["trace"] |= change
    if "vocab_size" in change:
        for step in data["branches"][1]["trace"]["steps"]:
            step["tail"] = None
    with pytest.raises(InvalidTrace, match=reason):
        branches_from_wire(data)


PAGES: dict[str, Any] = {
    "nested deeply": json.loads("[" * 300 + "]" * 300),
    "a number without an end": 10**400,
    "not a number": float("nan"),
    "half of a character": "\ud800",
}


@pytest.mark.parametrize("value", PAGES.values(), ids=PAGES)
def test_what_the_page_adds_is_bounded_too(value: Any) -> None:
    with pytest.raises(InvalidTrace):
        branches_from_wire({**branches_to_wire(BRANCHES, 0), "page": {"v": 1, "more": [value]}})
