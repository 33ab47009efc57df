"""The bars of a step: what is gathered, by ==, and that Plotly takes what is drawn."""

from __future__ import annotations

import math

import pytest
from plotly.graph_objects import Figure

from tests.viz.fakes import NO_CANDIDATES, TRACES, WHOLE_VOCABULARY, step, token
from viz.figures.bars import Row, StepBars, axis_labels, bar_trace, gather, layout


def test_a_small_step_by_hand():
    one = step(token("は", 3), 2, (0.5, 0.25), cut=(2,))
    first, second = one.candidates
    assert gather(one, vocab_size=10) == StepBars(
        rows=(
            Row(first, first.probability),
            Row(second, second.probability, chosen=True, cut=True),
            Row(None, 1 - math.fsum([first.probability, second.probability]), count=8),
        ),
        scale=0.5,
    )


def test_the_chosen_token_takes_the_last_place_when_it_is_beyond_those_shown():
    one = step(token("x", 3), 7, [2.0**-at for at in range(1, 9)])
    rows = gather(one, vocab_size=100, shown=3).rows
    assert [row.candidate.rank if row.candidate else None for row in rows] == [1, 2, 7, None]
    assert [row.chosen for row in rows] == [False, False, True, False]
    assert rows[-1].count == 97
    assert math.fsum(row.probability for row in rows) == pytest.approx(1)


def test_without_candidates_there_is_the_chosen_token_and_all_others():
    rows = gather(NO_CANDIDATES.steps[0], NO_CANDIDATES.vocab_size).rows
    assert [(row.chosen, row.count) for row in rows] == [(True, 1), (False, 4)]


def test_the_whole_vocabulary_leaves_no_others():
    rows = gather(WHOLE_VOCABULARY.steps[0], WHOLE_VOCABULARY.vocab_size).rows
    assert [row.candidate.rank for row in rows if row.candidate] == [1, 2, 3]


def test_the_scale_holds_every_token_and_the_bar_of_the_others_breaks_off():
    one = step(token("x", 3), 1, (0.19, 0.11))
    bars = gather(one, vocab_size=100)
    assert bars.scale == 0.2
    trace = bar_trace(bars)
    assert trace["x"] == [one.candidates[0].probability, one.candidates[1].probability, 0.2]
    assert trace["text"][2] == "⋯ 70.0 %"


def test_equal_labels_keep_rows_of_their_own():
    one = step(token("りんご", 5), 2, (0.5, 0.25))
    bars = gather(one, vocab_size=10)
    assert axis_labels(bars) == ["りんご", "りんご", "8 others"]
    assert bar_trace(bars)["y"] == [0, 1, 2]


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_step_of_every_trace_is_a_figure(trace, language):
    for one in trace.steps:
        bars = gather(one, trace.vocab_size)
        assert sum(row.chosen for row in bars.rows) == 1
        assert all(0 <= row.probability <= bars.scale for row in bars.rows if row.candidate)
        Figure(data=[bar_trace(bars, language)], layout=layout(bars, language))
