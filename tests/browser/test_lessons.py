"""The lessons in the real app: every one shows its picture, a question comes first, and one goes on from there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from model_utils.views.lecture.lessons import contents, read_lessons

LESSONS_TAB = 6
LESSONS, _ = read_lessons()
NAMES = [entry["name"] for entry in contents(LESSONS)]
PICTURES = {
    "step": ".tz-bars .tz-row", "score": ".tz-bars .tz-row", "map": ".tz-map .tz-block", "tokens": ".tz-piece",
    "duel": ".tz-duel-stage", "answers": ".tz-answers-row", "models": ".tz-models-said",
    "learning": ".tz-learning-said",
}  # fmt: skip
"""What is there once a view is drawn."""


def open_lesson(visitor, name):
    entry = visitor.page.locator(f".tz-lesson-entry[data-name={name}]")
    entry.click()
    expect(entry).to_have_attribute("aria-current", "true")
    expect(visitor.page.locator(".tz-lesson-title")).to_have_text(entry.inner_text())


def test_the_first_lesson_is_open_from_the_beginning(visit):
    visitor = visit()
    visitor.tab(LESSONS_TAB)
    (first,) = (one for one in LESSONS if one.name == NAMES[0] and one.front.language == "en")
    expect(visitor.page.locator(".tz-lesson-title")).to_have_text(first.front.title)
    expect(visitor.page.locator(".tz-lesson-entry[aria-current]")).to_have_text(first.front.title)


def test_of_lessons_chosen_in_a_row_the_last_one_is_shown(visit):
    visitor = visit()
    visitor.tab(LESSONS_TAB)
    chosen = NAMES[3:9]
    for name in chosen:
        visitor.page.locator(f".tz-lesson-entry[data-name={name}]").click()
    (last,) = (one for one in LESSONS if one.name == chosen[-1] and one.front.language == "en")
    expect(visitor.page.locator(".tz-lesson-title")).to_have_text(last.front.title)
    visitor.page.locator(".tz-lesson-show").click()
    expect(visitor.page.locator(f".tz-lesson-picture {PICTURES[last.front.view]}").first).to_be_visible()
    expect(visitor.page.locator(".tz-lesson-answer")).to_have_text(last.front.answer)


@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
def test_every_lesson_asks_first_and_then_shows_its_picture(visit, locale):
    visitor = visit(locale=locale)
    visitor.tab(LESSONS_TAB)
    for name in NAMES:
        (lesson,) = (one for one in LESSONS if one.name == name and locale.startswith(one.front.language))
        open_lesson(visitor, name)
        page = visitor.page
        expect(page.locator(".tz-lesson-title")).to_have_text(lesson.front.title)
        expect(page.locator(".tz-lesson-question")).to_have_text(lesson.front.question)
        expect(page.locator(".tz-lesson-answer")).to_be_hidden()
        expect(page.locator(".tz-lesson-picture")).to_be_hidden()
        page.locator(".tz-lesson-show").click()
        if lesson.front.guess:
            expect(page.locator(".tz-guess-vote").first).to_be_visible()
            continue
        expect(page.locator(f".tz-lesson-picture {PICTURES[lesson.front.view]}").first).to_be_visible()
        expect(page.locator(".tz-lesson-answer")).to_have_text(lesson.front.answer)


def test_the_room_guesses_against_the_model(visit):
    visitor = visit()
    visitor.tab(LESSONS_TAB)
    open_lesson(visitor, "guess")
    page = visitor.page
    page.locator(".tz-lesson-show").click()
    options = page.locator(".tz-guess-vote")
    expect(options.first).to_be_visible()
    count = options.count()
    for _ in range(3):
        options.nth(0).click()
    expect(options.nth(0)).to_contain_text("3 votes")
    page.locator(".tz-guess-less").nth(0).click()
    expect(options.nth(0)).to_contain_text("2 votes")
    page.locator(".tz-guess-next").click()
    came = page.locator(".tz-guess-row").evaluate_all(
        "(rows) => rows.findIndex((row) => row.classList.contains('tz-guess-came'))"
    )
    # Half a vote to each option: 2 votes on the first of them.
    share = (2.5 if came == 0 else 0.5) / (2 + 0.5 * count)
    bits = page.evaluate("(share) => (-Math.log2(share)).toFixed(2)", share)
    expect(page.locator(".tz-guess-said")).to_contain_text(f"{bits} bits for the room")
    shown = page.locator(".tz-lesson-picture .tz-strip .tz-token").count()
    page.locator(".tz-guess-next").click()
    expect(page.locator(".tz-lesson-picture")).to_be_hidden()
    page.locator(".tz-guess-next").click()
    expect(page.locator(".tz-lesson-picture .tz-strip .tz-token")).to_have_count(shown + 1)


def test_a_lesson_changes_its_language(visit):
    visitor = visit()
    visitor.tab(LESSONS_TAB)
    open_lesson(visitor, NAMES[0])
    titles = {one.front.language: one.front.title for one in LESSONS if one.name == NAMES[0]}
    expect(visitor.page.locator(".tz-lesson-title")).to_have_text(titles["en"])
    visitor.choose_language("日本語")
    expect(visitor.page.locator(".tz-lesson-title")).to_have_text(titles["ja"])


@pytest.mark.parametrize(("view", "tab"), [("step", 0), ("duel", 3), ("answers", 4)])
def test_going_on_opens_the_view_with_what_the_lesson_showed(visit, view, tab):
    visitor = visit(locale="ja-JP")
    visitor.tab(LESSONS_TAB)
    lesson = next(
        one for one in LESSONS if one.front.view == view and one.front.language == "ja" and not one.front.guess
    )
    open_lesson(visitor, lesson.name)
    visitor.page.locator(".tz-lesson-show").click()
    visitor.page.locator(".tz-lesson-live > .tz-draw").click()
    expect(visitor.page.get_by_role("tab").nth(tab)).to_have_attribute("aria-selected", "true")
    typed = {"step": "#prompt textarea", "duel": "#text-a textarea", "answers": "#answers-prompt textarea"}[view]
    first = getattr(lesson.inputs, "prompt", None) or lesson.inputs.texts[0]
    expect(visitor.page.locator(typed)).to_have_value(first)
    expect(visitor.page.locator(f"#{'player' if view == 'step' else view}")).to_contain_text(first[:2])
