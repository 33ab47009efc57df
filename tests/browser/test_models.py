"""Two models on the page, and a training: examples, texts of one's own, and what goes wrong with one of the two."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from model_utils import load, score
from model_utils.catalog import DEFAULT
from model_utils.catalog import names as names_of_models
from model_utils.decoding.comparison import checkpoints, trained_in_sight

TEXT = "I like dogs."


@pytest.fixture
def models(visit):
    visitor = visit(plots=True)
    visitor.tab(5)
    expect(visitor.page.locator("#models .tz-duel-token").first).to_be_visible()
    return visitor


def compare(visitor, text: str, *names: str, length: int = 0) -> None:
    page = visitor.page
    for letter, name in zip("ab", names, strict=False):
        page.locator(f"#model-{letter} input").fill(name)
        known = page.get_by_role("option", name=name, exact=True).last
        known.click() if name in names_of_models() else page.locator(f"#model-{letter} input").press("Enter")
        box = page.locator(f"#chat-{letter} input")
        box.uncheck()
    page.locator("#models-length input").fill(str(length))
    page.locator("#models-text textarea").fill(text)
    page.locator("#models-run").click()


def test_the_base_and_the_instructed_model_are_there_with_the_template(models):
    words = models.page.locator("#models .tz-special").all_inner_texts()
    assert "<|user|>" in words and "<|assistant|>" in words
    names = models.page.locator("#models .tz-duel-letter").all_inner_texts()
    assert names == [DEFAULT, f"{DEFAULT}-instruct (chat)"]
    assert models.troubles == []


def test_two_sizes_and_their_bits(models):
    compare(models, TEXT, "nano", DEFAULT)
    rows = models.page.locator("#models tbody tr")
    expect(rows.first).to_contain_text("nano")
    for row, name in zip(rows.all_inner_texts(), ("nano", DEFAULT), strict=True):
        assert f"{-score(load(name), TEXT).logprob / 0.6931472 / len(TEXT):.2f}" in row


def test_one_models_trouble_is_said_and_the_other_is_shown(models):
    compare(models, TEXT, "no-such-model", DEFAULT)
    expect(models.notice).to_contain_text("no-such-model")
    expect(models.page.locator("#models .tz-duel-letter")).to_have_text([DEFAULT])
    expect(models.page.locator("#models .tz-duel-token")).to_have_count(len(score(load(), TEXT).steps))


def test_the_same_text_is_learned(models):
    models.page.locator("#follow").click()
    shown = models.page.locator("#learning")
    slider = shown.locator(".tz-slider")
    expect(slider).to_be_visible()
    found = checkpoints(trained_in_sight()[0])
    assert slider.get_attribute("max") == str(len(found) - 1)
    slider.fill("0")
    expect(shown.locator(".tz-duel-letter")).to_have_text(found[0].name)
    expect(shown).to_contain_text("After 0 steps of training")
    expect(shown.locator(".tz-plot .main-svg").first).to_be_visible()


def test_what_was_typed_stays_while_one_looks_elsewhere(models):
    text = models.page.locator("#models-text textarea")
    text.fill(TEXT)
    models.tab(4)
    prompt = models.page.locator("#answers-prompt textarea")
    expect(prompt).not_to_have_value("")
    prompt.fill("I like")
    models.tab(5)
    models.answered()
    assert text.input_value() == TEXT
    models.tab(4)
    models.answered()
    assert prompt.input_value() == "I like"
