"""A continuation in pieces: joined, they are the trace; and a page that missed some of them soon has them all."""

from __future__ import annotations

from typing import Any

import pytest

from model_utils import Sampling, generate
from model_utils.trace.values import from_wire
from model_utils.views.protocol import jobs as module
from model_utils.views.protocol.jobs import WHOLE_AGAIN, run_parts
from tests.fakes import FakeLM

PROMPT = "好きなx"
LENGTH = 60


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Each token sent by itself."""
    monkeypatch.setattr(module, "REFRESH_SECONDS", -1.0)
    lm = FakeLM(context_length=None)
    return [part for part in run_parts(lm, PROMPT, LENGTH, Sampling(seed=1), branch="b") if part]


def reach(part: dict[str, Any]) -> int:
    return int(part["after"]["steps"]) + len(part["steps"])


def test_the_parts_are_the_trace(parts: list[dict[str, Any]]) -> None:
    expected = generate(FakeLM(context_length=None), PROMPT, LENGTH, Sampling(seed=1))
    known = 0
    for part in parts:
        assert part["after"]["steps"] <= known, "nothing is left out"
        known = reach(part)
    whole = {key: value for key, value in parts[-1].items() if key not in ("after", "branch")}
    assert parts[-1]["after"]["steps"] == 0 and from_wire(whole) == expected


def test_whatever_got_lost_is_there_again_soon(parts: list[dict[str, Any]]) -> None:
    for lost in range(1, len(parts) - 1):
        after = next(part for part in parts[lost:] if part["after"]["steps"] == 0)
        assert reach(after) <= WHOLE_AGAIN * reach(parts[lost - 1]) + 1


def test_going_on_sends_nothing_that_the_page_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFRESH_SECONDS", -1.0)
    lm = FakeLM(context_length=None)
    trace = generate(lm, PROMPT, 5, Sampling(seed=1))
    found = [part for part in run_parts(lm, trace.fork(7, 4), LENGTH, Sampling(seed=1), known_steps=8) if part]
    assert min(part["after"]["steps"] for part in found) == 8 and found[-1]["after"]["steps"] == 8
    assert sum(len(part["steps"]) for part in found) < 4 * LENGTH
