"""What bad input gets: a clear sentence where it happened, in the reader's language, with nothing lost of the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from model_utils.views.lecture.examples import EXAMPLES
from tests.trace.marks import marked

BAD_PROMPTS = {
    "too long": ("word " * 5000, "tokens; small reads at most"),
    "lone surrogate": ("a\ud800b", "half of a character (a lone surrogate, U+D800) at position 2"),
}
BAD_FILES = {
    "not json": (b"hello", "This is not a trace that can be shown"),
    "not a trace": (b'{"a": 1}', "This is not a trace that can be shown"),
    "another schema": (b'{"schema": 99}', "its schema is 99"),
    "empty": (b"", "This is not a trace that can be shown"),
}


@pytest.mark.parametrize("name", BAD_PROMPTS)
def test_a_prompt_that_cannot_be_read(visit, name):
    prompt, sentence = BAD_PROMPTS[name]
    visitor = visit()
    shown = visitor.tokens()
    visitor.page.locator("#prompt textarea").evaluate(
        "(area, text) => { area.value = text; area.dispatchEvent(new Event('input')); }", prompt
    )
    visitor.run()
    expect(visitor.notice).to_contain_text(sentence)
    visitor.finished()
    assert visitor.tokens() == shown


def test_an_empty_prompt_starts_from_the_beginning_of_text(visit):
    visitor = visit()
    visitor.type_prompt("")
    visitor.set_length(4)
    visitor.run()
    expect(visitor.strip.locator(".tz-token")).to_have_count(5)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [("nobody/nothing", "The model hub cannot be reached"), ("/no/such/folder", "There is no model /no/such/folder")],
)
def test_a_model_that_is_not_there(visit, model, sentence):
    visitor = visit()
    shown = visitor.tokens()
    visitor.choose_model(model)
    visitor.run()
    expect(visitor.notice).to_contain_text(sentence)
    visitor.finished()
    assert visitor.tokens() == shown


@pytest.mark.parametrize(
    ("typed", "said"), [("", "「生成するトークン数」が – です"), ("-3", "「生成するトークン数」が -3 です")]
)
def test_a_number_of_tokens_out_of_range(visit, typed, said):
    visitor = visit("ja-JP")
    shown = visitor.tokens()
    visitor.page.locator("#length input").fill(typed)
    visitor.run()
    expect(visitor.notice).to_have_text(f"{said}。0 から 100000 までの数にしてください。")
    visitor.finished()
    assert visitor.tokens() == shown


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("#length", "1.5", "New tokens is 1.5; it must be a whole number from 0 to 100000."),
        ("#seed", "0.5", "Seed is 0.5; it must be a whole number from 0 to 9007199254740991."),
    ],
)
def test_a_fraction_of_a_whole_number_is_not_rounded(visit, field, typed, said):
    visitor = visit()
    shown = visitor.tokens()
    visitor.page.locator("#settings button").first.click()
    visitor.answered()
    visitor.page.locator(f"{field} input").fill(typed)
    visitor.run()
    expect(visitor.notice).to_have_text(said)
    visitor.finished()
    assert visitor.tokens() == shown


def test_a_fraction_of_the_tokens_of_two_models_is_not_rounded(visit):
    visitor = visit()
    page = visitor.page
    visitor.tab(5)
    expect(page.locator("#models .tz-duel-token").first).to_be_visible()
    page.locator("#models-length input").fill("2.5")
    page.locator("#models-run").click()
    expect(page.locator(".tz-notice:visible")).to_have_text(
        "New tokens is 2.5; it must be a whole number from 0 to 100000."
    )


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_trace(visit, tmp_path, name):
    content, sentence = BAD_FILES[name]
    visitor = visit()
    shown = visitor.tokens()
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    visitor.page.locator("#file input[type=file]").set_input_files(path)
    expect(visitor.notice).to_contain_text(sentence)
    assert visitor.tokens() == shown


CAPITAL = (EXAMPLES / "capital.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_a_file_opens_with_the_mark_that_an_editor_put_before_it(visit, tmp_path, encoding):
    visitor = visit()
    path = tmp_path / "saved.json"
    path.write_bytes(marked(CAPITAL, encoding))
    visitor.page.locator("#file input[type=file]").set_input_files(path)
    expect(visitor.strip).to_contain_text("capital")
    expect(visitor.notice).to_have_text("")


def test_a_refused_file_takes_nothing_away_that_was_typed_and_may_be_mended(visit, tmp_path):
    visitor = visit()
    page, path = visitor.page, tmp_path / "saved.json"
    shown = visitor.tokens()
    visitor.type_prompt("not run yet")
    visitor.set_length(7)
    path.write_bytes(marked(CAPITAL, "UTF-16")[:-1])
    page.locator("#file input[type=file]").set_input_files(path)
    expect(visitor.notice).to_contain_text("it holds text that is no Unicode")
    assert visitor.tokens() == shown
    expect(page.locator("#prompt textarea")).to_have_value("not run yet")
    expect(page.locator("#length input")).to_have_value("7")
    path.write_bytes(marked(CAPITAL, "UTF-16"))
    with page.expect_file_chooser() as chooser:  # Of one name chosen twice a browser says nothing, but for the button.
        page.locator("#file button").first.click()
    chooser.value.set_files(path)
    expect(visitor.strip).to_contain_text("capital")
    expect(visitor.notice).to_have_text("")


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "<b>x</b> &amp; `"]
)
def test_markup_in_a_prompt_is_text(visit, text):
    visitor = visit()
    visitor.type_prompt(text)
    visitor.set_length(2)
    visitor.run()
    visitor.page.wait_for_function("document.querySelector('#player .tz-strip').textContent.includes('<')")
    visitor.finished()
    assert visitor.page.locator("#player img, #player script, #player .tz-strip b").count() == 0


def test_stop_during_a_beam_search_brings_the_page_back(visit, endless):
    """The search has nothing to show before its end; the page is free at once, and what it showed is all there."""
    visitor = visit()
    page = visitor.page
    visitor.choose_model(endless)
    visitor.type_prompt("stop this")
    visitor.set_length(3)
    visitor.run()
    expect(visitor.strip).to_contain_text("this")
    visitor.finished()
    shown = visitor.tokens()
    visitor.set_length(400)
    visitor.tab(1)
    page.get_by_role("button", name="Beam search", exact=True).click()
    visitor.tab(0)
    page.locator("#stop").click()
    visitor.finished()
    assert visitor.tokens() == shown
    visitor.set_length(2)
    visitor.type_prompt("go on")
    visitor.run()
    expect(visitor.strip).to_contain_text("go")
    visitor.finished()
    assert len(visitor.tokens()) < len(shown) + 4


def test_a_table_can_be_stopped_and_shows_what_was_scored(visit, endless, tmp_path):
    visitor = visit()
    visitor.choose_model(endless)
    visitor.tab(3)
    page = visitor.page
    expect(page.locator("#duel .tz-duel-token").first).to_be_visible()
    page.locator("#table > button").click()
    path = tmp_path / "many.csv"
    path.write_text("text\n" + "".join(f"text number {number} and more of it\n" for number in range(4000)), "utf-8")
    page.locator("#table-ask input[type=file]").set_input_files(path)
    expect(page.locator("#sheet")).to_contain_text("of 4,000")
    page.locator("#table-stop").click()
    expect(page.locator("#table-run")).to_be_visible()
    expect(page.locator("#sheet")).to_contain_text("texts scored.")
    scored = int(page.locator("#sheet .tz-sheet-said").inner_text().split()[0].replace(",", ""))
    assert scored < 4000 and page.locator("#sheet tbody tr").count() == min(scored, 500)


def test_a_text_too_long_for_a_duel_is_named(visit):
    visitor = visit()
    visitor.tab(3)
    page = visitor.page
    shown = page.locator("#duel .tz-duel-token").all_inner_texts()
    page.locator("#text-b textarea").fill("word " * 700)
    page.locator("#score").click()
    expect(page.locator("[role=tabpanel]:visible .tz-notice").first).to_contain_text("Text B: The text has 70")
    assert page.locator("#duel .tz-duel-token").all_inner_texts() == shown
