"""Answers of a completions server as typed and bounded values; any other form is Wrong.

The rows are checked as parts of a distribution, and sorted by logprob: a server may list the observed token before more
likely ones. A key is an id if the server names ids, else a token's text. Leaves out: the requests (`server`), and the
ids of texts (`token_keys`).
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta, Struct

from model_utils.trace.validate import LARGEST, AtMost1000, Count, Name, PerStep, Words, Wrong, decode

TOLERANCE = 1e-3
"""Rounding error allowed in the sum of a distribution, or between two logprobs."""

_ID = "token_id:"

Key = int | str
Entry: TypeAlias = tuple[Key, float]
Price = Annotated[float, Meta(ge=-1e40, le=TOLERANCE)]
"""A logprob in nats; rounding may make it more than 0."""
Rank = Annotated[int, Meta(ge=1, le=LARGEST)]


_PRICES: Any = Annotated[dict[Name, Price], AtMost1000]


class ToldRow(NamedTuple):
    """The top-k tokens of one row in falling logprob (nats), ties to the lower id, and the observed token."""

    entries: list[Entry]
    came: Entry
    listed: list[Key]
    """The keys of `entries` as they stood in the answer."""

    @property
    def sure(self) -> int:
        """Count of certain top-k entries: the observed token is listed, too, whatever its rank."""
        return len(self.entries) - (self.came[0] in [key for key, _ in self.entries[-1:]])


class Told(NamedTuple):
    """The answer to one request. `prompt` has a row for each token of the prompt, None where there is none."""

    text: str
    row: ToldRow | None
    is_stopped: bool
    prompt_tokens: int | None
    prompt: list[ToldRow | None] | None


class Served(Struct):
    """A model of the server."""

    id: Name
    max_model_len: Count | None = None


class _Models(Struct):
    data: Annotated[list[Served], AtMost1000]


class _Entry(Struct):
    id: Count
    logprob: Price


class _Content(_Entry):
    """llama.cpp's, which names ids."""

    top_logprobs: Annotated[list[_Entry], AtMost1000]


class _Logprobs(Struct):
    """OpenAI's completions, or llama.cpp's `content`."""

    tokens: Annotated[list[Name], AtMost1000] = []
    token_logprobs: Annotated[list[Price], AtMost1000] = []
    top_logprobs: Annotated[list[msgspec.Raw], AtMost1000] | None = None
    content: Annotated[list[_Content], AtMost1000] | None = None


class _Ranked(Struct):
    logprob: Price
    rank: Rank | None = None


class _Choice(Struct):
    text: Words
    finish_reason: Name | None = None
    logprobs: _Logprobs | None = None
    prompt_logprobs: Annotated[list[Annotated[dict[Count, _Ranked], AtMost1000] | None], PerStep] | None = None


class _Usage(Struct):
    prompt_tokens: Count | None = None


class _Completion(Struct):
    choices: Annotated[list[_Choice], Meta(min_length=1, max_length=100)]
    usage: _Usage | None = None


def read_models(raw: bytes) -> list[Served]:
    """Raises Wrong."""
    return decode(raw, _Models).data


def read_completion(raw: bytes, ids: Sequence[int], vocab_size: int) -> Told:
    """`ids` are those of the prompt, if it was given so. Raises Wrong."""
    answer = decode(raw, _Completion)
    choice = answer.choices[0]
    rows = choice.prompt_logprobs or []
    if rows and len(rows) != len(ids):
        raise Wrong("it has not as many rows as the text has tokens")
    pairs = zip(rows, ids, strict=False)
    return Told(
        text=choice.text,
        row=_row(choice.logprobs, vocab_size) if choice.logprobs else None,
        is_stopped=choice.finish_reason == "stop",
        prompt_tokens=answer.usage.prompt_tokens if answer.usage else None,
        prompt=[_prompt_row(row, came, vocab_size) if row else None for row, came in pairs] if rows else None,
    )


def _row(told: _Logprobs, vocab_size: int) -> ToldRow | None:
    if told.content:
        first = told.content[0]
        entries: list[Entry] = [(entry.id, entry.logprob) for entry in first.top_logprobs]
        return _checked(entries, (first.id, first.logprob), vocab_size) if entries else None
    entries = _entries(told.top_logprobs[0]) if told.top_logprobs else []
    if not entries:
        return None
    if not told.tokens or not told.token_logprobs:
        raise Wrong("the token that came is missing")
    return _checked(entries, (_key(told.tokens[0]), told.token_logprobs[0]), vocab_size)


def _entries(raw: msgspec.Raw) -> list[Entry]:
    """A row by keys. Duplicate names show only here: a JSON decoder's dict keeps the last of them."""
    prices: dict[str, float] = decode(bytes(raw), _PRICES)
    pairs = json.loads(bytes(raw), object_pairs_hook=list)
    if len(pairs) > len(prices):
        raise Wrong("it names a token twice")
    return [(_key(name), price) for name, price in prices.items()]


def _prompt_row(told: dict[int, _Ranked], came: int, vocab_size: int) -> ToldRow:
    """vLLM's: logprob and rank by id, with the observed token whatever its rank.

    The entries end where a rank shows that a more likely token is missing.
    """
    if came not in told:
        raise Wrong(f"a row lacks the token that came, {came}")
    entries: list[Entry] = [(token_id, one.logprob) for token_id, one in told.items()]
    row = _checked(entries, (came, told[came].logprob), vocab_size)
    rising = [-logprob for _, logprob in row.entries]
    sure = 0
    for token_id, logprob in row.entries:
        rank = told[int(token_id)].rank
        if rank is not None and rank <= bisect_left(rising, -logprob):
            raise Wrong(f"the rank of token {token_id} is not that of its logprob")
        is_last = token_id == came and sure == len(rising) - 1
        if rank > bisect_right(rising, -logprob) if rank is not None else is_last:
            break
        sure += 1
    return row._replace(entries=row.entries[:sure])


def _checked(entries: list[Entry], came: Entry, vocab_size: int) -> ToldRow:
    """Raises Wrong if this is no part of a distribution over `vocab_size`."""
    listed = [key for key, _ in entries]
    for key in (*listed, came[0]):
        if isinstance(key, int) and key >= vocab_size:
            raise Wrong(f"it names token {key}, and there are {vocab_size}")
    if len(set(listed)) < len(listed):
        raise Wrong("it names a token twice")
    if math.fsum(math.exp(logprob) for _, logprob in entries) > 1 + TOLERANCE:
        raise Wrong("its probabilities are more than 1 together")
    exact = sorted(((key, min(0.0, logprob)) for key, logprob in entries), key=_place)
    prices = dict(exact)
    if isinstance(came[0], int) and abs(prices.get(came[0], came[1]) - came[1]) > TOLERANCE:
        raise Wrong("the token that came has two logprobs")
    if isinstance(came[0], int) and came[1] > exact[0][1] + TOLERANCE:
        raise Wrong("the token that came is likelier than the likeliest")
    return ToldRow(exact, (came[0], min(0.0, came[1])), listed)


def _place(entry: Entry) -> tuple[float, int]:
    key, logprob = entry
    return -logprob, key if isinstance(key, int) else 0


def _key(text: str) -> Key:
    """The id that vLLM names on request, or the text."""
    number = text.removeprefix(_ID)
    is_id = number != text and number.isascii() and number.isdecimal() and len(number) < 16
    return int(number) if is_id else text
