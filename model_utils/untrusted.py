"""Data from anywhere, taken as a typed value. What is wrong with it is one reason, which a sentence can end with.

Leaves out: what the value means, which its own module checks.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_PLACE = re.compile(r" - at `\$\.?(.*)`$")


class Wrong(ValueError):
    """Says what is wrong, and where; without a full stop."""


def take(data: Any, kind: type[T]) -> T:
    """Plain data as a value of this kind. Raises Wrong."""
    try:
        return msgspec.convert(data, kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Wrong(reason_of(error)) from None


def decode(text: str | bytes, kind: type[T]) -> T:
    """JSON as a value of this kind. Raises Wrong."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Wrong(reason_of(error)) from None


def reason_of(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeError):
        return "it holds text that is no Unicode"
    said = _PLACE.sub(lambda at: f" (at {at[1]})" if at[1] else "", str(error))
    return said.rstrip(".")
