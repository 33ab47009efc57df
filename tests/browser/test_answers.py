"""Answers in several spellings on the page: an example at first, then one's own, and none."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from model_utils import load
from model_utils.decoding.answers import answer_probabilities, read_answers
from page.views.answers import EXAMPLES
from viz.text.formats import percent


@pytest.fixture
def answers(visit):
    visitor = visit()
    visitor.tab(4)
    expect(visitor.page.locator("#answers .tz-answers-said")).to_contain_text("most probable answer")
    return visitor


def test_an_example_then_answers_of_ones_own(answers):
    page, lm = answers.page, load()
    prompt, typed = EXAMPLES["en"]
    assert page.locator("#answers-prompt textarea").input_value() == prompt
    for answer in answer_probabilities(lm, prompt, read_answers(typed)).answers:
        expect(page.locator("#answers")).to_contain_text(percent(answer.probability))

    page.locator("#answers-prompt textarea").fill("好きな果物は")
    page.locator("#answers-typed textarea").fill("りんご / リンゴ / 林檎\nぶどう / ブドウ / 葡萄")
    page.locator("#answers-run").click()
    expect(page.locator("#answers")).to_contain_text("葡萄")
    for answer in answer_probabilities(
        lm, "好きな果物は", [["りんご", "リンゴ", "林檎"], ["ぶどう", "ブドウ", "葡萄"]]
    ).answers:
        expect(page.locator("#answers")).to_contain_text(percent(answer.probability))


def test_no_answer_is_said(answers):
    answers.page.locator("#answers-typed textarea").fill(" / ")
    answers.page.locator("#answers-run").click()
    expect(answers.notice).to_contain_text("no answer")
