"""Timelines of a trace, a duel of texts, and a training as Plotly figures, for notebooks.

Timelines and training reuse the page's figures (`timelines`, `learning`), with axes that need no page around them.
Each function takes `theme`, "light" or "dark" (else ValueError). Leaves out: the steps (`figure`), and animation.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from model_utils.trace.values import Token, Trace

from ..text.formats import fixed, plotly_label, plotly_text, product, rounded
from ..text.i18n import words
from ..theme import Theme, named, template
from . import learning, timelines

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

HEIGHT = 300
MARGIN = {"l": 64, "r": 24, "t": 48, "b": 56}
MOST_NAMED = 40
"""With more steps than these, the axis counts them and names no token."""
DASHES = ("solid", "dash", "dot", "longdash", "dashdot")
BITS_PER_NAT = 1.4426950408889634


def surprisal_figure(trace: Trace, language: str = "en", *, theme: str = "light") -> Figure:
    """A bar a step: the surprisal of its token, in bits; and as a dotted line the entropy of each step, in bits.

    Both traces of the figure have as many values as `trace.steps`.
    """
    return _over_steps(
        timelines.surprisal_figure(timelines.gather(trace.steps), language, named(theme)), trace, language
    )


def cumulative_figure(trace: Trace, language: str = "en", *, theme: str = "light") -> Figure:
    """The logprob of the text so far, in nats: a value a step, the last of which is `trace.logprob`."""
    return _over_steps(
        timelines.cumulative_figure(timelines.gather(trace.steps), language, named(theme)), trace, language
    )


def duel_figure(traces: Sequence[Trace], language: str = "en", *, theme: str = "light") -> Figure:
    """The logprob of each text so far, in nats, over the characters it has by then; a line a text, A, B, C, …

    Texts of different tokens, or of different models, are comparable at every character where both have a token's end.
    The most probable text is the thick line.
    """
    from plotly.graph_objects import Figure

    said = words(language)
    most = max((trace.logprob for trace in traces), default=0.0)
    colours = named(theme)
    lines = [_line(trace, at, colours, is_most=trace.logprob == most) for at, trace in enumerate(traces)]
    layout = {
        "template": template(colours),
        "title": {"text": said["timeline.cumulative.title"]},
        "height": HEIGHT + 60,
        "margin": MARGIN,
        "showlegend": True,
        "legend": {"orientation": "h", "y": -0.22, "yanchor": "top"},
        "xaxis": {"title": {"text": said["figure.characters"]}, "rangemode": "tozero", "showgrid": False},
        "yaxis": {"rangemode": "tozero"},
    }
    return Figure(data=lines, layout=layout)


def learning_figure(
    curve: Sequence[tuple[int, float]],
    checkpoints: Sequence[tuple[int, Trace]],
    language: str = "en",
    *,
    theme: str = "light",
) -> Figure:
    """How a training went, in bits per token over tokens read (logarithmic).

    `curve`: tokens read, and the mean negative logprob of a token in nats (`model_utils.decoding.comparison.curve`).
    `checkpoints`: tokens read, and one text as the model scored it then; texts without steps are left out.
    """
    from plotly.graph_objects import Figure

    figure = learning.learning_figure(language, named(theme))
    points = [(read, -trace.logprob / len(trace.steps) * BITS_PER_NAT) for read, trace in checkpoints if trace.steps]
    # log(0) has no place on the axis: the untrained model stands at a quarter of the first checkpoint's tokens.
    least = min((read for read, _ in points if read > 0), default=1) / 4
    training, own = figure["data"]
    training |= {"x": [max(read, least) for read, _ in curve], "y": [nats * BITS_PER_NAT for _, nats in curve]}
    own |= {"x": [max(read, least) for read, _ in points], "y": [bits for _, bits in points]}
    own["marker"] |= {"size": learning.SIZES["other"]}
    ticks = {"tickvals": own["x"], "ticktext": [rounded(read) for read, _ in points]}
    layout = figure["layout"]
    own_layout = {"title": {"text": layout["meta"]["title"]}, "height": HEIGHT, "margin": MARGIN}
    return Figure(data=[training, own], layout=layout | own_layout | {"xaxis": layout["xaxis"] | ticks})


def _over_steps(figure: dict[str, Any], trace: Trace, language: str) -> Figure:
    from plotly.graph_objects import Figure

    data, layout = figure["data"], figure["layout"]
    labels = [step.chosen.token.label for step in trace.steps]
    for one in data:
        one |= {"hovertext": [plotly_text(label) for label in labels], "hoverinfo": "text+y+name"}
    axis = layout["xaxis"] | {"title": {"text": words(language)["timeline.step"]}}
    if len(labels) <= MOST_NAMED:
        named = {"tickvals": list(range(1, len(labels) + 1)), "ticktext": [plotly_label(label) for label in labels]}
        axis = layout["xaxis"] | {"tickmode": "array", "automargin": True, **named}
    own = {"title": {"text": layout["meta"]["title"]}, "height": HEIGHT, "margin": MARGIN, "xaxis": axis}
    return Figure(data=data, layout=layout | own)


def _line(trace: Trace, at: int, theme: Theme, is_most: bool) -> dict[str, Any]:
    before = sum(map(_characters, trace.context))
    chosen = [step.chosen for step in trace.steps]
    places = list(accumulate((_characters(one.token) for one in chosen), initial=before))
    sums = list(accumulate((one.logprob for one in chosen), initial=0.0))
    hover = ["", *(f"{plotly_text(one.token.label)}  {plotly_text(product(one.logprob))}" for one in chosen)]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"<b>{chr(ord('A') + at)}</b> {plotly_label(trace.text)}  {fixed(trace.logprob, 2)}",
        "x": places,
        "y": sums,
        "hovertext": hover,
        "hoverinfo": "text+y",
        "line": {
            "shape": "vh",
            "dash": DASHES[at % len(DASHES)],
            "width": 3.5 if is_most else 2,
            "color": theme.accent if is_most else theme.candidate,
        },
    }


def _characters(token: Token) -> int:
    """Characters that begin in the token: a split one counts once, where it begins."""
    return 0 if token.special else sum(byte & 0xC0 != 0x80 for byte in token.bytes)
