"""A trace as CSV: what pandas reads is what the trace says, and a spreadsheet runs nothing."""

from __future__ import annotations

import csv
import io
import math

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_utils import Trace, candidates_to_csv, to_csv
from model_utils.errors import TableOfTrace
from model_utils.trace.csv import CANDIDATE_COLUMNS, TOKEN_COLUMNS, guarded, number, without_guard
from model_utils.views.protocol.table import read_csv, texts_of
from tests.viz.fakes import AWKWARD_TRACE, TRACES, scored

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "'=already", '=HYPERLINK("http://x")', "null", "NA"]


def frame(text: str) -> pandas.DataFrame:
    types = {"token": str, "bytes": str}
    return pandas.read_csv(io.StringIO(text), dtype=types, keep_default_na=False, na_values=[""])


def told(column: pandas.Series) -> list[float | None]:
    """The numbers of a column, None where a cell is empty."""
    return [None if pandas.isna(cell) else cell for cell in column]


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_a_row_a_token(trace: Trace) -> None:
    table = frame(to_csv(trace))
    assert tuple(table.columns) == TOKEN_COLUMNS
    assert list(table["id"]) == list(trace.ids)
    assert [bytes.fromhex(one) for one in table["bytes"]] == [token.bytes for token in trace.tokens]
    assert [without_guard(one) for one in table["token"]] == [token.label for token in trace.tokens]
    assert list(table["step"]) == [0] * len(trace.context) + list(range(1, len(trace.steps) + 1))
    steps = table[table["step"] > 0]
    assert list(steps["logprob_nats"]) == [step.chosen.logprob for step in trace.steps]
    assert list(steps["given"]) == [step.given for step in trace.steps]
    assert told(steps["rank"]) == [step.chosen.rank for step in trace.steps]
    for column, values in {
        "probability": [step.chosen.probability for step in trace.steps],
        "surprisal_bits": [step.chosen.surprisal_bits for step in trace.steps],
        "entropy_bits": [step.entropy_bits for step in trace.steps],
    }.items():
        assert told(steps[column]) == [value if value is None else pytest.approx(value, rel=1e-7) for value in values]
    assert table[table["step"] == 0]["logprob_nats"].isna().all()


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_a_row_a_candidate_and_the_chosen_one_always_among_them(trace: Trace) -> None:
    table = frame(candidates_to_csv(trace))
    assert tuple(table.columns) == CANDIDATE_COLUMNS
    for place, step in enumerate(trace.steps, start=1):
        rows = table[table["step"] == place]
        outside = [] if step.chosen in step.candidates else [step.chosen]
        expected = [*step.candidates, *outside]
        assert told(rows["rank"]) == [one.rank for one in expected]
        assert list(rows["logprob_nats"]) == [one.logprob for one in expected]
        assert list(rows[rows["chosen"]]["id"]) == [step.chosen.token.id]
        assert list(rows[rows["cut"]]["rank"]) == list(step.cut)


def test_a_spreadsheet_runs_nothing_and_a_token_that_says_null_is_text() -> None:
    trace = scored(FORMULAS)
    for text in (to_csv(trace), candidates_to_csv(trace)):
        assert text.startswith("\ufeff") and text.endswith("\r\n")
        rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
        labels = [row["token"] for row in rows]
        assert not [label for label in labels if label.startswith(tuple("=+-@＝"))]
        assert {"'=1+1", "''=already", "null", "NA"} <= set(labels)
    assert list(frame(to_csv(trace))["token"][-2:]) == ["null", "NA"]


def test_every_label_comes_back() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(AWKWARD_TRACE).removeprefix("\ufeff"), newline="")))
    assert [without_guard(row["token"]) for row in rows] == [token.label for token in AWKWARD_TRACE.tokens]


@given(st.text())
def test_a_guard_can_be_undone(text: str) -> None:
    assert without_guard(guarded(text)) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_the_same_number(value: float) -> None:
    assert float(number(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (5.0, "5"), (1e-6, "0.000001"), (1.25e-7, "1.25e-7"), (1e21, "1e+21"), (-0.1, "-0.1")],
)
def test_numbers_are_written_as_javascript_does(value: float, text: str) -> None:
    assert number(value) == text


def test_so_many_digits() -> None:
    assert (number(math.exp(-2), 8), number(1 / 3, 4), number(1e-12 / 3, 3)) == ("0.13533528", "0.3333", "3.33e-13")


@pytest.mark.parametrize("write", [to_csv, candidates_to_csv])
def test_it_is_no_table_of_texts_and_says_so(write) -> None:
    text = write(AWKWARD_TRACE)
    with pytest.raises(TableOfTrace, match="open its JSON file"):
        read_csv(text.encode())
    with pytest.raises(TableOfTrace):
        texts_of(text)
    with pytest.raises(TableOfTrace):
        texts_of(text.splitlines()[0].replace(",", "\t"))


def test_the_exact_text_is_in_the_bytes_whatever_the_label_says() -> None:
    tokens = frame(to_csv(scored(["1", "+", "1", " @x", "=A1", "'-", "␣"])))
    assert list(tokens["token"])[2:6] == ["'+", "1", "␣@x", "'=A1"]
    text = [bytes.fromhex(one).decode(errors="replace") for one in tokens["bytes"].fillna("")]
    assert "".join(text[1:]) == "1+1 @x=A1'-␣"
