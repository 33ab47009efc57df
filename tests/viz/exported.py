"""A plain value for each view, written by hand, and the same with markup in every text it has."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from model_utils.trace.values import Trace
from model_utils.trace.wire import to_wire, token_to_wire
from model_utils.views.protocol.branches import Branch, branches_to_wire
from model_utils.views.tokens import tokens_to_wire
from tests.viz.duels import CHEST, GRAPE
from tests.viz.fakes import (
    AWKWARD,
    AWKWARD_TRACE,
    ENGLISH_TRACE,
    HOSTILE,
    JAPANESE,
    JAPANESE_TRACE,
    SCORED_TRACE,
    scored,
    token,
)

MARKUP = "".join(HOSTILE)


def branches(*traces: Trace, names: tuple[str, ...] = ("first", "second")) -> dict[str, Any]:
    return branches_to_wire(tuple(Branch(name, 0, trace) for name, trace in zip(names, traces, strict=True)), 0)


def answers(prompt: str, *texts: str) -> dict[str, Any]:
    way = {"tokens": [list(token_to_wire(token(texts[0], 7)))], "logprob": -1.5}
    spellings = [
        {"text": text, "probability": 0.2, "missed": 0.0, "count": 1, "part_of": None, "ways": [way]} for text in texts
    ]
    listed = [{"probability": 0.2, "missed": 0.0, "spellings": [one]} for one in spellings]
    return {"model": "small", "revision": "1", "prompt": prompt, "rest": 0.6, "missed": 0.0, "answers": listed}


def models(*sides: tuple[str, Trace]) -> dict[str, Any]:
    return {"sides": [{"model": name, "chat": True, "trace": to_wire(trace)} for name, trace in sides]}


def learning(name: str, trace: Trace) -> dict[str, Any]:
    points = [{"name": name, "step": step, "tokens": step * 100, "trace": to_wire(trace)} for step in (0, 8)]
    return {"model": name, "curve": [[100, 9.0], [800, 5.0]], "points": points}


VALUES: dict[str, dict[str, Any]] = {
    "step": to_wire(ENGLISH_TRACE),
    "score": to_wire(SCORED_TRACE),
    "map": branches(JAPANESE_TRACE, scored([*JAPANESE[:6], "？"])),
    "tokens": tokens_to_wire(JAPANESE_TRACE.tokens),
    "duel": {"traces": [to_wire(GRAPE), to_wire(CHEST)], "letters": "AB"},
    "answers": answers("ペットに", "犬", "猫"),
    "models": models(("one", GRAPE), ("other", CHEST)),
    "learning": learning("micro", GRAPE),
}

_EVIL = replace(AWKWARD_TRACE, model=MARKUP, revision=MARKUP)
_READ = replace(scored(AWKWARD, context=AWKWARD_TRACE.context), model=MARKUP, revision=MARKUP)
HOSTILE_VALUES: dict[str, dict[str, Any]] = {
    "step": to_wire(_EVIL),
    "score": to_wire(_READ),
    "map": branches(_EVIL, _READ, names=(MARKUP, MARKUP)),
    "tokens": tokens_to_wire(_EVIL.tokens),
    "duel": {"traces": [to_wire(_READ), to_wire(_READ)], "letters": "<&"},
    "answers": answers(MARKUP, MARKUP, f"{MARKUP}."),
    "models": models((MARKUP, _READ), (MARKUP, _READ)),
    "learning": learning(MARKUP, _READ),
}
