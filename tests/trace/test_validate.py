"""Every number, text and list that comes in has a bound in its type, or is checked when it becomes a value."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from msgspec.inspect import (
    BytesType,
    DictType,
    Field,
    FloatType,
    IntType,
    ListType,
    StrType,
    StructType,
    TupleType,
    Type,
    UnionType,
    multi_type_info,
)  # fmt: skip

from model_utils.errors import InvalidFork, InvalidLink, InvalidView
from model_utils.remote.completions import answers
from model_utils.remote.ray import messages
from model_utils.trace import wire, wire_steps
from model_utils.trace.validate import LARGEST, Wrong, check_plain, decode, take
from model_utils.views import registry
from model_utils.views.protocol import beam_wire, branches, links, shown
from model_utils.views.protocol.branches import Ask
from model_utils.views.protocol.links import Linked
from model_utils.views.registry import read_shown

from ..views.test_branches import ask

VIEWS = [sys.modules[view.inputs.__module__] for view in registry.VIEWS.values()]
MODULES = branches, links, beam_wire, shown, registry, *VIEWS, wire, wire_steps, answers, messages
BY_A_VOCABULARY = {"Ask.ids", "Ask.then", "LinkedBranch.ids"}
BY_SEARCH = {"WireSearch.steps", "WireSequence.logprob", "WireSequence.score"}
AS_PLAIN_DATA = {"Linked.page", "_WireBranches.page"}
TYPED_LATER = {"_Sent.value", "_Duel.traces", "_Side.trace", "_Point.trace"}
CHECKED_OTHERWISE = BY_A_VOCABULARY | BY_SEARCH | AS_PLAIN_DATA | TYPED_LATER


def incoming() -> list[type[Struct]]:
    """All forms of data that come in, by the modules that read them."""
    own = [(module, value) for module in MODULES for value in vars(module).values() if isinstance(value, type)]
    found = [kind for module, kind in own if issubclass(kind, Struct) and kind.__module__ == module.__name__]
    return [kind for kind in found if kind.__name__ not in ("Branch", "Search", "Inputs")]


def unbounded(kind: Type) -> Iterator[Type]:
    match kind:
        case IntType(ge=low, le=high) | FloatType(ge=low, le=high):
            if low is None or high is None:
                yield kind
        case StrType(max_length=None) | BytesType(max_length=None) | DictType(max_length=None):
            yield kind
        case DictType(key_type=key, value_type=value):
            yield from (*unbounded(key), *unbounded(value))
        case ListType(item_type=item, max_length=most):
            if most is None:
                yield kind
            yield from unbounded(item)
        case TupleType(item_types=items) | UnionType(types=items):
            for item in items:
                yield from unbounded(item)
        case StructType():
            """Among the forms itself, or checked at birth."""


def fields() -> Iterator[tuple[str, Field]]:
    for form in multi_type_info(incoming()):
        assert isinstance(form, StructType)
        yield from ((f"{form.cls.__name__}.{field.name}", field) for field in form.fields)


def test_every_form_of_what_comes_in_has_bounds() -> None:
    names = {name for name, field in fields() if list(unbounded(field.type))}
    assert names == CHECKED_OTHERWISE and len(list(fields())) > 90


def test_forms_within_forms_are_among_them_or_checked_at_birth() -> None:
    within = {inner.cls for _, field in fields() for inner in structs(field.type)}
    others = within - set(incoming())
    assert {kind.__name__ for kind in others} <= {"Sampling", "BeamSettings"}


def structs(kind: Type) -> Iterator[StructType]:
    match kind:
        case StructType():
            yield kind
        case ListType(item_type=item):
            yield from structs(item)
        case TupleType(item_types=items) | UnionType(types=items):
            for item in items:
                yield from structs(item)


MILLION = "x" * 4_000_000
ASKS: dict[str, dict[str, Any]] = {
    "of": {"of": MILLION},
    "branch": {"branch": MILLION},
    "model": {"model": MILLION},
    "text": {"text": MILLION},
    "ids": {"ids": [1] * 2_000_000},
    "then": {"then": [1] * 2_000_000},
    "width": {"width": 10**300},
    "length penalty": {"length_penalty": 1e300},
    "half of a character": {"of": "\ud800"},
}


@pytest.mark.parametrize("change", ASKS.values(), ids=ASKS)
def test_what_a_page_asks_for_is_no_larger_than_a_page_writes_it(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidFork):
        Ask.read(ask(**change))


ROW: dict[str, Any] = {"ids": [0, 2], "end": "given", "given": [1]}
ROWS: dict[str, dict[str, Any]] = {
    "runs of no step": {"given": [1] + [0] * 1_000_000},
    "runs": {"given": [0] * 2_000_000},
    "cut": {"cut": [[1] * 2_000]},
    "name": {"name": MILLION},
    "text": {"text": MILLION},
    "ids": {"ids": [2] * 2_000_000},
}


@pytest.mark.parametrize("change", ROWS.values(), ids=ROWS)
def test_so_is_a_link(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidLink):
        Linked.read({"model": "fake", "revision": "1", "current": 0, "list": [{**ROW, **change}]})


def test_branches_of_a_link_that_share_more_than_is_gone_over_are_refused() -> None:
    trunk = {"ids": [0] + [2] * 2_000, "end": "given", "given": [2_000], "candidates": 0}
    fork = {"ids": [], "end": "given", "after": {"branch": 0, "steps": 2_000}, "candidates": 0}
    with pytest.raises(InvalidLink, match="more than 200000 steps together"):
        Linked.read({"model": "fake", "revision": "1", "current": 0, "list": [trunk, *[fork] * 100]})


NO_JSON = {"nan": math.nan, "inf": math.inf, "half": "\ud800", "object": object(), "digits": 10**5_000}


@pytest.mark.parametrize("value", NO_JSON.values(), ids=NO_JSON)
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    with pytest.raises(InvalidView):
        read_shown({"view": "tokens", "value": {"tokens": [[value, "", "", False]], "text": "x"}})
    with pytest.raises(InvalidView):
        read_shown({"view": "tokens", "value": {"tokens": [], "text": value}})


@pytest.mark.parametrize("value", [LARGEST + 1, -LARGEST - 1, 1e300, math.nan, math.inf, 10**400])
def test_plain_data_holds_no_number_that_a_page_cannot_read(value: Any) -> None:
    with pytest.raises(Wrong, match="too large"):
        check_plain({"a": [{"b": value}]})


def test_plain_data_is_not_nested_deeply_and_may_be_wide() -> None:
    check_plain(None)
    check_plain({str(at): [True, "x", at, 0.5, None] for at in range(10_000)})
    for opened, closed in (("[", "]"), ('{"a":', "}")):
        check_plain(json.loads(opened * 40 + "1" + closed * 40))
        with pytest.raises(Wrong, match="nested too deeply"):
            check_plain(json.loads(opened * 200 + "1" + closed * 200))


@pytest.mark.parametrize("kind", [int, float, str, dict, list, object, msgspec.Raw])
@pytest.mark.parametrize(
    "text", [b"[" * 200_000, b'{"a":' * 200_000, b"9" * 200_000, b"", b"\xff", b'"\\ud800"', b"1e999"]
)
def test_what_is_no_json_is_wrong_and_nothing_else(text: bytes, kind: type) -> None:
    for given in (text, text.decode("latin-1")):
        try:
            decode(given, kind)
        except Wrong:
            continue
        assert kind is msgspec.Raw or text == b"\xff"


def test_nesting_is_wrong_and_nothing_else() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Wrong, match="nested too deeply"):
        take(deep, list)
