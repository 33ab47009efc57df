"""The numbers over the steps."""

from __future__ import annotations

import pytest
from plotly.graph_objects import Figure

from tests.viz.fakes import TRACES, step, token
from viz.figures.timelines import Timeline, cumulative_figure, gather, surprisal_figure
from viz.theme import DARK, THEMES


def test_two_steps_by_hand():
    steps = (step(token("a", 3), 1, (0.5, 0.25)), step(token("b", 4), 2, (0.5, 0.25)))
    gathered = gather(steps)
    assert gathered.surprisal_bits == pytest.approx((1, 2))
    assert gathered.entropy_bits == tuple(one.entropy_bits for one in steps)
    first, second = (one.chosen.logprob for one in steps)
    assert gathered.cumulative_logprob == (first, first + second)


def test_no_steps():
    assert gather(()) == Timeline((), (), ())


def test_surprisal_has_the_colours_of_the_strip():
    figure = surprisal_figure(Timeline((0.5, 3.0, 40.0), (1.0, 1.0, 1.0), (-1.0, -2.0, -3.0)), theme=DARK)
    assert figure["data"][0]["marker"]["color"] == [DARK.surprisal[0], DARK.surprisal[3], DARK.surprisal[9]]


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("draw", [surprisal_figure, cumulative_figure])
def test_every_trace_is_a_figure(trace, theme, draw):
    figure = draw(gather(trace.steps), "ja", theme)
    assert list(figure["data"][0]["x"]) == list(range(1, len(trace.steps) + 1))
    Figure(figure)
