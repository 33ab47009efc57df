"""Every word in every language."""

from __future__ import annotations

import json
import re
import shutil
import string
import subprocess
import sys
from pathlib import Path

import pytest

from model_utils import errors, model_errors
from model_utils.views.protocol import remarks
from viz.pages.assets import bundle, view_modules
from viz.text.i18n import LANGUAGES, words

ROOT = Path(__file__).resolve().parents[2]
ERRORS = {
    one
    for module in (errors, model_errors, remarks)
    for one in vars(module).values()
    if isinstance(one, type) and getattr(one, "key", "")
}


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_languages_have_the_same_keys_with_the_same_blanks():
    assert {"en", "ja"} <= set(LANGUAGES)
    for language in LANGUAGES:
        english, theirs = words("en"), words(language)
        assert set(english) == set(theirs), language
        for key in english:
            assert blanks(english[key]) == blanks(theirs[key]), (language, key)


def test_a_language_is_a_file(tmp_path):
    """The page, its exported pages and its words know a language from its file alone."""
    for folder in ("app.py", "page", "viz", "model_utils", "assets/locales", "assets/player", "assets/examples"):
        here, there = ROOT / folder, tmp_path / folder
        there.parent.mkdir(exist_ok=True)
        shutil.copy(here, there) if here.is_file() else shutil.copytree(here, there)
    (tmp_path / "assets" / "models").symlink_to(ROOT / "assets" / "models")
    third = dict(words("en")) | {"language.name": "Français", "export.theme": "Clair ou sombre"}
    (tmp_path / "assets" / "locales" / "fr.json").write_text(json.dumps(third), encoding="utf-8")
    script = """
import viz
from page.runs import FIRST
from page.layout import Page
from page.messages import LANGUAGES, example_in
from model_utils.views.lecture.examples import recorded
assert LANGUAGES["Français"] == "fr" == viz.known("fr-CA")
page = viz.to_html(recorded("fruit"), "fr")
assert "Clair ou sombre" in page and '<html lang="fr"' in page
assert dict(Page().language.choices)["Français"] == "fr"
assert example_in(FIRST, "fr") == FIRST["en"]
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("error", sorted(ERRORS, key=lambda error: error.key), ids=lambda error: error.key)
def test_every_error_has_its_sentence(error):
    sentence = words("en")[f"error.{error.key}"]
    assert blanks(words("ja")[f"error.{error.key}"]) == blanks(sentence)
    params = {name: name.upper() for name in blanks(sentence)}
    assert str(error(**params)) == sentence.format(**params)


def test_every_term_has_a_help():
    keys = words("en")
    terms = [key for key in keys if key.startswith("term.") and not key.endswith(".help")]
    assert {f"{term}.help" for term in terms} <= set(keys)


def test_every_word_the_player_asks_for_is_there():
    script = bundle(*view_modules(), "player/lesson_page", "player/page", "player/hand_out", "page/app").script
    asked = set(re.findall(r"words\(\s*\"([\w.]+)\"", script))
    assert asked and asked <= set(words("en"))


@pytest.mark.parametrize(
    ("language", "step"), [("fr", "step"), ("", "step"), ("ja", "ステップ"), ("ja-JP", "ステップ")]
)
def test_an_unknown_language_is_english(language, step):
    assert words(language)["timeline.step"] == step
