"""The figure for notebooks."""

from __future__ import annotations

import pytest

from tests.viz.fakes import AWKWARD_TRACE, HOSTILE, JAPANESE_TRACE, NO_STEPS, SCORED_TRACE, TRACES
from viz import cumulative_figure, duel_figure, learning_figure, step_figure, surprisal_figure
from viz.theme import DARK, LIGHT, THEMES


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
@pytest.mark.parametrize("language", ["en", "ja", "fr"])
def test_every_trace_has_a_frame_and_a_slider_position_a_step(trace, language):
    figure = step_figure(trace, language)
    assert len(figure.frames) == len(trace.steps)
    assert figure.layout.title.text
    for slider in figure.layout.sliders:
        assert [one.args[0] for one in slider.steps] == [(frame.name,) for frame in figure.frames]
    for frame, step in zip(figure.frames, trace.steps, strict=True):
        assert max(frame.data[0].x) >= step.chosen.probability
        assert len(frame.layout.yaxis.ticktext) == len(frame.data[0].y) == len(set(frame.data[0].y))


def test_a_trace_without_steps_is_an_empty_figure_with_a_title():
    figure = step_figure(NO_STEPS)
    assert (len(figure.data), figure.layout.title.text) == (0, "No step to show")


def test_it_does_not_play_by_itself():
    assert not step_figure(JAPANESE_TRACE).layout.updatemenus


@pytest.mark.parametrize("text", HOSTILE[:3], ids=["img", "script", "b"])
def test_no_label_holds_a_tag(text):
    written = str(step_figure(AWKWARD_TRACE).to_dict())
    assert text not in written
    assert "&lt;" in written


@pytest.mark.parametrize("step", [0, 4, len(JAPANESE_TRACE.steps) - 1])
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_one_step_is_its_frame_without_a_slider(step, theme):
    whole = step_figure(JAPANESE_TRACE, "ja", theme=theme.name)
    figure = step_figure(JAPANESE_TRACE, "ja", step=step, theme=theme.name)
    assert figure.data[0] == whole.frames[step].data[0]
    assert figure.layout.title.text == whole.frames[step].layout.title.text
    assert not figure.frames and not figure.layout.sliders
    assert figure.layout.template.layout.paper_bgcolor == theme.paper


@pytest.mark.parametrize("step", [-1, len(JAPANESE_TRACE.steps)])
def test_a_step_that_is_not_there_is_named(step):
    with pytest.raises(IndexError, match=f"no step {step}: the trace has 15"):
        step_figure(JAPANESE_TRACE, step=step)


def figures(theme: str) -> list:
    return [
        step_figure(JAPANESE_TRACE, theme=theme),
        surprisal_figure(JAPANESE_TRACE, theme=theme),
        cumulative_figure(JAPANESE_TRACE, theme=theme),
        duel_figure([JAPANESE_TRACE, SCORED_TRACE], theme=theme),
        learning_figure([(10, 5.0), (20, 4.0)], [(10, SCORED_TRACE)], theme=theme),
    ]


def test_every_figure_takes_a_theme_and_refuses_another():
    for light, dark in zip(figures("light"), figures("dark"), strict=True):
        assert light.layout.template.layout.paper_bgcolor == LIGHT.paper
        assert dark.layout.template.layout.paper_bgcolor == DARK.paper
        drawn = dark.to_json()
        assert LIGHT.paper not in drawn and LIGHT.candidate not in drawn and LIGHT.ink not in drawn
    for make in (step_figure, surprisal_figure, cumulative_figure):
        with pytest.raises(ValueError, match="no theme 'blue': choose one of 'light', 'dark'"):
            make(JAPANESE_TRACE, theme="blue")
