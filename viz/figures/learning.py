"""How a model's training went, and how well it read one text at each of its checkpoints.

The figure is plain data that the page fills (`assets/player/views/learning.js`). Leaves out: the numbers.
"""

from __future__ import annotations

from typing import Any

from ..text.i18n import words
from ..theme import LIGHT, Theme, template

HEIGHT = 240
MARGIN = {"l": 44, "r": 16, "t": 8, "b": 40}
SIZES = {"here": 15, "other": 8}


def learning_figure(language: str = "en", theme: Theme = LIGHT) -> dict[str, Any]:
    """Bits per token over tokens read (logarithmic): the training text as a line, the page's text as dots joined."""
    text = words(language)
    training = {
        "type": "scatter",
        "mode": "lines",
        "name": text["learning.training"],
        "line": {"color": theme.soft, "width": 2, "dash": "dot"},
    }
    own = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": text["learning.text"],
        "line": {"color": theme.candidate, "width": 2},
        "marker": {"color": theme.candidate, "line": {"color": theme.paper, "width": 2}, "opacity": 1},
    }
    layout = {
        "template": template(theme),
        "meta": {"title": text["learning.title"], "sizes": SIZES},
        "height": HEIGHT,
        "margin": MARGIN,
        "showlegend": True,
        "legend": {"x": 1, "xanchor": "right", "y": 1, "bgcolor": "rgba(0,0,0,0)"},
        "xaxis": {"type": "log", "showgrid": False, "title": {"text": text["learning.tokens"], "standoff": 6}},
        "yaxis": {"rangemode": "tozero", "nticks": 5},
    }
    return {"data": [training, own], "layout": layout}
