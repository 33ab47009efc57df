"""The probability map in a browser, on branches written by hand: heights, siblings, zoom, and where a click goes."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from model_utils import Sampling, generate
from model_utils.branches import Branch, to_value
from model_utils.values import Trace
from tests.fakes import FakeLM
from tests.viz.fakes import NO_STEPS

HEIGHT = 520
PROMPT_STEPS = 2
TRACE = generate(FakeLM(), "好きな", 5, Sampling(temperature=0.0))
FORKS = [
    generate(FakeLM(), TRACE.fork(step, TRACE.steps[step].candidates[rank].token.id), 3, Sampling(temperature=0.0))
    for step, rank in ((2, 1), (2, 8), (4, 2))
]
BRANCHES = (Branch("", 0, TRACE), *(Branch("", 2, fork) for fork in FORKS))

SHOW = """(value) => {
    const { setup } = JSON.parse(document.getElementById('tsuzuki-data').textContent);
    const branches = window.branches = new Tsuzuki.Branches();
    const [top, below] = [document.createElement('div'), document.createElement('div')];
    document.body.replaceChildren(top, below);
    window.asked = [];
    const ask = (branch, { text }) => asked.push([branch.key, Tsuzuki.idsOf(branch.wire), text]);
    window.player = new Tsuzuki.Player(top, { setup, branches, ask });
    window.map = new Tsuzuki.ProbabilityMap(below, { setup, language: 'en', branches, player });
    branches.fromValue(value);
}"""


@pytest.fixture
def page(open_trace):
    opened = open_trace(NO_STEPS)
    opened.page.evaluate(SHOW, to_value(BRANCHES, 0))
    yield opened.page
    assert (opened.dialogs, opened.requests, opened.errors) == ([], [], [])


def boxes(page) -> list[dict]:
    return page.locator(".tz-block:not(.tz-block-prompt)").evaluate_all(
        """(all) => all.map((one) => ({
            says: one.getAttribute('aria-label'), top: parseFloat(one.style.top), height: parseFloat(one.style.height),
            column: Math.round(parseFloat(one.style.left) / parseFloat(one.style.width)), free: one.matches('.tz-free'),
            path: one.matches('.tz-on-path'),
        }))"""
    )


def joint(trace: Trace, step: int) -> float:
    return math.exp(sum(one.chosen.logprob for one in trace.steps[PROMPT_STEPS : step + 1]))


def test_a_block_is_as_high_as_its_joint_probability(page):
    found = boxes(page)
    for step in range(PROMPT_STEPS, len(TRACE.steps)):
        own = [box for box in found if box["path"] and box["column"] == step - PROMPT_STEPS + 1]
        assert len(own) == 1
        assert own[0]["height"] == pytest.approx(max(4, HEIGHT * joint(TRACE, step)), abs=0.01)


def test_siblings_stack_within_their_parent_in_the_order_of_their_ranks(page):
    first = sorted((box for box in boxes(page) if box["column"] == 1), key=lambda box: box["top"])
    assert len([box for box in first if not box["free"]]) == 3
    for above, below in pairwise(first):
        assert above["top"] + above["height"] <= below["top"] + 4.01
    assert first[-1]["top"] + first[-1]["height"] <= HEIGHT + 0.01


def test_what_branches_share_is_drawn_once(page):
    in_second = [box for box in boxes(page) if box["column"] == 2 and not box["free"]]
    assert len(in_second) == 3, "one below each of the three that were taken first"


def test_zooming_gives_a_block_the_whole_height_and_back(page):
    page.evaluate("() => { branches.select(branches.list[2].key); player.goTo(2); }")
    page.get_by_role("button", name="Zoom in here").click()
    tall = [box for box in boxes(page) if box["height"] == HEIGHT]
    assert [box["column"] for box in tall] == [1] and tall[0]["path"]
    second = next(box for box in boxes(page) if box["column"] == 2 and box["path"])
    expected = HEIGHT * math.exp(FORKS[1].steps[3].chosen.logprob)
    assert second["height"] == pytest.approx(max(4, expected), abs=0.01)
    page.get_by_role("button", name="Zoom out").click()
    assert not [box for box in boxes(page) if box["height"] == HEIGHT]


def test_a_click_on_a_taken_block_goes_to_its_step_on_its_branch(page):
    found = boxes(page)
    at = next(at for at, box in enumerate(found) if box["column"] == 1 and not box["free"] and not box["path"])
    page.locator(".tz-block:not(.tz-block-prompt)").nth(at).click()
    assert page.evaluate("branches.current.key") == page.evaluate("branches.list[1].key")
    assert page.evaluate("player.index") == 2


def test_a_click_on_a_free_candidate_goes_on_with_it(page):
    free = page.locator(".tz-free").first
    says = free.get_attribute("aria-label")
    free.click()
    assert page.evaluate("branches.list.length") == len(BRANCHES) + 1
    ((key, ids, text),) = page.evaluate("asked")
    assert key == page.evaluate("branches.current.key") and text == ""
    offered = [candidate for step in TRACE.steps for candidate in step.candidates if candidate.token.id == ids[-1]]
    assert says.startswith(f"{offered[0].token.label}, not taken")
