"""A branch that has come to its end of text: one goes on from any of its steps, and it stays as it was."""

from __future__ import annotations

import pytest

from model_utils import Sampling, generate
from model_utils.views.protocol.branches import Branch, branches_to_wire
from tests.fakes import EOS, FakeLM
from tests.viz.fakes import NO_STEPS

from .conftest import SHOW_MAP, load_all

TRUNK = generate(FakeLM(), "好きな", 4, Sampling(temperature=0.0))
ENDED = generate(FakeLM(), TRUNK.fork(5, EOS), 0)
LAST = len(ENDED.steps) - 1


@pytest.fixture
def page(open_trace):
    opened = open_trace(NO_STEPS)
    load_all(opened.page)
    opened.page.evaluate(SHOW_MAP, [branches_to_wire((Branch("", 0, ENDED),), 0), "en"])
    opened.page.evaluate(
        "window.said = []; addEventListener('tsuzuki:say', ({ detail }) => said.push(detail.sentence), true)"
    )
    yield opened.page
    assert opened.errors == []


def candidate_of(page, step: int) -> str:
    """Go to a step and press the first candidate that was not chosen."""
    page.evaluate("(step) => player.goTo(step)", step)
    other = next(c for c in ENDED.steps[step].candidates if c != ENDED.steps[step].chosen)
    page.locator(".tz-bars button.tz-row").nth(other.rank - 1).click()
    return other.token.id


@pytest.mark.parametrize("step", [2, LAST], ids=["a middle step", "in place of the end"])
def test_a_candidate_goes_on_by_ids_and_the_finished_branch_stays(page, step):
    token_id = candidate_of(page, step)
    (asked,) = page.evaluate("asked")
    assert asked[1:] == [[*ENDED.ids[: step + 1], token_id], ""]
    assert page.evaluate("branches.list.length") == 2
    kept = page.evaluate("Tsuzuki[`player/trace/branches`].idsOf(branches.list[0].wire)")
    assert kept == list(ENDED.ids) and page.evaluate("branches.list[0].wire.end") == "end_of_text"
    assert page.evaluate("branches.list[1].wire.end") == "unfinished"


def test_typed_words_at_the_end_stand_in_its_place(page):
    page.evaluate("(step) => player.goTo(step)", LAST)
    page.locator(".tz-go-text").fill("好き")
    page.keyboard.press("Enter")
    assert [asked[1:] for asked in page.evaluate("asked")] == [[list(ENDED.ids[:-1]), "好き"]]
    assert page.evaluate("branches.list[0].wire.end") == "end_of_text"


def test_nothing_goes_on_behind_the_end_and_that_is_said(page):
    page.evaluate("(step) => player.goTo(step)", LAST)
    page.locator(".tz-go-on button").click()
    assert page.evaluate("[asked.length, branches.list.length]") == [0, 1]
    assert "has come to its end of text" in page.evaluate("said.at(-1)")
