"""A text as tokens and back; and what holds for every tab. Leaves out: the duel (`test_duel`)."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from model_utils import load

PAGE_OF_TEXT = (
    "吾輩は猫である。名前はまだ無い。鬱蒼とした森で「どこで生れたか」頓と見当がつかぬ。\n"
    "👩‍👩‍👧‍👦 👍🏽 🇯🇵 ️⃣ مرحبا بالعالم לילה טוב e\u0301a\u0308 ｶﾞｷﾞ　𠮟る \u202eabc\u202c \t naïve"
)
TABS = 7


@pytest.fixture(scope="module")
def lm():
    return load()


def test_text_to_tokens_to_ids_and_back(visit, lm):
    visitor = visit()
    visitor.tab(2)
    visitor.page.locator("#tokens-text textarea").fill("好きな果物は")
    ids = " ".join(map(str, lm.encode("好きな果物は")))
    expect(visitor.page.locator("#tokens-ids textarea")).to_have_value(ids)
    expect(visitor.page.locator(".tz-piece")).to_have_count(len(ids.split()))
    visitor.page.locator("#tokens-ids textarea").fill(", ".join(map(str, lm.encode("ぶどう")[1:])))
    expect(visitor.page.locator(".tz-joined")).to_have_text("ぶどう")


@pytest.mark.parametrize(
    ("typed", "sentence"), [("1, zwei", "Ids are whole numbers"), ("99999999", "There is no token 99999999")]
)
def test_ids_that_are_none(visit, typed, sentence):
    visitor = visit()
    visitor.tab(2)
    visitor.page.locator("#tokens-ids textarea").fill(typed)
    expect(visitor.notice).to_contain_text(sentence)


def test_no_replacement_character_anywhere(visit):
    visitor = visit("ja-JP")
    visitor.type_prompt(PAGE_OF_TEXT)
    visitor.set_length(10)
    visitor.run()
    expect(visitor.strip.locator(".tz-token").nth(60)).to_be_attached()
    visitor.finished()
    for _ in range(40):
        visitor.page.keyboard.press("ArrowLeft")
        assert "\ufffd" not in visitor.page.content()
    visitor.tab(2)
    visitor.page.locator("#tokens-text textarea").fill(PAGE_OF_TEXT)
    expect(visitor.page.locator(".tz-piece").nth(60)).to_be_attached()
    expect(visitor.page.locator(".tz-joined")).to_have_text(PAGE_OF_TEXT)
    assert "\ufffd" not in visitor.page.content()


def test_the_language_changes_everything_and_no_key_shows(visit):
    visitor = visit("en-US")
    english = set()
    for language, name in (("en", "English"), ("ja", "日本語")):
        visitor.choose_language(name)
        expect(visitor.page.locator("html")).to_have_attribute("lang", language)
        expect(visitor.page.locator("#run")).to_have_text({"en": "Continue", "ja": "続きを生成"}[language])
        for tab in range(TABS):
            visitor.tab(tab)
            words = visitor.page.locator("main").inner_text()
            assert "page." not in words and "__i18n__" not in words
            english |= {words} if language == "en" else set()
            if language == "ja":
                assert not {
                    "Continue",
                    "Sampling",
                    "Compare",
                    "As a table",
                    "Text A",
                    "Ids",
                    "Add up",
                    "A prompt",
                } & set(words.split("\n"))
    assert len(english) == TABS


@pytest.mark.parametrize("width", [360, 390, 768, 1440])
@pytest.mark.parametrize("locale", ["ja-JP", "en-US"])
def test_nothing_is_wider_than_the_window(visit, width, locale):
    visitor = visit(locale, width=width)
    assert visitor.tabs.count() == TABS, "each can be reached"
    for tab in range(TABS):
        visitor.tab(tab)
        visitor.answered()
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width


def test_light_and_dark(visit):
    visitor = visit(color_scheme="light")
    ink = "getComputedStyle(document.querySelector('#player .tz-body')).color"
    light = visitor.page.evaluate(ink)
    visitor.page.locator("#theme").click()
    assert visitor.page.evaluate(ink) != light
    assert visitor.page.locator("#theme").get_attribute("aria-label") == "Light or dark"
