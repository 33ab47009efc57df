"""Every word in every language."""

from __future__ import annotations

import re
import string

import pytest

from model_utils import errors
from viz.player import FOLDER, player_scripts
from viz.words import LANGUAGES, words

ERRORS = [one for one in vars(errors).values() if isinstance(one, type) and getattr(one, "key", "")]


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_languages_have_the_same_keys_with_the_same_blanks():
    english, japanese = (words(language) for language in LANGUAGES)
    assert set(english) == set(japanese)
    for key in english:
        assert blanks(english[key]) == blanks(japanese[key]), key


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.key)
def test_every_error_has_its_sentence(error):
    assert words("en")[f"error.{error.key}"] == error.sentence
    assert blanks(words("ja")[f"error.{error.key}"]) == blanks(error.sentence)


def test_every_term_has_a_help():
    keys = words("en")
    terms = [key for key in keys if key.startswith("term.") and not key.endswith(".help")]
    assert {f"{term}.help" for term in terms} <= set(keys)


def test_every_word_the_player_asks_for_is_there():
    asked = set()
    for path in (*player_scripts(), FOLDER / "page.js"):
        asked |= set(re.findall(r"words\(\s*\"([\w.]+)\"", path.read_text(encoding="utf-8")))
    assert asked and asked <= set(words("en"))


@pytest.mark.parametrize(
    ("language", "step"), [("fr", "step"), ("", "step"), ("ja", "ステップ"), ("ja-JP", "ステップ")]
)
def test_an_unknown_language_is_english(language, step):
    assert words(language)["timeline.step"] == step
