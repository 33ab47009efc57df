"""The oldest browsers that the pages are made for: what only newer ones have is used where something stands in for it.

Versions are those of MDN's compatibility tables; `None` is a browser without. Leaves out: Gradio's and Plotly's own
scripts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

from viz import words

ROOT = Path(__file__).resolve().parents[1]
OLDEST = {"Chrome": 111.0, "Firefox": 128.0, "Safari": 16.4}
COMMENT = re.compile(r"/\*.*?\*/|^[ \t]*//[^\n]*", re.S | re.M)
SOURCES = {
    path.relative_to(ROOT / "assets").as_posix(): COMMENT.sub("", path.read_text("utf-8"))
    for path in sorted(chain(*((ROOT / "assets" / folder).rglob("*.*s*") for folder in ("page", "player"))))
}  # fmt: skip
EVERYWHERE = "*"


class Feature(NamedTuple):
    pattern: str
    chrome: float | None
    firefox: float | None
    safari: float | None
    instead: Mapping[str, str] = MappingProxyType({})
    """Where it may stand, and what happens without."""

    @property
    def is_new(self) -> bool:
        since = zip((self.chrome, self.firefox, self.safari), OLDEST.values(), strict=True)
        return any(version is None or version > oldest for version, oldest in since)


FEATURES = {
    # Older than the oldest browsers, and what makes them the oldest.
    "color-mix": Feature(r"color-mix\(", 111, 113, 16.2),
    "compression streams": Feature(r"\b(?:Dec|C)ompressionStream", 103, 113, 16.4),
    "container queries": Feature(r"@container \w+ \(", 105, 110, 16.0),
    ":has()": Feature(r":has\(", 105, 121, 15.4),
    "zoom": Feature(r"style\.zoom\b", 1, 126, 3.1),
    "look-behind": Feature(r"\(\?<[=!]", 62, 78, 16.4),
    "a promise on the clipboard": Feature(r"ClipboardItem", 97, 127, 13.1),
    "AbortSignal.timeout": Feature(r"AbortSignal\.timeout", 103, 100, 16.0),
    "findLast": Feature(r"\.findLast(?:Index)?\(", 97, 104, 15.4),
    "changed copies of arrays": Feature(r"\.to(?:Sorted|Reversed|Spliced)\(", 110, 115, 16.0),
    # Newer, and harmless.
    "auto-phrase": Feature(r"auto-phrase", 119, None, None, {EVERYWHERE: "Japanese breaks anywhere"}),
    "text-size-adjust": Feature(r"[^-]text-size-adjust", 54, None, None, {"player/styles/touch.css": "prefixed"}),
    "print-color-adjust": Feature(r"[^-]print-color-adjust", 136, 97, 15.4, {EVERYWHERE: "prefixed"}),
    "currentCSSZoom": Feature(r"currentCSSZoom", 128, 126, None, {"player/core/dom.js": "zoomOf multiplies the zooms"}),
    "pointerType": Feature(r"pointerType", 92, 129, 18.2, {
        "player/core/dom.js": "the press before the click says it",
        "player/core/details.js": "of pointer events, not of clicks",
    }),
    # Newer, and not used.
    "checkVisibility": Feature(r"checkVisibility", 105, 106, 17.4),
    "nested rules": Feature(r"^\s+&", 120, 117, 17.2),
    "text-wrap": Feature(r"text-wrap", 114, 121, 17.4),
    "light-dark()": Feature(r"light-dark\(", 123, 120, 17.5),
    "field-sizing": Feature(r"field-sizing", 123, None, 26.2),
    "@starting-style": Feature(r"@starting-style", 117, 129, 17.5),
    "@scope": Feature(r"@scope", 118, 146, 17.4),
    "anchors": Feature(r"anchor-name|position-anchor", 125, 147, 26.0),
    "scroll bars in colour": Feature(r"scrollbar-(?:color|width|gutter)", 121, 64, 18.2),
    "popovers": Feature(r"popover", 114, 125, 17.0),
    "view transitions": Feature(r"startViewTransition", 111, 144, 18.0),
    "requestIdleCallback": Feature(r"requestIdleCallback", 47, 55, None),
    "streams in for await": Feature(r"for await", 124, 110, None),
    "groupBy": Feature(r"(?:Object|Map)\.groupBy", 117, 119, 17.4),
    "withResolvers, try": Feature(r"Promise\.(?:withResolvers|try)\b", 128, 134, 18.2),
    "Array.fromAsync": Feature(r"Array\.fromAsync", 121, 115, 16.4),
    "sets of sets": Feature(r"\.(?:intersection|symmetricDifference|isSubsetOf|isSupersetOf)\(", 122, 127, 17.0),
    "iterators with map": Feature(r"\.(?:values|keys|entries)\(\)\.(?:map|filter|some|find|toArray)\(", 122, 131, 18.4),
    "URL.canParse": Feature(r"URL\.canParse", 120, 115, 17.0),
    "AbortSignal.any": Feature(r"AbortSignal\.any", 116, 124, 17.4),
    "base64 of bytes": Feature(r"fromBase64|toBase64", 140, 133, 18.2),
    "well-formed strings": Feature(r"isWellFormed|toWellFormed", 111, 119, 16.4),
    "regular expressions of sets": Feature(r"/[dgimsuy]*v[dgimsuy]*[.,;)]", 112, 116, 17.0),
    "RegExp.escape": Feature(r"RegExp\.escape", 136, 134, 18.2),
    "bytes()": Feature(r"\.bytes\(\)", 132, 128, 18.0),
    "navigation": Feature(r"\bnavigation\.(?:addEventListener|navigate|back)", 102, 147, 26.2),
}  # fmt: skip


@pytest.mark.parametrize("name", FEATURES)
def test_what_only_newer_browsers_have_has_something_in_its_place(name):
    feature = FEATURES[name]
    found = {path for path, text in SOURCES.items() if re.search(feature.pattern, text, re.M)}
    if feature.is_new and EVERYWHERE not in feature.instead:
        assert found == set(feature.instead), f"{name}: {found}"


def test_the_features_that_make_the_oldest_browsers_the_oldest_are_used():
    for name in ("color-mix", "compression streams", ":has()", "zoom"):
        assert any(re.search(FEATURES[name].pattern, text) for text in SOURCES.values()), name
        assert not FEATURES[name].is_new


def test_no_style_asks_a_parent_for_what_its_children_do_not_say():
    """WebKit looks at :has() again when a class or an attribute changes, and not when a text comes."""
    for path, text in SOURCES.items():
        if path.endswith(".css"):
            asked = re.findall(r":has\((?:[^()]|\([^()]*\))*\)", text)
            assert not [one for one in asked if ":empty" in one], path


def test_a_prefixed_twin_stands_beside_what_needs_one():
    for path, text in SOURCES.items():
        for name in ("text-size-adjust", "print-color-adjust", "user-select", "backdrop-filter", "mask-image"):
            bare, prefixed = (len(re.findall(rf"(?<![-\w]){kind}{name}:", text)) for kind in ("", "-webkit-"))
            assert bare == prefixed, f"{path}: {name}"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_sentence_for_older_browsers_names_these(language):
    said = words(language)["oldest.said"]
    assert [float(number) for number in re.findall(r"\d+(?:\.\d+)?", said)] == list(OLDEST.values())
