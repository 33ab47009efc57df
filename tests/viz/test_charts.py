"""The figures for notebooks beside the steps: real Plotly figures, with the numbers of the traces."""

from __future__ import annotations

import math

import plotly.io
import pytest
from plotly.graph_objects import Figure

import viz
from tests.viz.duels import CHEST, GRAPE
from tests.viz.fakes import AWKWARD_TRACE, HOSTILE, JAPANESE_TRACE, NO_STEPS, TRACES
from viz import cumulative_figure, duel_figure, learning_figure, surprisal_figure

FIGURES = [name for name in viz.__all__ if name.endswith("_figure")]


def drawn(name: str, trace) -> Figure:
    if name == "duel_figure":
        return duel_figure([trace, trace], "ja")
    if name == "learning_figure":
        return learning_figure([(1000, 5.0), (2000, 4.0)], [(0, trace), (2000, trace)], "ja")
    return getattr(viz, name)(trace, "ja")


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_what_viz_offers_are_figures_with_a_title(name, trace):
    figure = drawn(name, trace)
    assert isinstance(figure, Figure) and figure.layout.title.text
    assert plotly.io.from_json(figure.to_json()) == figure


def test_there_are_five_of_them():
    assert set(FIGURES) == {
        "step_figure", "surprisal_figure", "cumulative_figure", "duel_figure", "learning_figure"
    }  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_whatever_a_token_contains_is_text(name):
    written = str(drawn(name, AWKWARD_TRACE).to_dict())
    assert not [text for text in HOSTILE[:3] if text in written]


def test_timelines_have_the_numbers_of_the_steps():
    surprisal, entropy = surprisal_figure(JAPANESE_TRACE).data
    assert list(surprisal.y) == [step.chosen.surprisal_bits for step in JAPANESE_TRACE.steps]
    assert list(entropy.y) == [step.entropy_bits for step in JAPANESE_TRACE.steps]
    (line,) = cumulative_figure(JAPANESE_TRACE).data
    assert line.y[-1] == pytest.approx(JAPANESE_TRACE.logprob)
    assert surprisal_figure(JAPANESE_TRACE).layout.xaxis.ticktext[4] == "ぶどう"


def test_a_duel_is_comparable_by_characters_and_the_most_probable_is_thick():
    grape, chest = duel_figure([GRAPE, CHEST]).data
    assert list(grape.x) == [0, 3, 5, 6, 9] and list(chest.x) == [0, 3, 5, 6, 8, 9]
    assert grape.y[-1] == pytest.approx(GRAPE.logprob) and chest.y[-1] == pytest.approx(CHEST.logprob)
    assert grape.y[3] == pytest.approx(chest.y[3])
    assert grape.line.width > chest.line.width and grape.line.dash != chest.line.dash


def test_a_training_is_in_bits_and_the_untrained_model_has_a_place():
    training, own = learning_figure([(100, 5.0), (400, 4.0)], [(0, GRAPE), (400, CHEST), (500, NO_STEPS)]).data
    assert list(training.y) == pytest.approx([5 / math.log(2), 4 / math.log(2)])
    assert list(own.x) == [100, 400]
    assert list(own.y) == pytest.approx([-GRAPE.logprob / 4 / math.log(2), -CHEST.logprob / 5 / math.log(2)])


def test_nothing_is_no_error():
    assert len(duel_figure([]).data) == 0
    assert len(learning_figure([], []).data) == 2
