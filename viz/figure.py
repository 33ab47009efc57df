"""A whole trace as one Plotly figure with a frame a step and a slider, for notebooks.

Leaves out: playing by itself, and everything the player does beyond bars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_utils.values import Step, Trace

from . import candidates
from .labels import percent, plotly_label, plotly_text
from .theme import LIGHT, template
from .words import words

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def step_figure(trace: Trace, language: str = "en") -> Figure:
    """The bars of each step, stepped through by a slider; a trace without steps gives an empty figure with a title.

    ``figure.frames[i]`` is ``trace.steps[i]``. `Figure.show` waits for the slider; `Figure.to_html` plays the frames
    unless it is told ``auto_play=False``.
    """
    from plotly.graph_objects import Figure

    if not trace.steps:
        title = {"text": words(language)["figure.empty"]}
        axis = {"visible": False}
        return Figure(layout={"template": template(LIGHT), "title": title, "xaxis": axis, "yaxis": axis, "height": 160})
    bars = [candidates.gather(step, trace.vocab_size) for step in trace.steps]
    titles = [_title(step, number, trace, language) for number, step in enumerate(trace.steps, start=1)]
    frames = [_frame(index, bars[index], title, language) for index, title in enumerate(titles)]
    tallest = max(bars, key=lambda one: len(one.rows))
    layout = candidates.layout(bars[0], language) | {
        "title": {"text": titles[0]},
        "height": candidates.layout(tallest, language)["height"] + 70,
        "sliders": [_slider(trace.steps, language)],
    }
    return Figure(data=[candidates.bar_trace(bars[0], language)], layout=layout, frames=frames)


def _title(step: Step, number: int, trace: Trace, language: str) -> str:
    return words(language)["figure.title"].format(
        step=number,
        steps=len(trace.steps),
        token=plotly_label(step.chosen.token.label),
        percent=plotly_text(percent(step.chosen.probability)),
    )


def _frame(index: int, bars: candidates.StepBars, title: str, language: str) -> dict[str, Any]:
    layout = candidates.layout(bars, language)
    return {
        "name": str(index),
        "data": [candidates.bar_trace(bars, language)],
        "layout": {"title": {"text": title}, "xaxis": layout["xaxis"], "yaxis": layout["yaxis"]},
    }


def _slider(steps: tuple[Step, ...], language: str) -> dict[str, Any]:
    still = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    return {
        "active": 0,
        "pad": {"t": 48},
        "currentvalue": {"prefix": words(language)["timeline.step"] + " "},
        "steps": [
            {"label": str(index + 1), "method": "animate", "args": [[str(index)], still]} for index in range(len(steps))
        ],
    }
