"""The main job, as a visitor does it: type a prompt, watch it go on, step through it. With the real embedded model."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from model_utils import Sampling, Trace, generate, load
from model_utils.views.lecture.examples import PROMPTS, recorded
from tests.plots import wait_for_plots

GREEDY = Sampling(temperature=0.0)
PLOTLY_AFTER_MS = 500
"""A little longer than a wide page waits before it loads Plotly."""
STOPPED_MS = 250
"""Time for many more tokens of the endless model."""


def assert_same(shown, computed):
    """The same tokens and numbers; float32 sums may differ in their last digits from one process to the next."""
    assert [step.chosen.token for step in shown] == [step.chosen.token for step in computed]
    for one, other in zip(shown, computed, strict=True):
        assert one.entropy == pytest.approx(other.entropy, abs=1e-4)
        assert one.chosen.logprob == pytest.approx(other.chosen.logprob, abs=1e-4)
        assert [c.logprob for c in one.candidates] == pytest.approx([c.logprob for c in other.candidates], abs=1e-4)


@pytest.fixture(scope="module")
def lm():
    return load()


@pytest.mark.parametrize(("locale", "name"), [("ja-JP", "fruit"), ("en-US", "coffee")])
def test_a_finished_example_in_the_readers_language_is_there_at_once(visit, locale, name):
    visitor = visit(locale)
    assert visitor.page.locator("#prompt textarea").input_value() == PROMPTS[name][0]
    assert Trace.from_json(visitor.saved()) == recorded(name)


def test_a_phone_loads_plotly_only_once_its_pictures_are_opened(visit):
    visitor = visit(width=390, plots=True)
    fold = visitor.player.locator(".tz-side")
    visitor.answered()
    visitor.page.wait_for_timeout(PLOTLY_AFTER_MS)
    assert not [asked for asked in visitor.requests if "plotly" in asked]
    fold.locator("summary").first.click()
    expect(fold.locator(".tz-plot .main-svg").first).to_be_visible()
    assert len([asked for asked in visitor.requests if "plotly" in asked]) == 1


@pytest.mark.parametrize("prompt", ["好きな果物は", "The capital of France is"])
def test_a_prompt_is_continued_with_the_models_own_numbers(visit, lm, prompt):
    visitor = visit()
    visitor.page.get_by_role("button", name="When I grow up, I want to be").click()
    expect(visitor.page.locator("#prompt textarea")).to_have_value("When I grow up, I want to be")
    visitor.type_prompt(prompt)
    visitor.set_length(7)
    visitor.run()
    trace = generate(lm, prompt, 7, GREEDY)
    expect(visitor.strip.locator(".tz-token")).to_have_count(len(trace.tokens))
    visitor.finished()
    assert_same(Trace.from_json(visitor.saved()).steps, trace.steps)


def test_stepping_by_keys_shows_each_step_and_asks_the_server_nothing(visit):
    visitor = visit("ja-JP", plots=True)
    trace = recorded("fruit")
    visitor.player.locator(".tz-strip .tz-token").first.hover()
    visitor.page.keyboard.press("Home")
    wait_for_plots(visitor.page)
    before = len(visitor.requests)
    for step in trace.steps:
        expect(visitor.player.locator(".tz-headline .tz-head-percent, .tz-head-percent").first).to_be_visible()
        current = visitor.strip.locator("[aria-current]")
        expect(current).to_have_count(1)
        visitor.page.keyboard.press("ArrowRight")
        assert step.chosen.token.label
    visitor.page.keyboard.press("End")
    assert visitor.requests[before:] == []


def test_the_trace_grows_on_the_page_and_stop_keeps_what_is_there(visit, endless):
    visitor = visit()
    visitor.choose_model(endless)
    visitor.type_prompt("Once upon a time")
    visitor.set_length(3000)
    visitor.run()
    stop = visitor.page.locator("#stop")
    expect(stop).to_be_visible()
    visitor.wait_for_growth("upon", 12)
    stop.click()
    visitor.finished()
    kept = len(visitor.tokens())
    visitor.page.wait_for_timeout(STOPPED_MS)
    assert len(visitor.tokens()) == kept < 3000
    assert json.loads(visitor.saved())["end"] == "unfinished"


def test_run_pressed_twice_is_one_trace_and_one_stop(visit, endless):
    visitor = visit()
    visitor.choose_model(endless)
    visitor.type_prompt("Once upon a time")
    visitor.set_length(3000)
    visitor.page.evaluate("() => { const run = document.querySelector('#run'); run.click(); run.click(); }")
    visitor.wait_for_growth("upon", 12)
    visitor.page.locator("#stop").click()
    visitor.finished()
    kept = Trace.from_json(visitor.saved())
    visitor.page.wait_for_timeout(STOPPED_MS)
    assert Trace.from_json(visitor.saved()) == kept
    assert kept.end == "unfinished"
    again = generate(load(str(endless)), "Once upon a time", len(kept.steps), GREEDY)
    assert_same(kept.steps, again.steps[: len(kept.steps)])


def test_stop_before_the_first_token_brings_run_back(visit, endless):
    visitor = visit()
    visitor.choose_model(endless)
    visitor.type_prompt("word " * 400)
    visitor.set_length(3000)
    for _ in range(3):
        visitor.run()
        visitor.page.locator("#stop").click()
        visitor.finished()
    visitor.page.wait_for_timeout(STOPPED_MS)
    visitor.finished()


def test_a_closed_page_frees_the_model(visit, endless):
    visitor = visit()
    visitor.choose_model(endless)
    visitor.set_length(3000)
    visitor.run()
    expect(visitor.page.locator("#stop")).to_be_visible()
    visitor.page.context.close()
    other = visit()
    other.choose_model(endless)
    other.set_length(5)
    other.run()
    expect(other.strip.locator(".tz-token")).to_have_count(len(load().encode(PROMPTS["coffee"][0])) + 5)


def test_sampling_settings_and_seed_decide_the_trace(visit, lm):
    visitor = visit()
    visitor.page.get_by_role("button", name="The old man looked").click()
    expect(visitor.page.locator("#prompt textarea")).to_have_value(PROMPTS["story"][0])
    visitor.set_length(6)
    visitor.run()
    trace = generate(lm, *PROMPTS["story"][:1], 6, PROMPTS["story"][1])
    expect(visitor.strip.locator(".tz-token")).to_have_count(len(trace.tokens))
    visitor.finished()
    assert_same(Trace.from_json(visitor.saved()).steps, trace.steps)


def test_a_saved_trace_opens_again(visit, tmp_path):
    visitor = visit()
    path = tmp_path / "saved.json"
    path.write_text(recorded("story").to_json(), encoding="utf-8")
    visitor.page.locator("#file input[type=file]").set_input_files(path)
    expect(visitor.strip.locator(".tz-token")).to_have_count(len(recorded("story").tokens))
    assert Trace.from_json(visitor.saved()) == recorded("story")
