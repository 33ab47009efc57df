"""What a page needs to place the player: script, styles, and setup, by the modules that the page begins with.

    page = bundle("player/views/duel", "player/page")

`setup` is plain JSON data: words and figures. Plotly's own script (`plotly_script`) may come late or never: all but the
figures is drawn without it. Leaves out: the page, and where it loads these from.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import plotly

from model_utils.asset_folder import ASSETS

from ..figures.learning import learning_figure
from ..figures.timelines import Timeline, cumulative_figure, surprisal_figure
from ..text.i18n import LANGUAGES, words
from ..theme import SURPRISAL_COLOURS, THEMES, css_variables
from .modules import joined_modules

FOLDER = ASSETS / "player"
VIEWS = tuple(re.findall(r'^import "./(\w+).js";$', (FOLDER / "views" / "all.js").read_text(encoding="utf-8"), re.M))
"""The names of the views; each is a module that registers itself."""
_FIRST, _LAST = ("player", "strip", "bars", "prices", "layout", "save"), ("embed", "touch")
"""Style sheets of every page, before and after those that its modules import."""
_FIGURES = ("timelines", "learning")
_WORD = re.compile(r"[\"`](\w+)\.")


class Bundle(NamedTuple):
    script: str
    style: str
    """It reads the variables of `theme.css_variables`, which it begins with."""
    setup: dict[str, Any]

    @property
    def needs_plotly(self) -> bool:
        return any(figure in self.setup for figure in _FIGURES)


def view_modules(*views: str) -> tuple[str, ...]:
    """The modules of these views, by default of all."""
    return tuple(f"player/views/{view}" for view in views or VIEWS)


@cache
def bundle(*entries: str) -> Bundle:
    """The script of these modules, with the words and figures that it names."""
    script, styles = joined_modules(*entries)
    sheets = [*(_sheet(name) for name in _FIRST), *styles, *(_sheet(name) for name in _LAST)]
    setup = player_setup()
    named = set(_WORD.findall(script))
    said = {
        language: {key: word for key, word in table.items() if key.partition(".")[0] in named}
        for language, table in setup["words"].items()
    }
    unnamed = {figure for figure in _FIGURES if f"setup.{figure}" not in script}
    kept = {key: value for key, value in setup.items() if key not in unnamed}
    return Bundle(script, css_variables() + joined(*sheets), {**kept, "words": said})


def page_sheets(*names: str) -> str:
    """Style sheets that only some pages take, for the end of theirs."""
    return joined(*map(_sheet, names))


def joined(*paths: Path) -> str:
    """The texts of files, in their order."""
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _sheet(name: str) -> Path:
    return FOLDER / "styles" / f"{name}.css"


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
