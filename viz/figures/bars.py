"""The bars of one step: the most likely tokens, the chosen one, and all others as one bar.

Gather -> plain info -> draw. `assets/player/step/bars.js` draws the same rows in a browser. Leaves out: the tokens
before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from model_utils.trace.values import Candidate, Step

from ..text.formats import fixed, percent, plotly_label, plotly_text, rank
from ..text.i18n import words
from ..theme import LIGHT, Theme, template

SHOWN = 10
SCALES = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Row:
    """One bar. `candidate` is None for the bar of all other tokens, which stands for `count` of them."""

    candidate: Candidate | None
    probability: float
    count: int = 1
    chosen: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True)
class StepBars:
    rows: tuple[Row, ...]
    """Falling probability; the bar of all others, if there are any, comes last."""
    scale: float
    """The probability that a bar of full width stands for: the smallest of `SCALES` that holds every token. The bar of
    all others may be longer; it is broken off there."""


def gather(step: Step, vocab_size: int, shown: int = SHOWN) -> StepBars:
    """At most `shown` tokens, the chosen one always among them, and the rest of the vocabulary as one bar."""
    candidates = step.candidates[:shown]
    if step.chosen not in candidates:
        candidates = (*candidates[: shown - 1], step.chosen)
    cut = set(step.cut)
    rows = [
        Row(candidate, candidate.probability, chosen=candidate == step.chosen, cut=candidate.rank in cut)
        for candidate in candidates
    ]
    longest = max(row.probability for row in rows)
    scale = next(scale for scale in SCALES if scale >= min(longest, SCALES[-1]))
    count = vocab_size - len(rows)
    if count > 0:
        rows.append(Row(None, max(0.0, 1 - math.fsum(row.probability for row in rows)), count=count))
    return StepBars(tuple(rows), scale)


def bar_trace(bars: StepBars, language: str = "en", theme: Theme = LIGHT) -> dict[str, Any]:
    """The bars as one Plotly trace (plain data). y counts rows from 0 at the top, so equal labels stay apart."""
    rows = bars.rows
    return {
        "type": "bar",
        "orientation": "h",
        "x": [min(row.probability, bars.scale) for row in rows],
        "y": list(range(len(rows))),
        "text": [_figure(row, bars.scale, language) for row in rows],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [_hover(row, language) for row in rows],
        "hoverinfo": "text",
        "marker": {
            "color": [_colour(row, theme) for row in rows],
            "pattern": {"shape": ["/" if row.cut else "." if row.candidate is None else "" for row in rows]},
        },
    }


def axis_labels(bars: StepBars, language: str = "en") -> list[str]:
    """One label a row, safe for Plotly."""
    others = words(language)["bars.others"]
    return [
        plotly_label(row.candidate.token.label) if row.candidate else others.format(count=fixed(row.count, 0))
        for row in bars.rows
    ]


def layout(bars: StepBars, language: str = "en", theme: Theme = LIGHT) -> dict[str, Any]:
    """The layout for `bar_trace` (plain data)."""
    return {
        "template": template(theme),
        "height": 110 + 32 * len(bars.rows),
        "margin": {"l": 120, "r": 24, "t": 56, "b": 44},
        "bargap": 0.3,
        "xaxis": {
            "range": [0, bars.scale * 1.2],
            "tickformat": ".0%",
            "title": {"text": words(language)["figure.probability"]},
        },
        "yaxis": rows_axis(bars, language, theme),
    }


def rows_axis(bars: StepBars, language: str = "en", theme: Theme = LIGHT) -> dict[str, Any]:
    count = len(bars.rows)
    return {
        "tickmode": "array",
        "tickvals": list(range(count)),
        "ticktext": axis_labels(bars, language),
        "range": [count - 0.5, -0.5],
        "showgrid": False,
        "automargin": True,
        "ticklabelstandoff": 8,
        "tickfont": {"size": 15, "color": theme.ink},
    }


def _figure(row: Row, scale: float, language: str) -> str:
    """The number at the end of a bar; three dots say that the bar was broken off."""
    text = words(language)
    shown = plotly_text(percent(row.probability))
    if row.chosen:
        return f"{shown}  ◂ {text['bars.chosen']}"
    if row.cut:
        return f"{shown}  {text['bars.cut']}"
    return f"⋯ {shown}" if row.probability > scale else shown


def _colour(row: Row, theme: Theme) -> str:
    if row.candidate is None:
        return theme.others
    return theme.accent if row.chosen else theme.cut if row.cut else theme.candidate


def _hover(row: Row, language: str) -> str:
    text = words(language)
    if row.candidate is None:
        return text["bars.others"].format(count=fixed(row.count, 0)) + "  " + plotly_text(percent(row.probability))
    token = row.candidate.token
    lines = (
        plotly_text(token.label),
        f"{text['detail.id']} {token.id}",
        f"{text['detail.bytes']} {token.bytes.hex(' ').upper()}",
        f"{text['term.probability']} {plotly_text(percent(row.probability))}",
        f"{text['term.rank']} {rank(row.candidate.rank)}",
        f"{text['term.logprob']} {text['unit.nats'].format(value=fixed(row.candidate.logprob, 4))}",
    )
    return "<br>".join(lines)
