"""Two hundred branches in the browser: the bar, the map and the file show and keep them all, in a moment each."""

from __future__ import annotations

import pytest

from model_utils.views.protocol.branches import branches_from_wire, branches_to_wire
from tests.viz.fakes import NO_STEPS
from tests.viz.many import many_branches

from .conftest import SHOW_MAP, load_all

COUNT = 200
MOST_MS = 1500
TIMED = """(act) => {
    const start = performance.now();
    const found = eval(act);
    return [performance.now() - start, found];
}"""


@pytest.fixture(scope="module")
def branches():
    return many_branches(COUNT)


def test_two_hundred_branches_are_shown_kept_and_saved(open_trace, branches, capsys):
    opened = open_trace(NO_STEPS)
    page = opened.page
    load_all(page)
    page.evaluate(SHOW_MAP, [branches_to_wire(branches, 7), "en"])
    assert page.locator(".tz-branch").count() == COUNT and page.evaluate("branches.list.length") == COUNT
    acts = {
        "another branch": "branches.select(branches.list[150].key), document.querySelectorAll('.tz-branch').length",
        "the map": "map.show(), document.querySelectorAll('.tz-block').length",
        "the file": "branches.toValue()",
        "opened again": "branches.fromValue(branches.toValue()), branches.list.length",
        "removed": "branches.remove(branches.current.key), branches.list.length",
        "brought back": "branches.undo(), branches.list.length",
    }
    found = {}
    for name, act in acts.items():
        milliseconds, found[name] = page.evaluate(TIMED, act)
        with capsys.disabled():
            print(f"\n{COUNT} branches, {name}: {milliseconds:.0f} ms", end="")
        assert milliseconds < MOST_MS, name
    saved = branches_from_wire(found["the file"])
    assert [branch.trace for branch in saved[0]] == [branch.trace for branch in branches] and saved[1] == 150
    assert (found["another branch"], found["opened again"]) == (COUNT, COUNT)
    assert (found["removed"], found["brought back"]) == (COUNT - 1, COUNT) and found["the map"] > 20
    assert opened.errors == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_bar_of_many_branches_does_not_push_the_text_away(open_trace, branches, width):
    page = open_trace(NO_STEPS, width=width).page
    load_all(page)
    page.evaluate(SHOW_MAP, [branches_to_wire(branches, 150), "en"])
    bar, current = (
        page.locator(where).bounding_box() for where in (".tz-branch-list", ".tz-branch[aria-pressed=true]")
    )
    assert bar["height"] < 200
    assert bar["y"] <= current["y"] and current["y"] + current["height"] <= bar["y"] + bar["height"] + 1
