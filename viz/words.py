"""Every visible word, in the reader's language: one JSON file a language, keys with dots, blanks as ``{name}``.

Leaves out: the choice of the language, which is the page's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

LOCALES = Path(__file__).resolve().parent.parent / "assets" / "locales"
LANGUAGES = ("en", "ja")


@cache
def words(language: str) -> Mapping[str, str]:
    """Key to sentence. A language without a file, such as ``"fr"``, gives English; ``"ja-JP"`` gives Japanese."""
    known = language.partition("-")[0]
    path = LOCALES / f"{known if known in LANGUAGES else 'en'}.json"
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return MappingProxyType(found)
