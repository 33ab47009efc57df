"""The figure for notebooks."""

from __future__ import annotations

import pytest

from tests.viz.fakes import AWKWARD_TRACE, HOSTILE, JAPANESE_TRACE, NO_STEPS, TRACES
from viz import step_figure


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
