"""Two pictures over the steps: surprisal and entropy of each, and the cumulative logprob.

Gather -> plain info -> draw. The figures are plain data (`{"data": …, "layout": …}`): the player takes the ones of no
steps, styled here, and fills in x and y itself. Leaves out: the mark of the current step, which moves too often for
Plotly.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from model_utils.trace.values import Step

from ..text.i18n import words
from ..theme import LIGHT, Theme, surprisal_colour, template

HEIGHT = 150
MOST_MARKERS = 60
TICKS = 8
MARGIN = {"l": 44, "r": 12, "t": 12, "b": 24}


@dataclass(frozen=True, slots=True)
class Timeline:
    """One number a step, in the order of the text."""

    surprisal_bits: tuple[float, ...] = ()
    entropy_bits: tuple[float | None, ...] = ()
    cumulative_logprob: tuple[float, ...] = ()
    """Nats: the sum over this step and all before it."""


def gather(steps: tuple[Step, ...]) -> Timeline:
    return Timeline(
        surprisal_bits=tuple(step.chosen.surprisal_bits for step in steps),
        entropy_bits=tuple(step.entropy_bits for step in steps),
        cumulative_logprob=tuple(accumulate(step.chosen.logprob for step in steps)),
    )


def surprisal_figure(timeline: Timeline, language: str = "en", theme: Theme = LIGHT) -> dict[str, Any]:
    """Surprisal as bars in the colours of the token strip, entropy as a dotted line; both in bits."""
    text, steps = words(language), list(range(1, len(timeline.surprisal_bits) + 1))
    surprisal = {
        "type": "bar",
        "name": text["term.surprisal"],
        "x": steps,
        "y": list(timeline.surprisal_bits),
        "marker": {
            "color": [surprisal_colour(bits, theme) for bits in timeline.surprisal_bits],
            "line": {"width": 0},
        },
    }
    entropy = {
        "type": "scatter",
        "mode": "lines+markers" if len(steps) <= MOST_MARKERS else "lines",
        "name": text["term.entropy"],
        "x": steps,
        "y": list(timeline.entropy_bits),
        "line": {"color": theme.soft, "width": 1.5, "dash": "dot"},
        "marker": {"color": theme.paper, "size": 4, "line": {"color": theme.soft, "width": 1.5}},
    }
    axis = {"rangemode": "tozero"}
    return {"data": [surprisal, entropy], "layout": _layout(theme, len(steps), text["timeline.surprisal.title"], axis)}


def cumulative_figure(timeline: Timeline, language: str = "en", theme: Theme = LIGHT) -> dict[str, Any]:
    """Cumulative logprob as a falling staircase, in nats."""
    text, steps = words(language), list(range(1, len(timeline.cumulative_logprob) + 1))
    line = {
        "type": "scatter",
        "mode": "lines",
        "name": text["term.logprob"],
        "x": steps,
        "y": list(timeline.cumulative_logprob),
        "line": {"color": theme.ink, "width": 2, "shape": "hvh"},
    }
    axis = {"rangemode": "tozero"}
    return {"data": [line], "layout": _layout(theme, len(steps), text["timeline.cumulative.title"], axis)}


def _layout(theme: Theme, steps: int, title: str, yaxis: dict[str, Any]) -> dict[str, Any]:
    """`meta` is for the page: the heading, which there can wrap and be read aloud, and what depends on the steps."""
    between = {"dtick": 1} if 0 < steps < TICKS else {}  # no ticks between steps
    return {
        "template": template(theme),
        "meta": {"title": title, "surprisal": list(theme.surprisal), "markers": MOST_MARKERS},
        "height": HEIGHT,
        "margin": MARGIN,
        "bargap": 0.25,
        "xaxis": {"range": [0.5, max(steps, 1) + 0.5], "showgrid": False, "nticks": TICKS, "tickformat": "d"} | between,
        "yaxis": {"nticks": 4, "automargin": False} | yaxis,
    }
