"""What a page needs to place the step-through player: its scripts, its styles, and its setup.

    new Tsuzuki.Player(element, {setup, language: "en", view: "step"}).show(to_wire(trace))

`setup` is `player_setup()` as JSON. Plotly's own script (`plotly_script`) may come late or never: all but the timelines
is drawn without it. Leaves out: the page, and where it loads these files from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly

from model_utils.asset_folder import ASSETS

from ..figures.learning import learning_figure
from ..figures.timelines import Timeline, cumulative_figure, surprisal_figure
from ..text.i18n import LANGUAGES, words
from ..theme import SURPRISAL_COLOURS, THEMES

FOLDER = ASSETS / "player"
_SCRIPTS = (
    "formats",
    "composing",
    "dom",
    "oldest",
    "fit",
    "embed",
    "paper",
    "sampler",
    "steps",
    "trace",
    "branches",
    "link",
    "outline",
    "details",
    "csvfile",
    "saveditems",
    "svgtext",
    "svgboxes",
    "snapshot",
    "savemenu",
    "picture",
    "twin",
    "strip",
    "bars",
    "knobs",
    "draws",
    "product",
    "factors",
    "timelines",
    "controls",
    "header",
    "headline",
    "keys",
    "branchbar",
    "player",
    "tree",
    "beamverdict",
    "mapbar",
    "mapmarks",
    "mapkeys",
    "maptable",
    "map",
    "align",
    "duelrows",
    "duelchart",
    "duelfigures",
    "duel",
    "expected",
    "modelchart",
    "models",
    "learning",
    "answers",
    "tokens",
    "views",
    "guess",
    "lesson",
)
_STYLES = (
    "player",
    "strip",
    "bars",
    "prices",
    "layout",
    "save",
    "knobs",
    "branches",
    "map",
    "duel",
    "models",
    "answers",
    "tokens",
    "lesson",
    "embed",
    "touch",
)


def player_scripts() -> tuple[Path, ...]:
    """The player's scripts in load order; each is a classic script that adds to ``window.Tsuzuki``."""
    return tuple(FOLDER / f"{name}.js" for name in _SCRIPTS)


def player_styles() -> tuple[Path, ...]:
    """The player's style sheets, in order; they read the variables of `theme.css_variables`."""
    return tuple(FOLDER / f"{name}.css" for name in _STYLES)


def plotly_script() -> Path:
    """Plotly's JavaScript, the one inside the installed plotly package."""
    return Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


def player_setup() -> dict[str, Any]:
    """Words of every language, and the styled figures of no steps for every language and theme. Plain JSON data."""
    return {
        "words": {language: dict(words(language)) for language in LANGUAGES},
        "surprisal_colours": SURPRISAL_COLOURS,
        "timelines": {
            language: {
                theme.name: {
                    "surprisal": surprisal_figure(Timeline(), language, theme),
                    "cumulative": cumulative_figure(Timeline(), language, theme),
                }
                for theme in THEMES
            }
            for language in LANGUAGES
        },
        "learning": {
            language: {theme.name: learning_figure(language, theme) for theme in THEMES} for language in LANGUAGES
        },
    }
