"""Going on from another token, or with typed words: branches on the real page with the embedded model."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from model_utils import Sampling, beam, generate, load
from model_utils.views.lecture.examples import recorded_beam
from model_utils.views.protocol.beam_wire import search_of
from tests.browser.conftest import branches_of

PROMPT = "The capital of France is"
GREEDY = Sampling(temperature=0.0)
STEP = 7


@pytest.fixture(scope="module")
def lm():
    return load()


@pytest.fixture
def visitor(visit, lm):
    """A page that has continued PROMPT greedily and stands on step STEP."""
    visitor = visit()
    visitor.run_to_end(PROMPT, 6)
    trace = generate(lm, PROMPT, 6, GREEDY)
    expect(visitor.strip).to_contain_text("France")
    expect(visitor.strip.locator(".tz-token")).to_have_count(len(trace.tokens))
    visitor.strip.locator(f"[data-step='{STEP}']").click()
    return visitor


def chips(visitor) -> list[str]:
    return visitor.player.locator(".tz-branch").all_inner_texts()


def test_a_click_on_a_candidate_goes_on_with_it_by_its_id(visitor, lm):
    trace = generate(lm, PROMPT, 6, GREEDY)
    other = next(c for c in trace.steps[STEP].candidates if c != trace.steps[STEP].chosen)
    visitor.player.locator("button.tz-row").nth(other.rank - 1).click()
    visitor.finished()
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    found, current, *_ = visitor.saved_branches()
    assert [branch.first_step for branch in found] == [0, STEP] and current == 1
    assert found[0].trace.ids == trace.ids
    expected = generate(lm, trace.fork(STEP, other.token.id), 6, GREEDY)
    assert found[1].trace.ids == expected.ids
    assert found[1].trace.steps[STEP].given and found[1].trace.steps[STEP].chosen == other
    assert found[1].trace.logprob == pytest.approx(expected.logprob, abs=1e-3)


def test_typed_words_go_on_by_ids_and_their_probability_is_known(visitor, lm):
    trace = generate(lm, PROMPT, 6, GREEDY)
    visitor.player.locator(".tz-go-text").fill(" Rome, and 東京")
    visitor.page.keyboard.press("Enter")
    visitor.finished()
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    found, current, *_ = visitor.saved_branches()
    expected = generate(lm, trace.fork(STEP, lm.encode_on(" Rome, and 東京")), 6, GREEDY)
    assert found[current].trace.ids == expected.ids
    assert found[current].trace.logprob == pytest.approx(expected.logprob, abs=1e-3)


def test_branches_are_renamed_deleted_brought_back_and_survive_a_reload(visitor):
    page = visitor.page
    visitor.player.locator("button.tz-row").nth(2).click()
    visitor.finished()
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    page.get_by_role("button", name="Rename").click()
    page.keyboard.type("what if <b>?")
    page.keyboard.press("Enter")
    assert chips(visitor)[1] == "2 what if <b>?"
    page.get_by_role("button", name="Delete").click()
    assert visitor.player.locator(".tz-branch").count() == 1
    page.get_by_role("button", name="Undo").click()
    assert chips(visitor)[1] == "2 what if <b>?"
    before = visitor.saved_branches()
    visitor.followed()
    page.reload()
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    assert visitor.saved_branches() == before
    assert page.locator("#prompt textarea").input_value() == PROMPT


def test_a_file_of_branches_opens_as_it_was_saved(visitor, tmp_path):
    visitor.player.locator("button.tz-row").nth(2).click()
    visitor.finished()
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    saved = visitor.saved_file()
    path = tmp_path / "branches.json"
    path.write_text(saved, encoding="utf-8")
    visitor.page.get_by_role("button", name="When I grow up, I want to be").click()
    expect(visitor.player.locator(".tz-branch")).to_have_count(1)
    visitor.page.locator("#file input[type=file]").set_input_files(path)
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    assert visitor.saved_branches() == branches_of(saved)


def test_a_branch_that_has_ended_says_so(visitor, lm):
    visitor.type_prompt("好きな果物は")
    visitor.set_length(40)
    visitor.run()
    visitor.finished()
    visitor.page.keyboard.press("End")
    visitor.player.locator(".tz-go-text").fill("")
    visitor.player.locator(".tz-go-on button").click()
    expect(visitor.notice).to_contain_text("end of text")


def test_the_map_shows_greedy_sampled_and_beam_search_beside_each_other(visitor, lm):
    page = visitor.page
    visitor.tab(1)
    for name, least in (("Greedy path", 1), ("5 samples", 4), ("Beam search", 4)):
        page.get_by_role("button", name=name).click()
        page.wait_for_function("(least) => document.querySelectorAll('.tz-branch').length >= least", arg=least)
        visitor.answered()
    expect(page.locator(".tz-beam-said")).to_contain_text("Step 6 of 6")
    best = beam(lm, PROMPT, 4, 6)
    visitor.tab(0)
    found, current, *_ = visitor.saved_branches()
    assert found[current].trace.ids == best.ids
    assert generate(lm, PROMPT, 6, GREEDY).ids in [branch.trace.ids for branch in found]
    assert len({branch.trace.ids for branch in found}) == len(found) >= 4
    visitor.tab(1)
    page.locator(".tz-beam-slider").fill("1")
    assert page.locator(".tz-block.tz-beam-kept").count() == 4
    assert page.locator(".tz-block.tz-beam-pruned").count() >= 1


def test_a_saved_beam_search_opens_with_its_branches(visitor, lm, tmp_path):
    page = visitor.page
    visitor.tab(1)
    page.get_by_role("button", name="Beam search").click()
    expect(page.locator(".tz-beam-said")).to_contain_text("Step 6 of 6")
    visitor.tab(0)
    saved = visitor.saved_file()
    found, known = visitor.saved_branches().search, search_of(beam(lm, PROMPT, 4, 6))
    assert [one.ids for one in found.sequences] == [one.ids for one in known.sequences]
    # The app has read the prompt before, and in other batches.
    assert [one.score for one in found.sequences] == pytest.approx([one.score for one in known.sequences], abs=1e-5)
    path = tmp_path / "branches.json"
    path.write_text(saved, encoding="utf-8")
    page.get_by_role("button", name="When I grow up, I want to be").click()
    expect(visitor.strip).to_contain_text("grow")
    visitor.tab(1)
    expect(page.locator(".tz-map-search")).to_be_hidden()
    visitor.tab(0)
    page.locator("#file input[type=file]").set_input_files(path)
    visitor.tab(1)
    expect(page.locator(".tz-beam-said")).to_contain_text("Step 6 of 6")
    visitor.tab(0)
    assert visitor.saved_branches() == branches_of(saved)


@pytest.mark.parametrize(
    ("locale", "button", "sentence"),
    [
        ("en-US", "Example: greedy is not the most probable", "times as probable as the greedy one"),
        ("ja-JP", "例：貪欲法は最も確率の高い文ではない", "ビームサーチの文の確率は、貪欲法の文の"),
    ],
)
def test_the_map_opens_an_example_of_its_language_which_can_be_taken_back(visit, locale, button, sentence):
    visitor = visit(locale=locale)
    before = visitor.tokens()
    visitor.tab(1)
    verdict = visitor.page.locator(".tz-map-verdict")
    for _ in range(2):
        visitor.page.get_by_role("button", name=button).click()
        expect(verdict).to_contain_text(sentence)
        expect(visitor.page.locator(".tz-beam-slider")).to_be_visible()
        visitor.page.locator(".tz-map-buttons button").last.click()
        expect(verdict).to_have_text("")
    visitor.tab(0)
    assert visitor.tokens() == before
    visitor.tab(1)
    visitor.page.get_by_role("button", name=button).click()
    expect(verdict).to_contain_text(sentence)
    visitor.tab(0)
    assert visitor.saved_branches() == recorded_beam(locale[:2])


def test_the_example_ends_a_run(visit, endless):
    visitor = visit()
    visitor.choose_model(endless)
    visitor.type_prompt("The sea")
    visitor.set_length(3000)
    visitor.run()
    expect(visitor.page.locator("#stop")).to_be_visible()
    visitor.wait_for_growth("sea", 12)
    visitor.tab(1)
    visitor.page.get_by_role("button", name="Example: greedy is not the most probable").click()
    expect(visitor.page.locator(".tz-map-verdict")).to_contain_text("times as probable")
    visitor.tab(0)
    visitor.finished()
    assert visitor.saved_branches() == recorded_beam("en")


def test_a_reload_brings_back_the_step_the_knobs_and_the_beam_search(visitor):
    page = visitor.page
    visitor.tab(1)
    page.get_by_role("button", name="Beam search").click()
    expect(page.locator(".tz-beam-said")).to_contain_text("Step 6 of 6")
    visitor.tab(0)
    visitor.strip.locator("[data-step='6']").click()
    page.locator(".tz-knob-slider").nth(1).fill("0.5")
    shown = visitor.player.locator("button.tz-row:not([hidden]) .tz-percent").all_inner_texts()
    visitor.followed()
    page.reload()
    expect(visitor.player.locator(".tz-knob-value").nth(1)).to_have_text("0.50")
    expect(visitor.strip.locator("[aria-current]")).to_have_attribute("data-step", "6")
    assert visitor.player.locator("button.tz-row:not([hidden]) .tz-percent").all_inner_texts() == shown
    visitor.tab(1)
    expect(page.locator(".tz-beam-said")).to_contain_text("Step 6 of 6")
