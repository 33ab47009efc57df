"""The probability map in a browser, on branches written by hand: heights, siblings, zoom, and where a click goes.

Leaves out: what is laid over it (`test_mapbar`).
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace
from playwright.sync_api import expect

from model_utils import Sampling, generate
from model_utils.trace.values import Trace
from model_utils.views.protocol.branches import Branch, branches_to_wire
from tests.fakes import PIECES, FakeLM

OPEN = "(value) => branches.fromValue(value)"
HEIGHT = 520
PROMPT_STEPS = 2
TRACE = generate(FakeLM(), "好きな", 5, Sampling(temperature=0.0))
FORKS = [
    generate(FakeLM(), TRACE.fork(step, TRACE.steps[step].candidates[rank].token.id), 3, Sampling(temperature=0.0))
    for step, rank in ((2, 1), (2, 8), (4, 2))
]
FLAT = generate(
    FakeLM(row=lambda ids: np.zeros(len(PIECES), dtype=np.float32)), "好き", 2, Sampling(temperature=0.0), 3
)
UNLIKELY = [9, 8, 5, 4] * 4
RARE = generate(FakeLM(), TRACE.fork(PROMPT_STEPS, UNLIKELY), 2, Sampling(temperature=0.0))
BRANCHES = (Branch("", 0, TRACE), *(Branch("", 2, fork) for fork in FORKS))


@pytest.fixture
def page(open_map):
    return open_map(branches_to_wire(BRANCHES, 0))


def boxes(page) -> list[dict]:
    return page.locator(".tz-block:not(.tz-block-prompt)").evaluate_all(
        """(all) => all.map((one) => ({
            says: one.getAttribute('aria-label'), top: parseFloat(one.style.top), height: parseFloat(one.style.height),
            column: Math.round(parseFloat(one.style.left) / parseFloat(one.style.width)), free: one.matches('.tz-free'),
            rest: one.matches('.tz-rest'), text: one.innerText, path: one.matches('.tz-on-path'),
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
    first = sorted((box for box in boxes(page) if box["column"] == 1 and not box["rest"]), key=lambda box: box["top"])
    assert len([box for box in first if not box["free"]]) == 3
    for above, below in pairwise(first):
        assert above["top"] + above["height"] <= below["top"] + 4.01
    assert first[-1]["top"] + first[-1]["height"] <= HEIGHT + 0.01


def test_what_branches_share_is_drawn_once(page):
    in_second = [box for box in boxes(page) if box["column"] == 2 and not (box["free"] or box["rest"])]
    assert len(in_second) == 3, "one below each of the three that were taken first"


def test_what_no_branch_shows_of_a_step_is_one_area_with_its_probability(open_map):
    """Of ten tokens, each as likely as the others, three are known."""
    page = open_map(branches_to_wire((Branch("", 0, FLAT),), 0))
    first = [box for box in boxes(page) if box["column"] == 1]
    assert [box["rest"] for box in first] == [False] * 3 + [True]
    assert first[-1]["top"] == pytest.approx(HEIGHT * 0.3, abs=0.01)
    assert first[-1]["height"] == pytest.approx(HEIGHT * 0.7, abs=0.01)
    assert first[-1]["says"] == "all other tokens: 70.0 % here, 70.0 % given the prompt"
    page.locator(".tz-rest").last.hover()
    expect(page.locator(".tz-details:visible dd").last).to_have_text("7")


def test_a_candidate_without_room_for_its_name_is_part_of_the_rest(page):
    free = [box for box in boxes(page) if box["free"]]
    assert free and all(box["height"] >= 16 for box in free)


def test_the_rest_says_what_it_is_where_there_is_room(open_map):
    for language, words in (("en", "all other tokens"), ("ja", "ほかの全トークン")):
        page = open_map(branches_to_wire((Branch("", 0, FLAT),), 0), language)
        rest = next(box for box in boxes(page) if box["rest"])
        assert rest["text"].split("\n") == [words, f"{rest['height'] / HEIGHT * 100:.1f} %"]


def test_a_click_on_the_rest_goes_to_its_step_and_no_further(page):
    at = next(at for at, box in enumerate(boxes(page)) if box["rest"] and box["column"] == 2)
    page.locator(".tz-block:not(.tz-block-prompt)").nth(at).click(force=True)
    assert page.evaluate("player.index") == PROMPT_STEPS + 1
    assert page.evaluate("[branches.list.length, asked.length]") == [len(BRANCHES), 0]


def test_zooming_gives_a_place_the_whole_height_and_back(page):
    page.evaluate("() => { branches.select(branches.list[2].key); player.goTo(2); }")
    page.get_by_role("button", name="Zoom in here").click()
    beginning = page.locator(".tz-block-prompt")
    assert beginning.inner_text() == "好きな" + FORKS[1].steps[2].chosen.token.label.replace("␣", " ")
    second = next(box for box in boxes(page) if box["column"] == 1 and box["path"])
    expected = HEIGHT * math.exp(FORKS[1].steps[3].chosen.logprob)
    assert second["height"] == pytest.approx(max(4, expected), abs=0.01)
    assert page.get_by_role("button", name="Zoom in here").count() == 0
    page.get_by_role("button", name="Zoom out").click()
    assert beginning.inner_text() == "好きな"


def test_heights_are_exact_however_improbable_the_beginning(open_map):
    page = open_map(branches_to_wire((Branch("", 0, RARE), Branch("", 0, TRACE)), 0))
    assert sum(step.chosen.logprob for step in RARE.steps[PROMPT_STEPS:-2]) < math.log(1e-30)
    page.evaluate(f"player.goTo({len(RARE.steps) - 3})")
    page.get_by_role("button", name="Zoom in here").click()
    for column, step in enumerate(RARE.steps[-2:], start=1):
        own = next(box for box in boxes(page) if box["column"] == column and box["path"])
        joint = math.exp(sum(one.chosen.logprob for one in RARE.steps[-2 : len(RARE.steps) - 2 + column]))
        assert own["height"] == pytest.approx(max(4, HEIGHT * joint), abs=0.01), step


def test_the_last_token_has_nothing_to_zoom_into(page):
    page.keyboard.press("End")
    page.get_by_role("button", name="Zoom in here").click()
    assert [box["column"] for box in boxes(page) if box["path"]] == [1]


def test_new_branches_open_at_the_last_place_that_all_of_them_share(open_map):
    page = open_map(branches_to_wire((BRANCHES[0], BRANCHES[3]), 0))
    shared = "".join(step.chosen.token.label for step in TRACE.steps[:4])
    assert page.locator(".tz-block-prompt").inner_text() == shared.replace("␣", " ")
    page.evaluate(OPEN, branches_to_wire(BRANCHES[:2], 0))
    assert page.locator(".tz-block-prompt").inner_text() == "好きな"


def test_branches_are_named_where_they_end(open_map):
    named = tuple(replace(branch, name=f"<b>{at}") for at, branch in enumerate(BRANCHES[:2]))
    page = open_map(branches_to_wire(named, 1))
    assert [text.split()[0] for text in page.locator(".tz-map-end").all_inner_texts()] == ["<b>1", "<b>0"]
    crowd = tuple(Branch(f"{at}", 0, TRACE) for at in range(13))
    page.evaluate(OPEN, branches_to_wire((*named, *crowd), 1))
    assert [text.split()[0] for text in page.locator(".tz-map-end").all_inner_texts()] == ["<b>1"]


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


GROW = """async () => {
    let drawn = 0;
    const show = map.show.bind(map);
    map.show = () => {
        drawn += 1;
        for (const end = performance.now() + 20; performance.now() < end; );
        show();
    };
    const begin = performance.now();
    for (let part = 0; part < 50; part += 1) {
        branches.dispatchEvent(new CustomEvent("change", { detail: { kind: "grow" } }));
    }
    const [meanwhile, took] = [drawn, performance.now() - begin];
    for (let wait = 0; wait < 500 && drawn === meanwhile; wait += 1) await new Promise((done) => setTimeout(done, 10));
    return { drawing: 20 * meanwhile, took, isDrawnAfter: drawn > meanwhile };
}"""


def test_a_growing_text_leaves_the_page_its_time_and_is_drawn_in_the_end(page):
    found = page.evaluate(GROW)
    assert 0 < found["drawing"] < found["took"] / 2 and found["isDrawnAfter"]
