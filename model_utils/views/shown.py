"""What a view shows, checked: the plain value that a page sends or a file holds, with the view's name and a title.

    {"view": "branches", "value": {…}}      saved branches (`branches`): as steps, or, where there are several, as a map
    {"view": "duel", "value": {…}}          a view of `assets/player/views/registry.js`, and what it takes

Leaves out: the pictures, and the models.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from ..errors import CannotRead, InvalidSettings, InvalidTrace, InvalidView
from ..trace.settings import Sampling
from ..trace.validate import Count, Name, Nats, Number, PerStep, Share, Words, Wrong, decode, reason_of, take, text_of
from ..trace.values import Trace
from ..trace.wire import WireToken, WireTokens, duel_to_value, from_wire, to_wire, token_from_wire
from .branches import Saved, decode_branches, from_value, to_value

Value = dict[str, Any]
Some = Meta(min_length=1, max_length=1_000)


class Shown(NamedTuple):
    view: str
    value: Value
    title: str


class _Spot(Struct, omit_defaults=True):
    step: Count = 0
    knobs: Sampling = Sampling()


class _Duel(Struct, forbid_unknown_fields=True):
    traces: Annotated[list[Value], Some]
    letters: Name


class _Tokens(Struct, forbid_unknown_fields=True):
    tokens: WireTokens
    text: Words


class _Side(Struct, forbid_unknown_fields=True):
    model: Name
    chat: bool
    trace: Value


class _Models(Struct, forbid_unknown_fields=True):
    sides: Annotated[list[_Side], Meta(min_length=1, max_length=2)]


class _Point(Struct, forbid_unknown_fields=True):
    name: Name
    step: Count
    tokens: Count
    trace: Value


class _Learning(Struct, forbid_unknown_fields=True):
    model: Name
    curve: Annotated[list[tuple[Count, Nats]], PerStep]
    points: Annotated[list[_Point], Some]


class _Way(Struct, forbid_unknown_fields=True):
    tokens: WireTokens
    logprob: Number


class _Spelling(Struct, forbid_unknown_fields=True):
    text: Words
    probability: Share
    missed: Number
    count: Count
    part_of: tuple[Count, Count] | None
    ways: Annotated[list[_Way], PerStep]


class _Answer(Struct, forbid_unknown_fields=True):
    probability: Share
    missed: Number
    spellings: Annotated[list[_Spelling], Some]


class _Answers(Struct, forbid_unknown_fields=True):
    model: Name
    revision: Name
    prompt: Words
    rest: Share
    missed: Number
    answers: Annotated[list[_Answer], Some]


class _File(Struct):
    branches: msgspec.Raw | UnsetType = UNSET


class _Asked(Struct, forbid_unknown_fields=True):
    view: Literal["branches", "tokens", "duel", "models", "learning", "answers"]
    value: Value


def read_shown(data: Any) -> Shown:
    """Read a page's request. Raises InvalidView, and InvalidTrace for its traces."""
    try:
        asked = take(data, _Asked)
        shown = (
            shown_branches(from_value(asked.value)) if asked.view == "branches" else _READERS[asked.view](asked.value)
        )
    except (ValueError, InvalidSettings) as error:
        raise InvalidView(reason=reason_of(error)) from None
    return shown


def read_shown_file(path: Path) -> Shown:
    """From a saved trace, or saved branches. Raises CannotRead and InvalidTrace."""
    try:
        raw = path.read_bytes()
    except OSError:
        raise CannotRead(path=path) from None
    saved = read_saved(raw)
    return shown_branches(saved) if isinstance(saved, Saved) else shown_trace(saved)


def read_saved(raw: bytes) -> Trace | Saved:
    """The trace or branches of a file with any byte-order mark. Raises InvalidTrace."""
    try:
        text = text_of(raw)
        has_branches = decode(text, _File).branches is not UNSET
    except (Wrong, UnicodeError) as error:
        raise InvalidTrace(reason=reason_of(error)) from None
    return decode_branches(text) if has_branches else Trace.from_json(text)


def shown_trace(trace: Trace) -> Shown:
    return Shown("step" if trace.sampling else "score", to_wire(trace), trace.text)


def shown_branches(saved: Saved) -> Shown:
    """Branches at their saved step: as a map if there are several or a search, else like a single trace."""
    trace = saved.branches[saved.current].trace
    has_map = len(saved.branches) > 1 or saved.search
    view = "map" if has_map else "step" if trace.sampling else "score"
    return Shown(view, to_value(*saved[:3], page=_spot(saved.page)), trace.text)


def _spot(page: Value | None) -> Value | None:
    """Step and knobs of the page's state; None if they are invalid."""
    with suppress(Wrong, InvalidSettings):
        spot: Value = msgspec.to_builtins(take(page, _Spot))
        return spot
    return None


def shown_duel(traces: list[Trace], letters: str) -> Shown:
    return Shown("duel", duel_to_value(traces, letters), " / ".join(trace.text for trace in traces))


def _read_duel(value: Value) -> Shown:
    duel = take(value, _Duel)
    if len(duel.letters) < len(duel.traces):
        raise ValueError("there are fewer letters than texts")
    return shown_duel(list(map(from_wire, duel.traces)), duel.letters)


def _read_tokens(value: Value) -> Shown:
    tokens = take(value, _Tokens)
    _check_tokens(tokens.tokens)
    return Shown("tokens", msgspec.to_builtins(tokens), tokens.text)


def _read_models(value: Value) -> Shown:
    sides = take(value, _Models).sides
    traces = [from_wire(side.trace) for side in sides]
    shown = [
        {"model": side.model, "chat": side.chat, "trace": to_wire(trace)}
        for side, trace in zip(sides, traces, strict=True)
    ]
    return Shown("models", {"sides": shown}, " / ".join(dict.fromkeys(side.model for side in sides)))


def _read_learning(value: Value) -> Shown:
    learning = take(value, _Learning)
    traces = [from_wire(point.trace) for point in learning.points]
    if len({len(trace.steps) for trace in traces}) > 1:
        raise ValueError("its checkpoints read different texts")
    points = [
        {"name": point.name, "step": point.step, "tokens": point.tokens, "trace": to_wire(trace)}
        for point, trace in zip(learning.points, traces, strict=True)
    ]
    curve = [list(point) for point in learning.curve]
    return Shown("learning", {"model": learning.model, "curve": curve, "points": points}, traces[-1].text)


def _read_answers(value: Value) -> Shown:
    answers = take(value, _Answers)
    for spelling in (one for answer in answers.answers for one in answer.spellings):
        for way in spelling.ways:
            _check_tokens(way.tokens)
        if spelling.part_of:
            answer, at = spelling.part_of
            if not (answer < len(answers.answers) and at < len(answers.answers[answer].spellings)):
                raise ValueError(f"“{spelling.text}” is part of a spelling that is not there")
    return Shown("answers", msgspec.to_builtins(answers), answers.prompt)


def _check_tokens(rows: list[WireToken]) -> None:
    for row in rows:
        token_from_wire(row)


_READERS: Mapping[str, Any] = {
    "tokens": _read_tokens,
    "duel": _read_duel,
    "models": _read_models,
    "learning": _read_learning,
    "answers": _read_answers,
}
