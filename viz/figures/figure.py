"""The steps of a trace, or one of them, as a Plotly figure, for notebooks.

Leaves out: playing by itself, and everything the player does beyond bars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_utils.trace.values import Step, Trace

from ..text.formats import percent, plotly_label, plotly_text
from ..text.i18n import words
from ..theme import Theme, named, template
from . import bars as step_bars

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def step_figure(trace: Trace, language: str = "en", *, step: int | None = None, theme: str = "light") -> Figure:
    """The bars of each step, stepped through by a slider; a trace without steps gives an empty figure with a title.

    ``figure.frames[i]`` is ``trace.steps[i]``. With `step`, the figure holds ``trace.steps[step]`` alone, still, for a
    paper. `theme` is "light" or "dark". `Figure.show` waits for the slider; `Figure.to_html` plays the frames unless it
    is told ``auto_play=False``.
    Raises IndexError where there is no such step, and ValueError where there is no such theme.
    """
    from plotly.graph_objects import Figure

    colours = named(theme)
    if step is not None:
        return _still(trace, step, language, colours)
    if not trace.steps:
        title, axis = {"text": words(language)["figure.empty"]}, {"visible": False}
        return Figure(
            layout={"template": template(colours), "title": title, "xaxis": axis, "yaxis": axis, "height": 160}
        )
    bars = [step_bars.gather(one, trace.vocab_size) for one in trace.steps]
    titles = [_title(one, number, trace, language) for number, one in enumerate(trace.steps, start=1)]
    frames = [_frame(index, bars[index], title, language, colours) for index, title in enumerate(titles)]
    tallest = max(bars, key=lambda one: len(one.rows))
    layout = step_bars.layout(bars[0], language, colours) | {
        "title": {"text": titles[0]},
        "height": step_bars.layout(tallest, language)["height"] + 70,
        "sliders": [_slider(trace.steps, language)],
    }
    return Figure(data=[step_bars.bar_trace(bars[0], language, colours)], layout=layout, frames=frames)


def _still(trace: Trace, at: int, language: str, theme: Theme) -> Figure:
    from plotly.graph_objects import Figure

    if not 0 <= at < len(trace.steps):
        raise IndexError(f"there is no step {at}: the trace has {len(trace.steps)}, and the first one is 0")
    bars = step_bars.gather(trace.steps[at], trace.vocab_size)
    title = {"title": {"text": _title(trace.steps[at], at + 1, trace, language)}}
    layout = step_bars.layout(bars, language, theme) | title
    return Figure(data=[step_bars.bar_trace(bars, language, theme)], layout=layout)


def _title(step: Step, number: int, trace: Trace, language: str) -> str:
    return words(language)["figure.title"].format(
        step=number,
        steps=len(trace.steps),
        token=plotly_label(step.chosen.token.label),
        percent=plotly_text(percent(step.chosen.probability)),
    )


def _frame(index: int, bars: step_bars.StepBars, title: str, language: str, theme: Theme) -> dict[str, Any]:
    layout = step_bars.layout(bars, language, theme)
    return {
        "name": str(index),
        "data": [step_bars.bar_trace(bars, language, theme)],
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
