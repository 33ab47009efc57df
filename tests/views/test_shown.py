"""What a page sends to be saved, and what a file holds: what is right comes back the same, nothing else comes in."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from model_utils.errors import CannotRead, InvalidTrace, InvalidView
from model_utils.views.protocol.shown import read_shown_file
from model_utils.views.registry import read_shown
from tests.viz.exported import HOSTILE_VALUES, VALUES, branches
from tests.viz.fakes import ENGLISH_TRACE, JAPANESE_TRACE, SCORED_TRACE

SENT = ("tokens", "duel", "answers", "models", "learning")


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("view", SENT)
@pytest.mark.parametrize("values", [VALUES, HOSTILE_VALUES], ids=["plain", "hostile"])
def test_a_value_comes_back_as_it_was(values, view):
    value = plain(values[view])
    shown = read_shown({"view": view, "value": copy.deepcopy(value)})
    assert (shown.view, plain(shown.value)) == (view, value)


@pytest.mark.parametrize(
    ("value", "view", "title"),
    [
        (branches(ENGLISH_TRACE, names=("one",)), "step", ENGLISH_TRACE.text),
        (branches(SCORED_TRACE, names=("one",)), "score", SCORED_TRACE.text),
        (branches(JAPANESE_TRACE, ENGLISH_TRACE), "map", JAPANESE_TRACE.text),
    ],
)
def test_branches_get_a_map_where_there_are_several(value, view, title):
    shown = read_shown({"view": "branches", "value": plain(value)})
    assert (shown.view, shown.title) == (view, title)


def broken(view: str, change: Any) -> dict[str, Any]:
    value = plain(VALUES[view])
    change(value)
    return {"view": view, "value": value}


BROKEN: list[Any] = [
    None,
    [],
    {"view": "duel"},
    {"view": "score", "value": {}},
    {"view": "<b>", "value": {}},
    {"view": "branches", "value": {}},
    {"view": "branches", "value": {"schema": 1, "current": 0, "branches": []}},
    broken("duel", lambda value: value.update(letters="A")),
    broken("duel", lambda value: value.update(traces=[])),
    broken("duel", lambda value: value["traces"][0].update(schema=9)),
    broken("duel", lambda value: value.update(html="<b>")),
    broken("tokens", lambda value: value["tokens"][0].__setitem__(1, "not base64!")),
    broken("models", lambda value: value["sides"].extend(value["sides"])),
    broken("learning", lambda value: value.update(points=[])),
    broken("learning", lambda value: value["points"][0]["trace"]["steps"].pop()),
    broken("learning", lambda value: value["curve"].append([1, float("nan")])),
    broken("answers", lambda value: value["answers"][0]["spellings"][0].update(part_of=[0, 7])),
    broken("answers", lambda value: value["answers"][0].update(probability=1.5)),
    broken("answers", lambda value: value.update(missed=float("nan"))),
    broken("answers", lambda value: value.update(answers=[])),
]


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_anything_else_is_refused_with_a_sentence(data):
    with pytest.raises((InvalidView, InvalidTrace)) as caught:
        read_shown(data)
    assert str(caught.value).endswith(".") and "$" not in str(caught.value)


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ({"v": 1, "inputs": {"prompt": "<b>"}, "step": 2, "knobs": {"top_k": 5}}, (2, 5)),
        ({"step": 2}, (2, 0)),
        ({"step": -1}, None),
        ({"step": "<b>"}, None),
        ({"step": 2, "knobs": {"top_p": 7}}, None),
        (None, None),
    ],
)
def test_a_saved_page_says_at_which_step_it_was(page, place):
    """That, and the knobs, and nothing else of it."""
    value = plain(branches(ENGLISH_TRACE, names=("one",))) | {"page": page}
    kept = read_shown({"view": "branches", "value": value}).value.get("page")
    assert (kept and (kept["step"], kept.get("knobs", {}).get("top_k", 0))) == place
    assert "<b>" not in json.dumps(kept)


def test_a_file_is_a_trace_or_branches(tmp_path):
    path = tmp_path / "saved.json"
    path.write_text(SCORED_TRACE.to_json(), encoding="utf-8")
    assert read_shown_file(path).view == "score"
    path.write_text(json.dumps(VALUES["map"]), encoding="utf-8")
    assert plain(read_shown_file(path).value["branches"]) == plain(VALUES["map"]["branches"])


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe", b'{"branches": 7}', b"[" * 100_000, b"null"])
def test_a_broken_file_is_refused_with_a_sentence(tmp_path, raw):
    path = tmp_path / "broken.json"
    path.write_bytes(raw)
    with pytest.raises(InvalidTrace):
        read_shown_file(path)
    with pytest.raises(CannotRead, match=r"nothing\.json"):
        read_shown_file(tmp_path / "nothing.json")
