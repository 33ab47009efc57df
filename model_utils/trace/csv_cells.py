"""Cells of a CSV that a spreadsheet opens without harm, and numbers as JavaScript writes them.

So the page and Python give the same file. Leaves out: which rows there are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet runs a cell with such a prefix; an apostrophe makes it text."""


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
