"""What is laid over the map in a browser: a saved search, what it gains over greedy, its example, and the way back."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

import numpy as np
import pytest

from model_utils import Beams, Sampling, Trace, beam, generate
from model_utils.trace.wire import to_wire
from model_utils.views.protocol.beam_wire import search_of, search_to_wire
from model_utils.views.protocol.branches import Branch, branches_to_wire
from tests.fakes import BOS, PIECES, FakeLM

OPEN = "(value) => branches.fromValue(value)"
GREEDY = Sampling(temperature=0.0)
A, B, C, D = 2, 4, 5, 8
TREE = {(): {A: 0.5, B: 0.4, C: 0.1}, (A,): {A: 0.4, B: 0.35, C: 0.25}, (B,): {D: 0.9, A: 0.1}}


def forked(ids: Sequence[int]):
    """After "x", greedy goes on with A, A at 0.2, and the most probable two are B, D at 0.36."""
    named = TREE.get(tuple(ids[2:]), {D: 0.6, C: 0.4})
    return np.log([named.get(token_id, 1e-7) for token_id in range(len(PIECES))]).astype(np.float32)


LM = FakeLM(row=forked)
PROMPT = [BOS, D]
TEXTS = {length: generate(LM, PROMPT, length, GREEDY) for length in (1, 2, 3)}


def pair(greedy: Trace, found: Beams) -> dict:
    best = Trace.from_json(found.to_json())
    return branches_to_wire((Branch("greedy", 0, greedy), Branch("beam", 1, best)), 0, search_of(found))


def verdict(page) -> str:
    return page.locator(".tz-map-verdict").text_content().replace("\u00a0", " ")


@pytest.fixture
def page(open_map):
    return open_map(pair(TEXTS[2], beam(LM, PROMPT, 2, 2)))


@pytest.mark.parametrize("length", [2, 3])
def test_it_says_how_much_more_probable_the_text_of_the_search_is(open_map, length):
    """Of a longer greedy text, over as many tokens."""
    page = open_map(pair(TEXTS[length], beam(LM, PROMPT, 2, 2)))
    assert verdict(page) == (
        "Over 2 tokens, beam search's text is 1.8 times as probable as the greedy one: 36.0 % against 20.0 %."
    )


def test_it_says_so_in_japanese(open_map):
    page = open_map(pair(TEXTS[2], beam(LM, PROMPT, 2, 2)), "ja")
    assert verdict(page) == "ビームサーチの文の確率は、貪欲法の文の 1.8 倍（2 トークンで 36.0 % と 20.0 %）。"


def test_it_says_when_the_search_has_found_the_greedy_text_or_a_less_probable_one(open_map):
    page = open_map(pair(TEXTS[2], beam(LM, PROMPT, 1, 2)))
    assert verdict(page) == "Beam search has found the greedy text."
    data = json.loads(json.dumps(pair(TEXTS[2], beam(LM, PROMPT, 2, 2))))
    data["branches"][1]["trace"]["steps"][-1]["chosen"][2] = math.log(0.1 / 0.4)
    page.evaluate(OPEN, data)
    assert verdict(page).startswith("Over 2 tokens, the greedy text is 2.0 times as probable as beam search's: 20.0 %")


def test_without_both_texts_it_says_nothing(open_map):
    found = beam(LM, PROMPT, 2, 2)
    page = open_map(pair(TEXTS[1], found))
    assert verdict(page) == "", "the greedy text is too short"
    page.evaluate(OPEN, branches_to_wire((Branch("", 0, TEXTS[2]),), 0, search_of(found)))
    assert verdict(page) == "", "no branch has the text of the search"


def test_a_saved_search_is_shown_and_saved_again(page):
    assert page.locator(".tz-map-search").is_visible()
    assert page.locator(".tz-beam-said").inner_text().startswith("Step 2 of 2")
    assert page.locator(".tz-block.tz-beam-finished").count() == 2
    assert page.evaluate("branches.toValue().search") == json.loads(
        json.dumps(search_to_wire(search_of(beam(LM, PROMPT, 2, 2))))
    )


def test_a_search_goes_with_the_branches_that_it_goes_on_behind_and_comes_back_with_them(page):
    page.evaluate("(wire) => branches.open(wire)", to_wire(generate(FakeLM(), "好き", 2, GREEDY)))
    assert not page.locator(".tz-map-search").is_visible()
    assert page.evaluate("branches.toValue().search") is None
    page.locator(".tz-map-buttons").get_by_role("button", name="Undo").click()
    assert page.locator(".tz-map-search").is_visible() and verdict(page)


def test_undo_takes_back_what_was_opened_with_its_search(open_map):
    page = open_map(branches_to_wire((Branch("", 0, TEXTS[2]),), 0))
    undo = page.locator(".tz-map-buttons").get_by_role("button", name="Undo")
    assert not undo.is_visible() and not page.locator(".tz-map-search").is_visible()
    page.evaluate(OPEN, pair(TEXTS[2], beam(LM, PROMPT, 2, 2)))
    assert page.locator(".tz-map-search").is_visible()
    undo.click()
    assert page.evaluate("branches.list.length") == 1 and not page.locator(".tz-map-search").is_visible()


def test_what_still_comes_for_a_branch_that_was_replaced_is_dropped(page):
    late = page.evaluate("({ key: branches.current.key, wire: branches.current.wire })")
    page.evaluate(OPEN, branches_to_wire((Branch("new", 0, TEXTS[3]),), 0))
    page.evaluate("({ key, wire }) => branches.grow(key, { ...wire, after: { steps: 0 } })", late)
    assert page.evaluate("branches.list.map((branch) => branch.name)") == ["new"]


def test_the_example_is_opened_by_whoever_placed_the_map(page):
    page.get_by_role("button", name="Example: greedy is not the most probable").click()
    assert page.evaluate("opened") == 1


def test_the_legend_names_what_there_is(page):
    kinds = page.locator(".tz-map-legend .tz-swatch").count()
    assert kinds == 5
    page.evaluate(OPEN, branches_to_wire((Branch("", 0, TEXTS[2]),), 0))
    assert page.locator(".tz-map-legend").text_content() == ""
