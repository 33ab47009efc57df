"""Where the player stands once a text has grown does not depend on the parts in which it came: a new text is followed
to its end, a branch stands where it leaves the text it was made from, and a reader who has gone elsewhere stays there.

Leaves out: what a part is (`model_utils/views/protocol/jobs`).
"""

from __future__ import annotations

import pytest

from model_utils.trace.values import Trace
from model_utils.trace.wire import part_to_wire, to_wire
from tests.viz.fakes import NO_STEPS, text_trace

WORDS = ["a", "b", "c", "d", "e", "f"]
CUTS = [(6,), (1, 6), (3, 6), (5, 6), (1, 2, 3, 4, 5, 6), (2, 5, 6)]

GROW = """([key, parts, leave]) => {
    window.branches ??= new Tsuzuki[`player/trace/branches`].Branches();
    if (!window.player) {
        const { setup } = JSON.parse(document.getElementById('tsuzuki-data').textContent);
        const root = document.body.appendChild(document.createElement('div'));
        window.player = new Tsuzuki[`player/step/player`].Player(root, { setup, branches, ask: () => {} });
    }
    parts.forEach((part, at) => {
        branches.grow(key, part);
        if (at === leave) player.goTo(0);
    });
    return player.index;
}"""
FORK = """([index, typed]) => {
    player.goTo(index);
    const { trace } = player;
    const other = trace.candidates(index, Infinity).find(({ rank }) => rank !== trace.step(index).chosen.rank);
    return branches.fork(index, typed ? null : [other.position, other.rank, other.logprob]).key;
}"""


def parts(words: list[str], cuts: tuple[int, ...], first: int = 0, prompt: int = 1) -> list[dict]:
    """A text as it comes: up to each of these steps, from `first` on, the last part with its end."""

    def trace(length: int) -> Trace:
        return text_trace(words[:length], prompt=prompt, ends=False, candidates=5)

    starts = [first, *(cut for cut in cuts[:-1] if cut > first)]
    ends = [cut for cut in cuts if cut > first]
    found = [part_to_wire(trace(end), start) for start, end in zip(starts, ends, strict=True)]
    return [{**part, "end": part["end"] if at == len(found) - 1 else "unfinished"} for at, part in enumerate(found)]


@pytest.fixture
def page(open_trace):
    return open_trace(NO_STEPS).page


@pytest.mark.parametrize("cuts", CUTS, ids=str)
def test_a_new_text_is_shown_at_its_end(page, cuts):
    assert page.evaluate(GROW, ["run 1", parts(WORDS, cuts), -1]) == len(WORDS) - 1


@pytest.mark.parametrize("cuts", CUTS, ids=str)
@pytest.mark.parametrize("typed", [False, True], ids=["with a candidate", "with typed text"])
def test_a_branch_is_shown_where_it_leaves_the_text(page, cuts, typed):
    page.evaluate(GROW, ["run 1", parts(WORDS, (6,)), -1])
    key = page.evaluate(FORK, [2, typed])
    longer = [*WORDS[:2], "x", "y", "z", "w"]
    assert page.evaluate(GROW, [key, parts(longer, cuts, first=2 if typed else 3), -1]) == 2


def test_a_reader_who_looks_elsewhere_stays_there(page):
    assert page.evaluate(GROW, ["run 1", parts(WORDS, (2, 4, 6)), 0]) == 0


def test_a_trace_from_a_file_opens_at_its_first_drawn_token(page):
    page.evaluate(GROW, ["run 1", parts(WORDS, (6,)), -1])
    opened = to_wire(text_trace(["p", "q", "r"], prompt=2, ends=False, candidates=5))
    assert page.evaluate("(wire) => { branches.open(wire); return player.index; }", opened) == 2
