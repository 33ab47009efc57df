"""A file that is opened brings its prompt and its settings, and not the language of whoever has saved it."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from model_utils import Sampling, Trace, generate, load, score
from model_utils.views.lecture.examples import PROMPTS, recorded, recorded_beam
from model_utils.views.protocol.branches import branches_to_wire

SAMPLING = Sampling(temperature=0.7, top_k=40, seed=11)


def open_file(visitor, tmp_path, text: str) -> None:
    file = tmp_path / "opened.json"
    file.write_text(text, encoding="utf-8")
    visitor.page.locator("#file input[type=file]").set_input_files(file)


def text_of(trace: Trace) -> str:
    """What a trace of the embedded model begins with."""
    return b"".join(step.chosen.token.bytes for step in trace.steps if step.given).decode()


def traces() -> dict[str, Trace]:
    lm = load()
    return {
        "drawn": generate(lm, "The old man", 5, SAMPLING),
        "in Japanese": recorded("fruit"),
        "only read": score(lm, "好きな果物はぶどうです。\nA new line"),
        "half a character": generate(lm, "👩‍👩‍👧 the", 3, Sampling(temperature=0.0)),
    }


@pytest.mark.parametrize("name", ["drawn", "in Japanese", "only read", "half a character"])
def test_the_prompt_of_a_trace_is_in_its_box(visit, tmp_path, name):
    trace, visitor = traces()[name], visit()
    open_file(visitor, tmp_path, trace.to_json())
    expect(visitor.strip.locator(".tz-token")).to_have_count(len(trace.tokens))
    expect(visitor.page.locator("#prompt textarea")).to_have_value(text_of(trace))
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")


def test_a_trace_goes_on_with_the_settings_it_was_drawn_with(visit, tmp_path):
    trace, visitor = traces()["drawn"], visit()
    open_file(visitor, tmp_path, trace.to_json())
    expect(visitor.page.locator("#prompt textarea")).to_have_value("The old man")
    visitor.set_length(5)
    visitor.run()
    visitor.finished()
    assert Trace.from_json(visitor.saved()).ids == trace.ids


def test_branches_without_a_page_bring_their_prompt(visit, tmp_path):
    visitor, saved = visit(), recorded_beam("ja")
    open_file(visitor, tmp_path, json.dumps(branches_to_wire(*saved)))
    expect(visitor.player.locator(".tz-branch")).to_have_count(len(saved.branches))
    expect(visitor.page.locator("#prompt textarea")).to_have_value(text_of(saved.branches[0].trace))


def test_the_example_of_the_map_brings_its_prompt(visit):
    visitor = visit()
    visitor.tab(1)
    visitor.page.get_by_role("button", name="Example: greedy").click()
    expect(visitor.page.locator(".tz-beam-said")).to_be_visible()
    visitor.tab(0)
    prompt = text_of(recorded_beam("en").branches[0].trace)
    expect(visitor.page.locator("#prompt textarea")).to_have_value(prompt)


def test_a_japanese_file_leaves_an_english_page_english(visit, tmp_path):
    visitor = visit("ja-JP")
    visitor.run_to_end("好きな果物は", 3)
    saved = visitor.saved_file()
    assert json.loads(saved)["page"]["language"] == "ja"
    other = visit()
    other.page.get_by_role("button", name=PROMPTS["coffee"][0]).click()
    expect(other.page.locator("#prompt textarea")).to_have_value(PROMPTS["coffee"][0])
    other.answered()
    open_file(other, tmp_path, saved)
    expect(other.page.locator("#prompt textarea")).to_have_value("好きな果物は")
    other.answered()
    expect(other.page.locator("html")).to_have_attribute("lang", "en")
    expect(other.page.locator("#run")).to_have_text("Continue")
