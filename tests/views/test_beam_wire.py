"""A beam search beside branches: nothing is lost on the way to a file and back, and nothing else gets in."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from model_utils import Beams, Sampling, Trace, beam, generate
from model_utils.errors import InvalidTrace
from model_utils.views.protocol.beam_wire import search_of, search_to_wire
from model_utils.views.protocol.branches import Branch, Saved, branches_from_wire, branches_to_wire
from tests.fakes import BOS, EOS, FakeLM

FOUND = beam(FakeLM(), "好きな", 3, 4, candidates=2)
SEARCH = search_of(FOUND)
BRANCHES = (
    Branch("greedy", 0, generate(FakeLM(), "好きな", 4, Sampling(temperature=0.0))),
    Branch("beam", 2, Trace.from_json(FOUND.to_json())),
)

Wire = dict[str, Any]


def saved() -> Wire:
    value: Wire = json.loads(json.dumps(branches_to_wire(BRANCHES, 1, SEARCH)))
    return value


def test_a_search_comes_back_as_it_went() -> None:
    assert branches_from_wire(saved()) == Saved(BRANCHES, 1, SEARCH)
    assert branches_from_wire(branches_to_wire(BRANCHES, 0)).search is None


def test_it_goes_on_behind_the_prompt() -> None:
    assert SEARCH.ids == FOUND.ids[:3] and (SEARCH.steps, SEARCH.sequences) == (FOUND.search, FOUND.sequences)


@pytest.mark.parametrize("new", [0, 3])
def test_a_search_that_could_add_nothing_comes_back(new: int) -> None:
    found: Beams = beam(FakeLM(), [BOS, EOS] if new else "x", 3, new)
    branches = (Branch("", 0, Trace.from_json(found.to_json())),)
    assert branches_from_wire(
        json.loads(json.dumps(branches_to_wire(branches, 0, search_of(found))))
    ).search == search_of(found)


def test_as_plain_lists_every_token_is_written_once() -> None:
    data = json.loads(json.dumps(search_to_wire(SEARCH)))
    for rows, step in zip(data["steps"], FOUND.search, strict=True):
        assert [(row[0], *row[2:]) for row in rows] == [(b.parent, b.logprob, b.score, b.fate) for b in step.branches]
        assert [data["tokens"][row[1]][0] for row in rows] == [b.token.id for b in step.branches]
        assert [data["tokens"][row[1]][2] for row in rows] == [b.token.label for b in step.branches]
    for told, one in zip(data["sequences"], FOUND.sequences, strict=True):
        assert tuple(data["tokens"][at][0] for at in told["tokens"]) == one.ids
        assert (told["path"], told["logprob"]) == (list(one.path), one.logprob)
        assert (told["score"], told["ended"]) == (one.score, one.ended)
    assert len({tuple(row) for row in data["tokens"]}) == len(data["tokens"])


def put(*path: Any) -> Callable[[Wire], None]:
    """Sets the last of `path` at the place that the others lead to."""

    def change(search: Wire) -> None:
        *way, last, value = path
        place: Any = search
        for key in way:
            place = place[key]
        place[last] = value

    return change


def all_pruned(search: Wire) -> None:
    for row in search["steps"][0]:
        row[4] = "pruned"


def twice(search: Wire) -> None:
    search["steps"][0][1] = search["steps"][0][0]


def worst_first(search: Wire) -> None:
    search["sequences"].reverse()


def longer_path(search: Wire) -> None:
    search["sequences"][0]["path"].append(0)


def longer_than_the_search(search: Wire) -> None:
    del search["steps"][-1]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (put("steps", 0, 0, 4, "lucky"), "Invalid enum value"),
        (put("steps", 0, 0, 0, 1), "step 1 goes on from something that was not kept"),
        (put("steps", 1, 0, 0, -1), "step 2 goes on from something that was not kept"),
        (put("steps", 1, 0, 0, 3), "step 2 goes on from something that was not kept"),
        (all_pruned, "step 2 goes on from something that was not kept"),
        (put("steps", 0, 0, 1, 99), "there is no token at position 99"),
        (put("steps", 0, 0, 1, -1), "there is no token at position -1"),
        (put("steps", 0, 0, 2, math.nan), "step 1 has a logprob or a score that is not a finite number"),
        (put("steps", 2, 0, 3, -math.inf), "step 3 has a logprob or a score that is not a finite number"),
        (put("steps", 0, 0, 2, 0.5), "step 1 has a text that is more likely than its beginning"),
        (put("steps", 0, 0, 2, -50.0), "falling logprob"),
        (put("steps", 0, 0, 2, None), "Expected `float`"),
        (put("steps", 0, 0, [0, 0]), "length"),
        (put("steps", 0, []), "step 1 looked at nothing"),
        (twice, "the same twice"),
        (put("tokens", 0, 0, -1), "token id -1"),
        (put("tokens", 0, 1, "%"), "not base64"),
        (put("tokens", 0, ["<b>"]), "length"),
        (put("ids", []), "behind no token"),
        (put("ids", [1, 2, 3]), "goes on from none of its branches"),
        (put("ids", ["x"]), "Expected `int`"),
        (put("sequences", []), "found nothing"),
        (worst_first, "scores better than the one before it"),
        (longer_path, "path that is not as long as its tokens"),
        (longer_than_the_search, "longer than the search"),
        (put("sequences", 0, "path", 0, 99), "a place that is not there"),
        (put("sequences", 0, "path", 0, -1), "a place that is not there"),
        (put("sequences", 0, "tokens", 0, 1), "path that is not its tokens'"),
        (put("sequences", 0, "logprob", -1.0), "another logprob or score"),
        (put("sequences", 0, "score", math.nan), "another logprob or score"),
        (put("sequences", 0, "more", 1), "unknown field"),
        (put("settings", "width", "many"), "Expected `int`"),
        (put("settings", "more", 1), "unknown field"),
        (put("more", 1), "unknown field"),
    ],
)
def test_a_search_that_is_none_is_refused(change: Callable[[Wire], None], reason: str) -> None:
    data = saved()
    change(data["search"])
    with pytest.raises(InvalidTrace, match=reason.replace("(", r"\(")):
        branches_from_wire(data)


@pytest.mark.parametrize("search", [5, [], "beam", {}])
def test_what_is_no_search_at_all_is_refused(search: Any) -> None:
    with pytest.raises(InvalidTrace):
        branches_from_wire({**saved(), "search": search})
