"""Validate untrusted data into a type; failures give one short reason for an error message.

Incoming numbers, texts and lists have the types here, each with a bound. Leaves out: the meaning, which each value's
own module checks.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")

LARGEST = 2**53 - 1
"""JavaScript, which reads the same data, knows no larger whole number."""
MOST_STEPS = 1_000_000
MOST_CHARACTERS = 1_000_000
MOST_BRANCHES = 300
DEEPEST = 50
"""Nesting levels of lists and objects in data whose meaning only the page knows."""

Count: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST)]
Whole: TypeAlias = Annotated[int, Meta(ge=-LARGEST, le=LARGEST)]
Number: TypeAlias = Annotated[float, Meta(ge=-1e40, le=1e40)]
"""Wide enough for whatever float32 can say, and narrow enough to be added up."""
Logprob: TypeAlias = Annotated[float, Meta(ge=-1e40, le=0)]
Nats: TypeAlias = Annotated[float, Meta(ge=0, le=1e40)]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
Name: TypeAlias = Annotated[str, Meta(max_length=1_000)]
"""Of a model, a revision, a branch."""
Words: TypeAlias = Annotated[str, Meta(max_length=MOST_CHARACTERS)]
"""A text of a person or of a model."""
MOST_CANDIDATES = 1_000
AtMost1000 = Meta(max_length=MOST_CANDIDATES)
"""Candidates of a step, and whatever else a page shows side by side."""
PerStep = Meta(max_length=MOST_STEPS)

_PLACE = re.compile(r" - at `\$\.?(.*)`$")
# The longer marks first: one of UTF-32 begins as one of UTF-16 does.
_MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


class Wrong(ValueError):
    """Says what is wrong, and where; without a full stop."""


def take(data: Any, kind: type[T]) -> T:
    """Plain data as a value of this kind. Raises Wrong."""
    try:
        msgspec.json.encode(data)
    except (UnicodeError, RecursionError) as error:
        raise Wrong(reason_of(error)) from None
    except (msgspec.MsgspecError, TypeError, ValueError):
        raise Wrong("it holds something that JSON cannot say") from None
    value: T = _typed(partial(msgspec.convert, data, kind))
    return value


def decode(text: str | bytes, kind: type[T]) -> T:
    """JSON as a value of this kind; a byte-order mark before it says nothing. Raises Wrong."""
    if isinstance(text, bytes) and _marked(text) not in ("", "UTF-8"):
        raise Wrong(f"it is in {_marked(text)} where JSON is UTF-8")
    bare = text.removeprefix("\ufeff") if isinstance(text, str) else text.removeprefix(codecs.BOM_UTF8)
    value: T = _typed(partial(msgspec.json.decode, bare, type=kind))
    return value


def _typed(read: Callable[[], T]) -> T:
    try:
        return read()
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError) as error:
        raise Wrong(reason_of(error)) from None


def text_of(raw: bytes) -> str:
    """The text of a file, in the encoding that its byte-order mark names, else in UTF-8; the mark is no part of it.

    Editors under Windows mark UTF-8 and UTF-16. Raises UnicodeDecodeError.
    """
    return raw.decode(_marked(raw) or "UTF-8").removeprefix("\ufeff")


def _marked(raw: bytes) -> str:
    return next((encoding for mark, encoding in _MARKS if raw.startswith(mark)), "")


def check_plain(value: Any) -> None:
    """Raises Wrong if data that is passed on unchanged is deeper or has larger numbers than the page writes."""
    level = [value]
    for _ in range(DEEPEST):
        if any(isinstance(one, int | float) and not abs(one) <= LARGEST for one in level):
            raise Wrong("it holds a number that is too large")
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [one for held in inner for one in held]
        if not level:
            return
    raise Wrong(reason_of(RecursionError()))


def reason_of(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeError):
        return "it holds text that is no Unicode"
    said = _PLACE.sub(lambda at: f" (at {at[1]})" if at[1] else "", str(error))
    return said.rstrip(".")
