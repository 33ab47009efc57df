"""A trace as CSV, for pandas, R or a spreadsheet: a row a token, and a row a candidate.

    pandas.read_csv("tokens.csv", dtype={"token": str, "bytes": str}, keep_default_na=False, na_values=[""])

so that the token "null" stays a text. `token` is for the eye: ``␣`` is a space, and an apostrophe precedes signs that
would make the cell a formula in a spreadsheet (``=``, ``+``, ``-``, ``@``). `bytes` is exact:

    tokens["text"] = [bytes.fromhex(one).decode(errors="replace") for one in tokens["bytes"].fillna("")]

Both have the step, so they can be joined. `assets/player/trace/csv.js` writes the same text. Leaves out: the tail of a
step, which only the JSON of a trace carries; so a CSV cannot be shown again.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from decimal import Decimal

from .values import Candidate, Step, Token, Trace

TOKEN_COLUMNS = (
    "step", "given", "id", "token", "bytes", "logprob_nats", "probability", "surprisal_bits", "rank", "entropy_bits",
)  # fmt: skip
CANDIDATE_COLUMNS = ("step", "rank", "id", "token", "logprob_nats", "probability", "chosen", "cut")
DIGITS = 8
"""Significant digits of derived numbers: models compute in float32, which has seven."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet runs a cell with such a prefix; an apostrophe makes it text."""


def to_csv(trace: Trace) -> str:
    """One row a token, in the order of the text, below a row of names (`TOKEN_COLUMNS`).

    Steps count from 1. Step 0 is the context, whose tokens have no probability of their own: their numbers are empty.
    `token` is the label the eye sees (``␣`` for a space, an apostrophe before what a spreadsheet would run), `bytes`
    are the exact ones, hexadecimal; `given` is true or false.
    What nobody could tell is empty.
    """
    context = ((0, _truth(True), *_token(token), "", "", "", "", "") for token in trace.context)
    steps = (_token_row(place, step) for place, step in enumerate(trace.steps, start=1))
    return written([TOKEN_COLUMNS, *context, *steps])


def candidates_to_csv(trace: Trace) -> str:
    """One row a candidate of every step, in falling probability, below a row of names (`CANDIDATE_COLUMNS`).

    A chosen token that is no candidate has a row after the candidates of its step. `chosen`, and `cut` (ruled out by
    the sampler's settings), are true or false.
    """
    steps = enumerate(trace.steps, start=1)
    return written([CANDIDATE_COLUMNS, *(row for place, step in steps for row in _candidate_rows(place, step))])


def _token_row(place: int, step: Step) -> tuple[object, ...]:
    chosen = step.chosen
    entropy = "" if step.entropy_bits is None else number(step.entropy_bits, DIGITS)
    rest = number(chosen.surprisal_bits, DIGITS), _rank(chosen), entropy
    return place, _truth(step.given), *_token(chosen.token), *_prices(chosen), *rest


def _candidate_rows(place: int, step: Step) -> Iterator[tuple[object, ...]]:
    cut = set(step.cut)
    for one in step.shown:
        marks = _truth(one.rank == step.chosen.rank), _truth(one.rank in cut)
        yield place, _rank(one), one.token.id, guarded(one.token.label), *_prices(one), *marks


def _rank(candidate: Candidate) -> object:
    return "" if candidate.rank is None else candidate.rank


def _token(token: Token) -> tuple[int, str, str]:
    return token.id, guarded(token.label), token.bytes.hex(" ").upper()


def _prices(candidate: Candidate) -> tuple[str, str]:
    return number(candidate.logprob), number(math.exp(candidate.logprob), DIGITS)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def guarded(text: str) -> str:
    """Put an apostrophe before a formula, and before text that looks guarded, so that it can be undone."""
    text = showable(text)
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def without_guard(cell: str) -> str:
    """The reverse of `guarded`."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell


def showable(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot encode, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def number(value: float, digits: int = 0) -> str:
    """The shortest decimal of `value`, exact or at `digits` significant digits."""
    value = (float(f"{value:.{digits - 1}e}") if digits else value) + 0.0
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    mantissa, exponent = f"{Decimal(repr(value)).normalize():e}".split("e")
    return f"{mantissa}e{int(exponent):+d}"


def written(rows: Iterable[Iterable[object]]) -> str:
    """With a byte-order mark, so that spreadsheets read it as UTF-8; pandas skips it."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return "\ufeff" + out.getvalue()
