"""The player's files, words and figures by view, for a page that shows one view.

A part groups those that belong together; those in no part go on every page. Leaves out: the files themselves
(`assets`), and the page (`export`).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple


class Part(NamedTuple):
    """By name: scripts, style sheets, the beginnings of keys of words, and keys of the setup."""

    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


PARTS = {
    "player": Part(
        (
            "branches",
            "knobs",
            "draws",
            "product",
            "factors",
            "controls",
            "header",
            "headline",
            "keys",
            "branchbar",
            "player",
        ),
        ("branches",),
        ("player", "about", "draws", "knobs", "branches", "product", "controls"),
        ("timelines",),
    ),
    "map": Part(("tree", "beamverdict", "mapbar", "mapmarks", "mapkeys", "maptable", "map"), ("map",), ("map",)),
    "steps": Part(("strip", "bars"), ("knobs",), ("strip", "bars", "branches")),
    "timelines": Part(("timelines",), (), ("timeline", "product")),
    "rows": Part(("align", "duelrows"), ("duel",), ("duel",)),
    "duel": Part(("duelchart", "duelfigures", "duel")),
    "expected": Part(("expected",), ("models",), ("models",)),
    "models": Part(("modelchart", "models")),
    "learning": Part(("learning",), (), ("learning",), ("learning",)),
    "answers": Part(("answers",), ("answers",), ("answers",)),
    "tokens": Part(("tokens",), ("tokens",), ("tokens",)),
    "hand-out": Part(("header", "headline"), ("models",), ("about", "product")),
    "lesson": Part(("guess", "lesson"), ("lesson",), ("lesson", "guess")),
    "app": Part(("link", "outline"), (), ("page", "error", "verdict", "figure", "link", "slides")),
}

_PLAYER = ("player", "steps", "timelines")
_SIDES = ("rows", "steps", "expected")
VIEWS: dict[str, tuple[str, ...]] = {
    "step": _PLAYER,
    "score": _PLAYER,
    "map": (*_PLAYER, "map"),
    "tokens": ("tokens",),
    "duel": ("rows", "duel", *_PLAYER),
    "answers": ("answers",),
    "models": (*_SIDES, "models"),
    "learning": (*_SIDES, "timelines", "learning"),
}
"""The parts of each view, as `Tsuzuki.makeView` of `assets/player/views.js` names them."""
HAND_OUT = ("steps", "hand-out")
"""Those of a page for paper, `assets/player/handout.js`."""


def needs_plotly(parts: Iterable[str]) -> bool:
    """Whether something of it is drawn with Plotly."""
    return "timelines" in parts


def scripts_of(parts: Iterable[str], paths: Iterable[Path]) -> list[Path]:
    """Of the scripts, those that the parts take, in the same order."""
    left_out = _others(parts, "scripts")
    return [path for path in paths if path.stem not in left_out]


def styles_of(parts: Iterable[str], paths: Iterable[Path]) -> list[Path]:
    """As `scripts_of`, of the style sheets."""
    left_out = _others(parts, "styles")
    return [path for path in paths if path.stem not in left_out]


def setup_of(parts: Iterable[str], setup: dict[str, Any]) -> dict[str, Any]:
    """Of `player_setup()`, the words and figures that the parts take."""
    figures, beginnings = _others(parts, "figures"), _others(parts, "words")
    said = {
        language: {key: word for key, word in table.items() if key.partition(".")[0] not in beginnings}
        for language, table in setup["words"].items()
    }
    return {**{key: value for key, value in setup.items() if key not in figures}, "words": said}


def _others(parts: Iterable[str], kind: str) -> set[str]:
    """Names that belong only to other parts."""
    taken = {name for part in parts for name in getattr(PARTS[part], kind)}
    return {name for part in PARTS.values() for name in getattr(part, kind)} - taken
