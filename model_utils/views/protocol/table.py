"""Many texts scored as a table: read from lines or a CSV, written as a CSV that a spreadsheet opens without harm.

A text that cannot be scored keeps its row and says why; the others are scored. Leaves out: where files lie, and the
page.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from ...decoding.tracing import score_many
from ...errors import BrokenTable, EmptyTable, NoTextColumn, NotUtf8, TableOfTrace, TableTooLong, TsuzukiError
from ...lm import LM
from ...trace.csv import CANDIDATE_COLUMNS, TOKEN_COLUMNS, guarded, showable, without_guard, written
from ...trace.validate import text_of
from ...trace.values import Trace

COLUMN = "text"
DELIMITERS = ",;\t"
COLUMNS = ("tokens", "characters", "logprob_nats", "logprob_per_token_nats", "bits_per_character", "perplexity")
MOST_ROWS = 5_000
CHUNK = 64
MOST_SHOWN = 500


class Row(Struct, frozen=True):
    """One text and its numbers; or, where it could not be scored, the error."""

    text: str
    tokens: int = 0
    """Tokens with a probability: without a beginning-of-text token, the first has none."""
    characters: int = 0
    logprob: float = math.nan
    bits_per_character: float = math.nan
    """Over the characters of the tokens that have a probability."""
    error: TsuzukiError | None = None

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """In the order of COLUMNS; None where there is none."""
        if self.error or not self.tokens:
            return (None,) * len(COLUMNS) if self.error else (0, self.characters, None, None, None, None)
        mean = self.logprob / self.tokens
        bits = None if math.isnan(self.bits_per_character) else round(self.bits_per_character, 6)
        return self.tokens, self.characters, round(self.logprob, 6), round(mean, 6), bits, _exp(-mean)


def _exp(nats: float) -> float | None:
    return float(f"{math.exp(nats):.7g}") if nats < 700 else None


def texts_of(pasted: str) -> list[str]:
    """Pasted texts: a CSV if the first line names a column `text`, else one a line.

    Raises EmptyTable, BrokenTable, TableTooLong and TableOfTrace.
    """
    first = pasted.lstrip("\ufeff\r\n").partition("\n")[0]
    if _delimiter(first):
        return _from_csv(pasted)
    return _checked([line for line in re.split(r"\r\n?|\n", pasted) if line.strip()])


def read_csv(raw: bytes) -> list[str]:
    """The column `text` of a CSV file, whatever byte-order mark it begins with.

    Raises NoTextColumn and NotUtf8, and as `texts_of` does.
    """
    try:
        text = text_of(raw)
    except UnicodeDecodeError:
        raise NotUtf8() from None
    return _from_csv(text)


def _delimiter(header: str) -> str:
    """What separates the columns, if one of them is `text`; else "". Raises TableOfTrace."""
    for delimiter in DELIMITERS:
        try:
            names = next(csv.reader([header.strip("\r\n")], delimiter=delimiter), [])
        except csv.Error:
            continue
        if COLUMN in [name.strip().lower() for name in names]:
            return delimiter
        if tuple(names) in (TOKEN_COLUMNS, CANDIDATE_COLUMNS):
            raise TableOfTrace()
    return ""


def _from_csv(text: str) -> list[str]:
    text = text.lstrip("\ufeff\r\n")
    if not text.strip():
        raise EmptyTable()
    delimiter = _delimiter(text.partition("\n")[0])
    if not delimiter:
        raise NoTextColumn()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        at = [name.strip().lower() for name in next(reader)].index(COLUMN)
        cells = [row[at] for row in reader if len(row) > at]
    except csv.Error:
        raise BrokenTable(line=reader.line_num) from None
    return _checked([without_guard(cell) for cell in cells if cell.strip()])


def _checked(texts: list[str]) -> list[str]:
    if not texts:
        raise EmptyTable()
    if len(texts) > MOST_ROWS:
        raise TableTooLong(rows=len(texts), limit=MOST_ROWS)
    return texts


def score_rows(lm: LM, texts: Sequence[str]) -> Iterator[list[Row]]:
    """Yields the rows of one chunk after another."""
    for start in range(0, len(texts), CHUNK):
        yield _score_chunk(lm, texts[start : start + CHUNK])


def first_failing(lm: LM, texts: Sequence[str]) -> int | None:
    """Which of the texts is the first that cannot be scored."""
    rows = (row for chunk in score_rows(lm, texts) for row in chunk)
    return next((at for at, row in enumerate(rows) if row.error), None)


def _score_chunk(lm: LM, texts: Sequence[str]) -> list[Row]:
    try:
        return [_row(text, trace) for text, trace in zip(texts, score_many(lm, texts, candidates=0), strict=True)]
    except TsuzukiError as error:
        if len(texts) == 1:
            return [Row(texts[0], error=error)]
    half = len(texts) // 2
    return [*_score_chunk(lm, texts[:half]), *_score_chunk(lm, texts[half:])]


def _row(text: str, trace: Trace) -> Row:
    logprob = trace.logprob
    priced = [step.chosen.token for step in trace.steps]
    # Counts the bytes that begin one, as the duel does: half a character must not count as its U+FFFD.
    characters = sum(byte & 0xC0 != 0x80 for token in priced if not token.special for byte in token.bytes)
    bits = -logprob / math.log(2) / characters if characters else math.nan
    return Row(text, len(priced), len(text), logprob, bits)


def to_csv(rows: Sequence[Row]) -> str:
    """A column `error` only where there is one."""
    has_errors = any(row.error for row in rows)
    lines: list[tuple[object, ...]] = [(COLUMN, *COLUMNS, *(["error"] if has_errors else []))]
    for row in rows:
        numbers = ["" if number is None else number for number in row.numbers]
        lines.append((guarded(row.text), *numbers, *([row.error or ""] if has_errors else [])))
    return written(lines)


def table_to_wire(rows: Sequence[Row]) -> dict[str, Any]:
    """What the page shows (`assets/page/sheet.js`): the first rows, the rows that failed, and the CSV to save."""
    shown = [
        {"text": showable(row.text), "numbers": row.numbers, "error": row.error and _said(row.error)}
        for row in rows[:MOST_SHOWN]
    ]
    failed = [number for number, row in enumerate(rows, start=1) if row.error]
    return {"rows": shown, "columns": COLUMNS, "total": len(rows), "failed": failed, "csv": to_csv(rows)}


def _said(error: TsuzukiError) -> dict[str, Any]:
    """An error as key and blanks, for any language of the page."""
    return {"key": f"error.{error.key}", "blanks": {name: str(value) for name, value in error.params.items()}}
