"""Every visible word, in the reader's language: one JSON file a language, keys with dots, blanks as ``{name}``.

Leaves out: the choice of the language, which is the page's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from model_utils.asset_folder import ASSETS
from model_utils.errors import TsuzukiError

LOCALES = ASSETS / "locales"
LANGUAGES = tuple(sorted(path.stem for path in LOCALES.glob("*.json")))
"""Adding a language is adding a file."""
SETTINGS = {
    "max_new_tokens": "page.length",
    "seed": "page.seed",
    "width": "map.width",
    "length_penalty": "map.penalty",
}
"""The settings that are no terms, and the words for them."""


@cache
def _read(code: str) -> Mapping[str, str]:
    found: dict[str, str] = json.loads((LOCALES / f"{code}.json").read_text(encoding="utf-8"))
    return MappingProxyType(found)


def known(language: str) -> str:
    """The language of the file to use: ``"ja-JP"`` gives ``"ja"``, a language without a file ``"en"``."""
    code = language.partition("-")[0].lower()
    return code if code in LANGUAGES else "en"


def words(language: str) -> Mapping[str, str]:
    """Key to sentence. A language without a file, such as ``"fr"``, gives English; ``"ja-JP"`` gives Japanese."""
    return _read(known(language))


def sentence_of(error: TsuzukiError, language: str) -> str:
    """An error's sentence in the reader's language; settings are named as on the page."""
    said = words(language)
    blanks = {name: "–" if value is None else value for name, value in error.params.items()}
    if "name" in blanks:
        name = str(blanks["name"])
        blanks["name"] = said.get(SETTINGS.get(name, f"term.{name}"), name)
    return said[f"error.{error.key}"].format(**blanks)
