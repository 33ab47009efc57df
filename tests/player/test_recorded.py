"""What an earlier version's player wrote is read and written by this one as it was: links, and the CSV of a trace.

Leaves out: computing the branches of a link (`tests/recorded/test_same_numbers.py`).
"""

from __future__ import annotations

import json

from tests.player.conftest import OUTLINE
from tests.recorded.records import read, state_of

TRACES, VIEWS, BRANCHES, LINKS, SCHEMA1 = map(read, ("traces", "views", "branches", "links", "schema1"))

READ = "(texts) => Promise.all(texts.map((text) => Tsuzuki[`page/address/link`].read(text)))"
AGAIN = """(texts) => Promise.all(texts.map(async (text) => {
    const state = await Tsuzuki[`page/address/link`].unpack(text);
    return Tsuzuki[`page/address/link`].pack(state);
}))"""
WRITE = """(wires) => wires.map((wire) => {
    const trace = new Tsuzuki[`player/trace/trace`].Trace(wire);
    return [Tsuzuki[`player/trace/csv`].tokens(trace), Tsuzuki[`player/trace/csv`].candidates(trace)];
})"""


def test_links_say_what_they_said(page):
    texts = [link["text"] for link in LINKS.values()]
    assert page.evaluate(READ, texts) == [json.loads(link["read"]) for link in LINKS.values()]


def test_links_are_written_as_they_were(page):
    """In the order of their fields, too; browsers differ in how they deflate."""
    again = page.evaluate(AGAIN, [link["text"] for link in LINKS.values()])
    for text, link in zip(again, LINKS.values(), strict=True):
        assert json.dumps(state_of(text)) == json.dumps(json.loads(link["read"])["state"])


def test_branches_make_the_links_that_they_made(page):
    made = {f"branches-{name}": record for name, record in BRANCHES.items()} | VIEWS
    states = {name: state_of(link["text"]) for name, link in LINKS.items()}
    with_branches = {name: state["branches"] for name, state in states.items() if "branches" in state}
    assert len(with_branches) == 6
    for name, branches in with_branches.items():
        assert page.evaluate(OUTLINE, json.loads(made[name]["value"])) == branches


def test_links_of_the_version_before_have_spellings_apart_by_any_slash(page):
    """And are else the same."""
    texts = SCHEMA1["links"]
    for (name, text), found in zip(texts.items(), page.evaluate(READ, list(texts.values())), strict=True):
        state = state_of(text)
        assert {**state, "slashes": "spaced"} == state_of(LINKS[name]["text"])
        state["inputs"]["answers_typed"] = state["inputs"]["answers_typed"].replace("1/2", "1 / 2")
        assert found == {"state": state, "isWhole": True}


def test_traces_are_the_csv_that_they_were(page):
    records = TRACES.values()
    written = page.evaluate(WRITE, [json.loads(record["wire"]) for record in records])
    assert written == [[record["csv"], record["candidates"]] for record in records]
