"""What an earlier version wrote is read, and written again to the same bytes: traces, branches, values, pages, tables.

Leaves out: computing it again (`test_same_numbers`), what a browser writes (`tests/player/test_recorded.py`), and the
words of the page, which may change.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from model_utils import Trace, candidates_to_csv, to_csv
from model_utils.trace.values import from_wire
from model_utils.trace.wire import to_wire
from model_utils.views.protocol.branches import branches_from_wire, branches_to_wire, decode_branches
from model_utils.views.protocol.shown import read_saved
from model_utils.views.registry import read_shown
from viz import hand_out_to_html, to_html, view_to_html
from viz.pages.plain import trace_table, trace_text

from .records import data_of, data_of_notebook, read, without_tails, without_words, written

TRACES, VIEWS, BRANCHES, SCHEMA1 = map(read, ("traces", "views", "branches", "schema1"))
LANGUAGES = ("en", "ja")


@pytest.fixture(params=TRACES)
def recorded(request: pytest.FixtureRequest) -> tuple[Trace, dict[str, Any]]:
    record = TRACES[request.param]
    return Trace.from_json(record["wire"]), record


def test_a_trace_is_the_same_json(recorded) -> None:
    trace, record = recorded
    assert trace.to_json() == record["wire"] == read_saved(record["wire"].encode()).to_json()
    assert from_wire(json.loads(record["wire"])) == trace == from_wire(to_wire(trace))


def test_a_trace_is_the_same_csv(recorded) -> None:
    trace, record = recorded
    assert (to_csv(trace), candidates_to_csv(trace)) == (record["csv"], record["candidates"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trace_has_the_same_rows_without_scripts(recorded, language) -> None:
    trace, record = recorded
    rows = [re.findall("<td>.*?</td>", table) for table in (trace_table(trace, language), record["table"][language])]
    assert rows[0] == rows[1] and len(rows[0]) == 5 * len(trace.steps)
    now, then = trace_text(trace, language).split("\n"), record["text"][language].split("\n")
    # Between the text and its rows stand words; how far the columns are apart depends on them.
    assert [now[0], *map(str.split, now[4:])] == [then[0], *map(str.split, then[4:])]


def test_pages_of_a_trace_hold_the_same_data(recorded) -> None:
    trace, record = recorded
    assert data_of(to_html(trace, "ja")) == without_words(record["page"])
    assert data_of(hand_out_to_html(trace, "en")) == without_words(record["hand_out"])
    assert data_of_notebook(trace._repr_html_() or "") == record["notebook"]


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_shows_and_exports_the_same(name) -> None:
    record, asked = VIEWS[name], VIEWS[name]["asked"]
    kind = "branches" if asked["view"] == "map" else asked["view"]
    shown = read_shown({"view": kind, "value": json.loads(record["value"])})
    assert written({"view": shown.view, "value": shown.value, "title": shown.title}) == record["shown"]
    page = view_to_html(asked["view"], shown.value, asked["language"], title=shown.title)
    assert data_of(page) == without_words(record["page"])


@pytest.mark.parametrize(
    "record",
    [*BRANCHES.values(), *(record for record in VIEWS.values() if record["asked"]["view"] == "map")],
    ids=[*BRANCHES, *(name for name in VIEWS if VIEWS[name]["asked"]["view"] == "map")],
)
def test_saved_branches_are_the_same_file(record) -> None:
    saved = decode_branches(record["value"])
    assert written(branches_to_wire(*saved)) == record["value"]
    assert branches_from_wire(json.loads(record["value"])) == saved == read_saved(record["value"].encode())


@pytest.mark.parametrize("name", BRANCHES)
def test_saved_branches_are_shown_and_exported_the_same(name) -> None:
    record = BRANCHES[name]
    shown = read_shown({"view": "branches", "value": json.loads(record["value"])})
    assert written({"view": shown.view, "value": shown.value, "title": shown.title}) == record["shown"]
    assert data_of(view_to_html(shown.view, shown.value, "en", title=shown.title)) == without_words(record["page"])


@pytest.mark.parametrize("name", SCHEMA1["traces"])
def test_a_trace_of_the_form_before_says_the_same(name) -> None:
    """But for the boxes of its tails, which were cut otherwise."""
    raw, trace = SCHEMA1["traces"][name], Trace.from_json(SCHEMA1["traces"][name])
    now = Trace.from_json(TRACES[name]["wire"])
    assert json.loads(raw)["schema"] == 1 and without_tails(trace) == without_tails(now)
    for step, same in zip(trace.steps, now.steps, strict=True):
        assert (step.tail.count, step.tail.shift) == (same.tail.count, same.tail.shift)
    assert Trace.from_json(trace.to_json()) == trace == from_wire(to_wire(trace))


def test_an_example_of_the_form_before_says_the_same() -> None:
    record = SCHEMA1["example"]
    trace = Trace.from_json(record["wire"])
    assert (to_csv(trace), candidates_to_csv(trace)) == (record["csv"], record["candidates"])
    assert from_wire(json.loads(data_of(to_html(trace)))["value"]) == trace


@pytest.mark.parametrize("name", [*SCHEMA1["branches"], "map-fake"])
def test_saved_branches_of_the_form_before_say_the_same(name) -> None:
    now = decode_branches((BRANCHES | VIEWS)[name]["value"])
    saved = decode_branches((SCHEMA1["branches"] | SCHEMA1["views"])[name])
    assert (saved.current, saved.search, saved.page) == (now.current, now.search, now.page)
    for one, other in zip(saved.branches, now.branches, strict=True):
        assert (one.name, one.first_step) == (other.name, other.first_step)
        assert without_tails(one.trace) == without_tails(other.trace)
    assert branches_from_wire(branches_to_wire(*saved)) == saved


@pytest.mark.parametrize("name", [name for name in SCHEMA1["views"] if name != "map-fake"])
def test_a_view_of_the_form_before_says_the_same(name) -> None:
    view = VIEWS[name]["asked"]["view"]
    then, now = json.loads(SCHEMA1["views"][name]), json.loads(VIEWS[name]["value"])
    shown = read_shown({"view": view, "value": then})
    assert shown.title == json.loads(VIEWS[name]["shown"])["title"]
    found, expected = (
        [row.get("trace", row) for row in one.get("traces", one.get("sides"))] for one in (shown.value, now)
    )
    for one, other in zip(found, expected, strict=True):
        assert without_tails(from_wire(one)) == without_tails(from_wire(other))
