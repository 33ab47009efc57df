"""The player in a browser, on exported pages: stepping, keys, clicks, numbers and awkward tokens."""

from __future__ import annotations

import pytest

from tests.player.conftest import load_all
from tests.viz.fakes import (
    AWKWARD_TRACE,
    ENGLISH_TRACE,
    HOSTILE,
    JAPANESE_TRACE,
    LONG_TRACE,
    NO_CANDIDATES,
    NO_STEPS,
    ONE_STEP,
    SCORED_TRACE,
    TOLD_TRACE,
    TRACES,
)
from viz.text.formats import fixed, percent, product


def current(opened) -> int:
    """The index of the step that the strip marks."""
    return int(opened.page.locator(".tz-token.tz-current").get_attribute("data-step"))


def is_clean(opened) -> bool:
    return (opened.dialogs, opened.requests, opened.errors) == ([], [], [])


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_trace_is_drawn_without_a_request_an_error_or_a_dialog(open_trace, trace, language):
    opened = open_trace(trace, language, plots=True)
    page = opened.page
    for _ in trace.steps:
        page.keyboard.press("ArrowRight")
    assert page.locator(".tz-token[data-step]").count() == len(trace.steps)
    assert page.locator(".tz-is-context").count() == len(trace.context)
    assert "\ufffd" not in page.locator("main").inner_html()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert is_clean(opened)


COUNT_PLOTLY = """() => {
    window.asked = 0;
    for (const name of ['react', 'newPlot', 'restyle', 'relayout', 'update', 'animate', 'redraw']) {
        const original = Plotly[name];
        Plotly[name] = (...rest) => { asked += 1; return original(...rest); };
    }
}"""


def test_a_step_asks_nothing_of_plotly(open_trace):
    opened = open_trace(LONG_TRACE, plots=True)
    page = opened.page
    page.evaluate(COUNT_PLOTLY)
    begun = current(opened)
    for key, reached in (("ArrowRight", begun + 50), ("ArrowLeft", begun)):
        for _ in range(50):
            page.keyboard.press(key)
        assert current(opened) == reached
    page.wait_for_timeout(500)
    assert page.evaluate("asked") == 0


def test_a_generated_trace_opens_on_its_first_generated_step_a_scored_one_on_its_first(open_trace):
    assert current(open_trace(JAPANESE_TRACE)) == 4
    assert current(open_trace(SCORED_TRACE)) == 0


def test_what_a_server_did_not_tell_is_a_dash(open_trace):
    opened = open_trace(TOLD_TRACE)
    page = opened.page
    at = next(at for at, step in enumerate(TOLD_TRACE.steps) if step.chosen.rank is None)
    for _ in range(at):
        page.keyboard.press("ArrowRight")
    assert page.locator(".tz-headline .tz-number").all_inner_texts()[::2] == ["–", "–"]
    assert page.locator(".tz-unsure").inner_text() == ""
    chosen = page.locator(".tz-row.tz-chosen")
    assert chosen.count() == 1 and chosen.inner_text().startswith("–")
    assert "NaN" not in page.locator("main").inner_text() and is_clean(opened)


def test_keys(open_trace):
    opened = open_trace(JAPANESE_TRACE)
    page, last = opened.page, len(JAPANESE_TRACE.steps) - 1
    for key, expected in [
        ("ArrowRight", 5),
        ("ArrowLeft", 4),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", last),
        ("ArrowRight", last),
    ]:
        page.keyboard.press(key)
        assert current(opened) == expected, key


def test_space_plays_and_pauses(open_trace):
    opened = open_trace(JAPANESE_TRACE)
    page = opened.page
    page.keyboard.press("Space")
    assert page.get_by_role("button", name="Pause").count() == 1
    page.wait_for_function("document.querySelector('.tz-current').dataset.step > 4")
    page.keyboard.press("Space")
    assert page.get_by_role("button", name="Play").count() == 1


def test_keys_with_a_modifier_or_in_a_field_are_left_alone(open_trace):
    opened = open_trace(JAPANESE_TRACE)
    page = opened.page
    page.keyboard.press("Control+End")
    page.evaluate(
        "document.body.append(document.createElement('input')); document.querySelector('body > input').focus()"
    )
    page.keyboard.press("ArrowRight")
    assert current(opened) == 4


def test_clicks(open_trace):
    opened = open_trace(JAPANESE_TRACE, plots=True)
    page = opened.page
    page.locator(".tz-token[data-step='9']").click()
    assert current(opened) == 9
    for name, expected in [("Previous step", 8), ("Next step", 9), ("First step", 0), ("Last step", 14)]:
        page.get_by_role("button", name=name).click()
        assert current(opened) == expected
    page.get_by_role("slider", name="Step").fill("3")
    assert current(opened) == 2
    for name in ("surprisal", "cumulative"):
        field = page.locator(".tz-field").nth(["surprisal", "cumulative"].index(name))
        box = field.bounding_box()
        field.click(position={"x": box["width"] * 7.5 / 15, "y": box["height"] / 2})
        assert current(opened) == 7
        page.keyboard.press("Home")


def test_the_page_shows_the_numbers_of_the_trace(open_trace):
    opened = open_trace(ENGLISH_TRACE)
    page = opened.page
    for index, step in enumerate(ENGLISH_TRACE.steps):
        page.locator(f".tz-token[data-step='{index}']").click()
        chosen = step.chosen
        assert page.locator(".tz-head-percent").inner_text() == percent(chosen.probability)
        assert page.locator(".tz-chosen .tz-percent").inner_text() == percent(chosen.probability)
        assert page.locator(".tz-chosen .tz-rank").inner_text() == str(chosen.rank)
        so_far = sum(one.chosen.logprob for one in ENGLISH_TRACE.steps[: index + 1])
        assert page.locator(".tz-result").inner_text() == product(so_far)


def test_bars_have_their_length_on_the_scale_that_is_stated(open_trace):
    page = open_trace(ONE_STEP).page
    shown = page.evaluate("""() => [...document.querySelectorAll('button.tz-row:not([hidden])')].map(row => {
        const [fill, track] = ['.tz-fill', '.tz-track'].map(name => row.querySelector(name).getBoundingClientRect());
        return (fill.right - track.left) / track.width;
    })""")
    scale = float(page.locator(".tz-bars .tz-caption").inner_text().split("Full width is ")[1].split(" %")[0]) / 100
    candidates = ONE_STEP.steps[0].candidates[: len(shown)]
    for length, candidate in zip(shown, candidates, strict=True):
        assert length == pytest.approx(candidate.probability / scale, abs=0.01)


def test_a_scored_text_is_a_table_of_its_factors_and_has_nothing_to_play(open_trace):
    opened = open_trace(SCORED_TRACE)
    page = opened.page
    rows = [
        [percent(one.chosen.probability), fixed(one.chosen.surprisal_bits, 2), fixed(one.chosen.rank, 0)]
        for one in SCORED_TRACE.steps
    ]
    assert [row.locator("td").all_inner_texts() for row in page.locator("tbody tr").all()] == rows
    assert page.locator(".tz-result").inner_text() == product(SCORED_TRACE.logprob)
    assert page.get_by_role("slider").count() == page.get_by_role("button", name="Play").count() == 0
    page.locator("tbody tr").nth(3).click()
    assert current(opened) == 3
    page.keyboard.press("ArrowRight")
    assert page.locator("tbody tr.tz-current").get_attribute("data-step") == "4"


def test_all_carried_candidates_can_be_shown(open_trace):
    page = open_trace(JAPANESE_TRACE).page
    assert page.locator("button.tz-row:visible").count() == 10
    page.get_by_role("button", name="Show all 50").click()
    assert page.locator("button.tz-row:visible").count() == 50
    assert page.locator(".tz-row.tz-cut:visible").count() == 20
    page.get_by_role("button", name="Show fewer").click()
    assert page.locator("button.tz-row:visible").count() == 10


def test_the_chosen_token_is_among_the_bars_even_from_beyond_the_candidates(open_trace):
    page = open_trace(SCORED_TRACE).page
    assert SCORED_TRACE.steps[0].chosen.rank == 300
    assert page.locator(".tz-chosen:visible .tz-rank").inner_text() == "300"


def test_hostile_tokens_are_text_everywhere(open_trace):
    opened = open_trace(AWKWARD_TRACE)
    page = opened.page
    for index, text in enumerate(HOSTILE[:-1]):
        token = page.locator(f".tz-token[data-step='{index}']")
        token.click()
        shown = text.replace(" ", "␣")
        assert token.inner_text() == shown
        assert page.locator(".tz-head-token").inner_text() == shown
        token.click()
        assert page.get_by_role("tooltip").locator(".tz-details-token").inner_text() == shown
        assert page.locator(".tz-chosen .tz-label").inner_text() == shown
    assert page.locator("img, body b").count() == 0
    assert is_clean(opened)


def test_half_characters_are_boxes_of_bytes_and_say_what_they_are_part_of(open_trace):
    opened = open_trace(AWKWARD_TRACE)
    page = opened.page
    token = page.locator(f".tz-token[data-step='{len(AWKWARD_TRACE.steps) - 3}']")
    assert token.locator(".tz-byte").all_inner_texts() == ["E8", "91"]
    token.click()
    token.click()
    assert "E8 91 (part of 葡)" in page.get_by_role("tooltip").inner_text()


def test_end_of_text_and_context_are_marked(open_trace):
    page = open_trace(JAPANESE_TRACE).page
    assert page.locator(".tz-token .tz-end").all_text_contents() == ["⏹"]
    assert page.locator(".tz-is-context").all_inner_texts() == ["<s>"]


def test_a_term_explains_itself_on_focus_and_goes_with_escape(open_trace):
    page = open_trace(JAPANESE_TRACE).page
    term = page.locator(".tz-headline .tz-term", has_text="rank")
    term.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    box = page.get_by_role("tooltip")
    assert "1 is the most likely" in box.inner_text()
    assert term.get_attribute("aria-describedby") == box.get_attribute("id")
    page.keyboard.press("Escape")
    assert box.count() == 0


def test_language_and_theme_change_at_once(open_trace):
    page = open_trace(JAPANESE_TRACE, plots=True).page
    page.get_by_role("button", name="日本語").click()
    assert page.locator(".tz-count").inner_text() == "ステップ 5 / 15"
    before = page.evaluate("getComputedStyle(document.querySelector('.tsuzuki')).backgroundColor")
    page.get_by_role("button", name="明るい画面・暗い画面").click()
    assert page.evaluate("getComputedStyle(document.querySelector('.tsuzuki')).backgroundColor") != before
    page.wait_for_function("document.querySelector('.tz-plot').layout.paper_bgcolor === undefined")
    paper = "document.querySelector('.tz-plot').layout.template.layout.paper_bgcolor === '#16161a'"
    page.wait_for_function(paper)


def test_the_live_region_says_the_step(open_trace):
    page = open_trace(JAPANESE_TRACE).page
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('[aria-live]').textContent.startsWith('Step 6 of 15: です')")


@pytest.mark.parametrize("trace", [NO_STEPS, NO_CANDIDATES], ids=["no steps", "no candidates"])
def test_what_is_missing_is_said(open_trace, trace):
    page = open_trace(trace).page
    assert page.locator(".tz-message").is_visible() == (not trace.steps)


def test_a_view_that_left_the_page_listens_no_more(open_trace):
    page = open_trace(NO_STEPS).page
    load_all(page)
    counts = page.evaluate(
        """() => {
            const { setup } = JSON.parse(document.getElementById('tsuzuki-data').textContent);
            let count = 0;
            for (const target of [document, window]) {
              const [add, remove] = [target.addEventListener, target.removeEventListener];
              target.addEventListener = (...given) => ((count += 1), add.apply(target, given));
              target.removeEventListener = (...given) => ((count -= 1), remove.apply(target, given));
            }
            return ['step', 'learning', 'duel', 'step', 'learning', 'duel'].map((view) => {
              const place = document.body.appendChild(document.createElement('div'));
              Tsuzuki['player/views/registry'].makeView(view, place, { setup, language: 'en' });
              place.remove();
              return count;
            });
        }"""
    )
    assert counts[0] > 0 and counts[3:] == counts[:3]
