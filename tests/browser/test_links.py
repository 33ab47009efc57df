"""Links and files on the real page with the embedded model: what one left, another finds, and nothing bad comes along.

Leaves out: the text of a link itself (`tests/player/test_link.py`), and the numbers (`tests/views/test_links.py`).
"""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest
from playwright.sync_api import expect

from model_utils import Sampling, Trace, generate, load
from model_utils.views.protocol.branches import branches_from_wire
from tests.views.linking import packed
from tests.views.test_links import assert_same_numbers

PROMPT = "The capital of France is"
STATE = "TsuzukiPage.state()"
STATE_FRAMES = 15
RANDOM_LINKS = int(os.environ.get("TSUZUKI_RANDOM_LINKS", "6"))
INPUTS = {
    "prompt": "今日は <b>いい</b>",
    "length": 7,
    "temperature": 0.55,
    "top_k": 12,
    "top_p": 0.9,
    "min_p": 0.05,
    "repetition_penalty": 1.2,
    "seed": 3,
    "model": "nano",
    "tokens_text": "猫の名前",
    "duel_texts": ["猫が好き", "犬が好き", "鳥が好き"],
    "answers_prompt": "空は",
    "answers_typed": "青い / あおい\n赤い",
    "models_text": "The cat sat",
    "models_length": 3,
    "model_a": "nano",
    "chat_a": False,
    "model_b": "small",
    "chat_b": False,
    "table_texts": "a\nb",
}
KNOBS = {"repetition_penalty": 1.1, "temperature": 0.7, "top_k": 9, "top_p": 0.8, "min_p": 0.05}
PLACED = ("inputs", "view", "language", "step", "knobs")
SHOWN = {
    "tokens": "#tokens",
    "duel": "#duel .tz-duel-token",
    "answers": "#answers .tz-answers-rows, #answers table",
    "models": "#models .tz-duel-token",
}


def pack(state: dict[str, Any]) -> str:
    """The end of an address for a state."""
    return "#" + packed(json.dumps(state).encode())


def at_rest(visitor) -> dict[str, Any]:
    """The page's state once the app owes nothing and the state changes no more."""
    visitor.rest(f"() => JSON.stringify({STATE})", STATE_FRAMES)
    return visitor.page.evaluate(STATE)


SORTED = """function sorted(value) {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}"""


def comes_to(visitor, expected: dict[str, Any]) -> dict[str, Any]:
    """The page's state once it has these fields, and has had them for a while."""
    has = f"""(expected) => {{
        {SORTED}
        const state = TsuzukiPage.state();
        const found = Object.fromEntries(Object.keys(expected).map((name) => [name, state[name]]));
        return JSON.stringify(sorted(found)) === JSON.stringify(sorted(expected));
    }}"""
    try:
        visitor.page.wait_for_function(has, arg=expected, timeout=20_000)
    finally:
        found = at_rest(visitor)
        assert {name: found[name] for name in expected} == expected
    return found


def forked(visit):
    """A page with two branches, a name, a step and a knob of its own."""
    visitor = visit()
    visitor.type_prompt(PROMPT)
    visitor.set_length(6)
    visitor.run()
    expect(visitor.strip).to_contain_text("France")
    visitor.finished()
    visitor.player.locator("button.tz-row").nth(2).click()
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    visitor.finished()
    visitor.page.get_by_role("button", name="Rename").click()
    visitor.page.keyboard.type("もし <b>?")
    visitor.page.keyboard.press("Enter")
    visitor.strip.locator("[data-step='3']").click()
    visitor.page.locator(".tz-knob-slider").nth(1).fill("0.5")
    return visitor


def test_a_link_opens_elsewhere_as_it_was_left_and_its_numbers_are_the_same(visit, app):
    visitor = forked(visit)
    left = at_rest(visitor)
    visitor.followed()
    address = visitor.page.evaluate("TsuzukiPage.link()")
    assert visitor.page.url == address and len(address) < 2_000
    other = visit(end=address.removeprefix(app))
    expect(other.player.locator(".tz-branch")).to_have_count(2)
    expect(other.strip.locator("[aria-current]")).to_have_attribute("data-step", "3")
    comes_to(other, left)
    assert other.page.url == address
    assert other.player.locator(".tz-branch").all_inner_texts()[1] == "2 もし <b>?"
    expect(other.player.get_by_role("button", name="Undo")).to_be_hidden()
    for one, found in zip(
        *(branches_from_wire(json.loads(v.saved_file())).branches for v in (visitor, other)), strict=True
    ):
        assert_same_numbers(found.trace, one.trace)


def test_a_link_brings_a_beam_search_along_which_is_searched_again(visit, app):
    visitor = visit()
    visitor.run_to_end(PROMPT, 6)
    visitor.tab(1)
    visitor.page.get_by_role("button", name="Beam search").click()
    expect(visitor.page.locator(".tz-beam-said")).to_contain_text("Step 6 of 6")
    left = at_rest(visitor)
    other = visit(end=visitor.page.evaluate("TsuzukiPage.link()").removeprefix(app))
    expect(other.page.locator(".tz-beam-said")).to_contain_text("Step 6 of 6")
    comes_to(other, left)
    for one in (visitor, other):
        one.tab(0)
    saved, found = visitor.saved_branches(), other.saved_branches()
    assert left["branches"]["search"]["settings"]["width"] == 4
    assert [one.ids for one in found.search.sequences] == [one.ids for one in saved.search.sequences]
    assert found.search.sequences[0].score == pytest.approx(saved.search.sequences[0].score, abs=1e-4)


def test_a_reload_takes_the_numbers_that_were_kept_and_asks_no_model(visit):
    visitor = forked(visit)
    left, saved = at_rest(visitor), visitor.saved_file()
    visitor.followed()
    visitor.sent.clear()
    visitor.page.reload()
    expect(visitor.player.locator(".tz-branch")).to_have_count(2)
    comes_to(visitor, left)
    assert json.loads(visitor.saved_file()) == json.loads(saved)
    assert not [sent for sent in visitor.sent if "given" in sent]


@pytest.mark.parametrize("view", ["step", "map", "tokens", "duel", "answers", "models"])
def test_every_view_opens_with_its_inputs_and_shows_what_follows_from_them(visit, view):
    state = {"v": 1, "view": view, "language": "ja", "inputs": INPUTS, "step": 6, "knobs": KNOBS}
    visitor = visit(end=pack(state))
    if view in SHOWN:
        expect(visitor.page.locator(SHOWN[view]).first).to_be_visible()
    expect(visitor.page.get_by_role("tab", selected=True)).to_have_attribute("data-tab-id", view)
    found = comes_to(visitor, {name: state[name] for name in PLACED})
    visitor.page.reload()
    expect(visitor.strip).to_be_attached()
    comes_to(visitor, found)
    if view == "duel":
        assert visitor.page.locator(".duel-text:visible").count() == 3
        expect(visitor.page.locator("#duel .tz-duel-said")).to_contain_text("鳥が好き")


def test_random_states_are_equal_after_a_reload(visit):
    rng = random.Random(0)
    texts = ("", "好きな果物は", "<img src=x onerror=alert(1)>", "a\nb", "مرحبا 👩‍👩‍👧")
    visitor = visit()
    for _ in range(RANDOM_LINKS):
        names = ("prompt", "tokens_text", "answers_prompt", "answers_typed", "models_text", "table_texts")
        inputs = {**INPUTS, **{name: rng.choice(texts) for name in names}}
        inputs |= {"seed": rng.randrange(2**40), "length": rng.randrange(50), "top_k": rng.randint(0, 200)}
        inputs["duel_texts"] = [f"{rng.choice(texts)}{at}" for at in range(rng.randint(1, 6))]
        state = {
            "v": 1, "view": rng.choice(("step", "map", "tokens", "duel", "answers", "models")), "inputs": inputs,
            "language": rng.choice(("en", "ja")), "step": rng.randrange(8),
            "knobs": {**KNOBS, "top_p": rng.randint(0, 100) / 100},
        }  # fmt: skip
        # An address of its own, and not another end of the one that is open.
        visitor.page.goto("about:blank")
        visitor.page.goto(visitor.requests[0].split("#")[0] + pack(state))
        expect(visitor.strip).to_be_attached()
        expect(visitor.page.get_by_role("tab", selected=True)).to_have_attribute("data-tab-id", state["view"])
        found = comes_to(visitor, {name: state[name] for name in PLACED})
        visitor.page.reload()
        expect(visitor.strip).to_be_attached()
        comes_to(visitor, found)


@pytest.mark.parametrize("view", ["models", "answers"])
def test_a_link_with_empty_fields_brings_no_example(visit, view):
    empty = {"answers_prompt": "", "answers_typed": "", "models_text": "", "model_a": "nano", "model_b": "nano"}
    inputs = {**INPUTS, **empty}
    visitor = visit(end=pack({"v": 1, "view": view, "inputs": inputs, "language": "en"}))
    comes_to(visitor, {"view": view, "inputs": inputs})


def test_a_pasted_address_opens_at_once_and_a_broken_one_changes_nothing(visit):
    visitor = visit()
    visitor.page.evaluate("(end) => (location.hash = end)", pack({"v": 1, "view": "map", "inputs": {"prompt": "ねえ"}}))
    expect(visitor.page.get_by_role("tab", selected=True)).to_have_attribute("data-tab-id", "map")
    assert at_rest(visitor)["inputs"]["prompt"] == "ねえ"
    left = at_rest(visitor)
    visitor.page.evaluate("location.hash = 'no-link-at-all'")
    expect(visitor.page.get_by_text("This link cannot be read")).to_be_visible()
    assert at_rest(visitor) == left


TRACE = {"name": "", "from": 0, "after": {"branch": 0, "steps": 0}, "ids": [0, 5, 6], "given": [2], "sampling": None,
         "end": "given", "candidates": 5, "text": "<img src=x onerror=alert(1)>"}  # fmt: skip
HOSTILE = {
    "another model": ({"model": "evil/model"}, {}, "This link was made with evil/model (1), which is not here"),
    "markup for a model": ({"model": "<img src=x onerror=alert(1)>"}, {}, "made with <img src=x onerror=alert(1)> (1)"),
    "a folder": ({"model": "/etc"}, {}, "made with /etc (1), which is not here"),
    "other words": ({}, {}, "mean another text to small"),
    "unknown ids": ({}, {"ids": [0, 99_999], "given": [1]}, "There is no token 99999 in small"),
    "too long": ({}, {"ids": [5] * 2_000, "given": [1_999]}, "small reads at most"),
    "no branch": ({"current": 7}, {}, "This link cannot be shown: there is no branch 7."),
    "a list of lists": ({"list": [[]]}, {}, "This link cannot be shown:"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_link_that_cannot_be_computed_gets_a_sentence_and_the_rest_of_it_opens(visit, name):
    changes, row, sentence = HOSTILE[name]
    branches = {"model": "small", "revision": "1", "current": 0, "list": [{**TRACE, **row}], **changes}
    end = pack({"v": 1, "view": "step", "language": "en", "inputs": {"prompt": "<b>もし"}, "branches": branches})
    visitor = visit(end=end)
    expect(visitor.page.locator(".tz-notice", has_text=sentence).first).to_be_visible()
    assert visitor.page.locator("#prompt textarea").input_value() == "<b>もし"
    assert visitor.page.locator(".tz-notice img").count() == 0
    assert visitor.page.url.endswith(end), "what was sent can be sent on"
    expect(visitor.page.locator("#run")).to_be_visible()
    visitor.page.locator("#examples button").nth(2).click()
    expect(visitor.strip).to_contain_text("France")


def test_a_link_has_no_model_loaded_that_its_reader_has_not_chosen(visit):
    inputs = {"model": "evil/model", "model_a": "/etc", "tokens_text": "abc", "prompt": "kept"}
    visitor = visit(end=pack({"v": 1, "view": "tokens", "inputs": inputs}))
    expect(visitor.page.get_by_text("The link asks for evil/model, /etc, which is not among")).to_be_visible()
    found = at_rest(visitor)["inputs"]
    assert (found["model"], found["model_a"], found["prompt"]) == ("small", "small", "kept")
    assert not [sent for sent in visitor.sent if "evil" in sent]


def test_a_lesson_that_is_not_here_is_said(visit):
    visitor = visit(end=pack({"v": 1, "view": "lessons", "lesson": "gone\"]'<b>"}))
    expect(visitor.page.get_by_text("The link names a lesson that is not here.")).to_be_visible()


def test_what_is_left_out_of_a_link_is_said(visit):
    visitor = visit(end=pack({"v": 1, "view": "map", "inputs": {"prompt": "a", "top_p": 7}}))
    expect(visitor.page.get_by_text("A part of the link could not be read and was left out.")).to_be_visible()
    assert at_rest(visitor)["inputs"]["prompt"] == "a"


@pytest.mark.parametrize(
    ("locale", "button", "said"),
    [
        ("en-US", "Copy link", "The link is copied: it opens the page as it is now."),
        ("ja-JP", "リンクをコピー", "リンクをコピーしました。開くと、今の画面がそのまま現れます。"),
    ],
)
def test_the_link_is_copied_and_that_is_said(visit, locale, button, said):
    visitor = visit(locale=locale, permissions=["clipboard-read", "clipboard-write"])
    visitor.page.get_by_role("button", name=button).click()
    expect(visitor.page.locator("#copied [role=status]")).to_have_text(said)
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert copied == visitor.page.evaluate("TsuzukiPage.link()") and "#" in copied


def test_a_page_too_long_for_a_link_says_so_and_a_file_brings_all_of_it_back(visit, tmp_path):
    visitor = forked(visit)
    rng = random.Random(1)
    visitor.tab(2)
    long = "".join(chr(rng.randrange(0x4E00, 0x9FA0)) for _ in range(5_000))
    visitor.page.locator("#tokens-text textarea").fill(long)
    visitor.tab(0)
    visitor.page.wait_for_function("!location.hash")
    left = at_rest(visitor)
    visitor.page.get_by_role("button", name="Copy link").click()
    expect(visitor.page.locator("#copied [role=status]")).to_contain_text("too much on the page for a link")
    path = tmp_path / "branches.json"
    path.write_text(visitor.saved_file(), encoding="utf-8")
    other = visit()
    other.page.locator("#file input[type=file]").set_input_files(path)
    expect(other.player.locator(".tz-branch")).to_have_count(2)
    comes_to(other, left)
    found, saved = json.loads(other.saved_file()), json.loads(path.read_text("utf-8"))
    assert branches_from_wire(found) == branches_from_wire(saved) and found["page"] == saved["page"]


DROP = """([name, text]) => {
    const files = new DataTransfer();
    files.items.add(new File([text], name, { type: "application/json" }));
    const options = { bubbles: true, cancelable: true, dataTransfer: files };
    return !document.querySelector("#header").dispatchEvent(new DragEvent("drop", options));
}"""


def test_a_file_dropped_anywhere_replays_exactly_though_its_model_is_gone(visit):
    visitor = visit()
    lm = load()
    lm.end_ids = frozenset()
    trunk = generate(lm, "The old man", 55, Sampling(temperature=1.1, seed=2))
    gone = Trace.from_json(trunk.to_json().replace('"model":"small"', '"model":"gone"'))
    assert gone.model == "gone" and len(gone.tokens) >= 58
    assert visitor.page.evaluate(DROP, ["trace.json", gone.to_json()])
    expect(visitor.strip).to_contain_text("old")
    assert Trace.from_json(visitor.saved()) == gone
    saved = visitor.saved_file()
    visitor.page.locator("#examples button").nth(2).click()
    expect(visitor.strip).to_contain_text("France")
    visitor.tab(1)
    visitor.sent.clear()
    assert visitor.page.evaluate(DROP, ["Branches.JSON", saved])
    expect(visitor.page.get_by_role("tab", selected=True)).to_have_attribute("data-tab-id", "step")
    assert Trace.from_json(visitor.saved()) == gone
    assert not [sent for sent in visitor.sent if '"ids"' in sent], "no model is asked"


def test_what_is_no_saved_file_is_not_opened_in_the_place_of_the_page(visit):
    visitor = visit()
    assert visitor.page.evaluate(DROP, ["picture.png", "x"])
    expect(visitor.page.get_by_text("Only a saved file, ending in .json, can be dropped here.")).to_be_visible()
    assert visitor.page.evaluate(DROP, ["bad.json", '{"a": 1}'])
    expect(visitor.notice).to_contain_text("This is not a trace that can be shown")


def test_a_hostile_page_in_a_file_is_checked_as_a_link_is(visit):
    visitor = visit()
    data = json.loads(visitor.saved_file())
    for page in ({"v": 9}, {"v": 1, "view": "admin", "inputs": {"prompt": 7, "model": "evil/model"}}, {"v": "<b>"}):
        assert visitor.page.evaluate(DROP, ["x.json", json.dumps({**data, "page": page})])
        at_rest(visitor)
    assert visitor.page.evaluate(DROP, ["x.json", json.dumps({**data, "page": [1]})])
    expect(visitor.notice).to_contain_text("This is not a trace that can be shown")
    assert at_rest(visitor)["inputs"]["model"] == "small"
