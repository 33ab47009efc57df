"""A trace as JSON: the interchange format that the player, exported pages and saved files read.

    {"schema": 1, "model": "small", "revision": "…", "vocab_size": 12000, "end": "max_new_tokens",
     "sampling": {"temperature": 0.0, …} or null,
     "tokens": [[id, "bytes in base64", "label", special], …],      every distinct token, once
     "context": [0],                                                positions in `tokens`
     "steps": [{"chosen": [position in `tokens`, rank, logprob], "given": true, "entropy": 4.2,
                "candidates": [[positions in `tokens`], [logprobs]], "cut": [ranks],
                "tail": {"shift": 12.3, "boxes": "in base64", "seen": "in base64"} or null}, …]}

An entropy or the rank of a chosen token that nobody could tell is null. Candidates carry no rank: they are ranks 1, 2,
3, … Tokens are written once because every step names mostly the same
ones. The boxes of a tail are unsigned LEB128 numbers, with lengths in units of 2^-15 nats. One for a token alone: one
plus how far it lies below the last box, at first below the last candidate. Four for several tokens: zero; how far they
lie below the last box; how many they are; their half-width. `seen` tells the boxes of seen tokens by how many boxes
stand between one and the next.

Whatever comes in is checked, by type here and by meaning in `values`. Leaves out: where files lie.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import msgspec
from msgspec import Struct

from .errors import InvalidSettings, InvalidTrace
from .readable import decode
from .settings import Sampling
from .untrusted import Wrong, reason_of
from .untrusted import decode as decode_json
from .values import BOX_UNIT, Box, Candidate, End, Step, Tail, Token, Trace

SCHEMA = 1
LARGEST_ID = 2**53 - 1
"""JavaScript, which reads the same files, knows no larger whole number."""

WireToken = tuple[int, str, str, bool]


class WireTail(Struct, forbid_unknown_fields=True, omit_defaults=True):
    shift: float
    boxes: str
    seen: str = ""


class WireStep(Struct, forbid_unknown_fields=True, omit_defaults=True):
    chosen: tuple[int, int | None, float]
    given: bool
    entropy: float | None
    candidates: tuple[list[int], list[float]]
    cut: list[int] = []
    tail: WireTail | None = None


class WireTrace(Struct, forbid_unknown_fields=True):
    schema: int
    model: str
    revision: str
    vocab_size: int
    end: End
    sampling: Sampling | None
    tokens: list[WireToken]
    context: list[int]
    steps: list[WireStep]


class _Schema(Struct):
    schema: int


class TokenTable:
    """The distinct tokens in order of first appearance."""

    def __init__(self) -> None:
        self.rows: list[WireToken] = []
        self._positions: dict[Token, int] = {}

    def position(self, token: Token) -> int:
        at = self._positions.setdefault(token, len(self.rows))
        if at == len(self.rows):
            self.rows.append(token_to_wire(token))
        return at


def token_to_wire(token: Token) -> WireToken:
    """One row of `tokens`."""
    return token.id, base64.b64encode(token.bytes).decode("ascii"), token.label, token.special


def pieces(tokens: Sequence[Token]) -> dict[str, Any]:
    """A text's tokens as the picture of them takes them: rows of `tokens`, and what they say together."""
    text = decode(b"".join(token.bytes for token in tokens if not token.special))
    return {"tokens": [token_to_wire(token) for token in tokens], "text": text}


def duel_to_value(traces: Sequence[Trace], letters: str) -> dict[str, Any]:
    """What the picture of a duel takes."""
    return {"traces": [to_wire(trace) for trace in traces], "letters": letters}


def to_wire(trace: Trace) -> dict[str, Any]:
    """The trace as plain dicts and lists: what `encode` writes, for whoever sends it on as JSON."""
    result: dict[str, Any] = msgspec.to_builtins(_to_wire(trace, TokenTable()))
    return result


def part_to_wire(trace: Trace, first_step: int) -> dict[str, Any]:
    """The trace from `first_step` on, as `to_wire` gives it, with what comes before it counted in `after`."""
    part: dict[str, Any] = msgspec.to_builtins(_to_wire(trace, TokenTable(), first_step))
    return {**part, "after": {"steps": first_step}}


def encode(trace: Trace) -> str:
    return msgspec.json.encode(_to_wire(trace, TokenTable())).decode("utf-8")


def _to_wire(trace: Trace, table: TokenTable, first_step: int = 0) -> WireTrace:
    context = [table.position(token) for token in trace.context]
    steps = [_step_to_wire(step, table) for step in trace.steps[first_step:]]
    return WireTrace(
        schema=SCHEMA,
        model=trace.model,
        revision=trace.revision,
        vocab_size=trace.vocab_size,
        end=trace.end,
        sampling=trace.sampling,
        tokens=table.rows,
        context=context,
        steps=steps,
    )


def _step_to_wire(step: Step, table: TokenTable) -> WireStep:
    return WireStep(
        chosen=(table.position(step.chosen.token), step.chosen.rank, step.chosen.logprob),
        given=step.given,
        entropy=step.entropy,
        candidates=([table.position(c.token) for c in step.candidates], [c.logprob for c in step.candidates]),
        cut=list(step.cut),
        tail=_tail_to_wire(step),
    )


def _tail_to_wire(step: Step) -> WireTail | None:
    if step.tail is None:
        return None
    boxes = step.tail.boxes
    seen = [-1, *(at for at, box in enumerate(boxes) if box.seen)]
    between = [at - before - 1 for before, at in pairwise(seen)]
    return WireTail(step.tail.shift, _pack(_numbers_of(boxes, _last_logprob(step.candidates))), _pack(between))


def _last_logprob(candidates: tuple[Candidate, ...]) -> float:
    return candidates[-1].logprob if candidates else 0.0


def _numbers_of(boxes: tuple[Box, ...], base: float) -> Iterator[int]:
    above = 0
    for box in boxes:
        depth = round((base - box.logprob) / BOX_UNIT)
        if box.count == 1:
            yield 1 + depth - above
        else:
            yield from (0, depth - above, box.count, round(box.half_width / BOX_UNIT))
        above = depth


def _boxes_of(numbers: Iterator[int], seen: set[int], base: float) -> Iterator[Box]:
    depth = 0
    for at, first in enumerate(numbers):
        depth += first - 1 if first else next(numbers, 0)
        count, width = (1, 0) if first else (next(numbers, 0), next(numbers, 0))
        yield Box(count, base - depth * BOX_UNIT, width * BOX_UNIT, at in seen)


def _pack(numbers: Iterable[int]) -> str:
    """Unsigned LEB128, in base64."""
    packed = bytearray()
    for number in numbers:
        while number > 127:
            packed.append(number & 127 | 128)
            number >>= 7
        packed.append(number)
    return base64.b64encode(packed).decode("ascii")


def _unpack(text: str) -> Iterator[int]:
    number = shift = 0
    for byte in _from_base64(text, "the boxes of the tail"):
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0


def decode_trace(text: str | bytes) -> Trace:
    """Read what `encode` wrote. Raises InvalidTrace, saying what is wrong and where."""
    try:
        found = decode_json(text, _Schema).schema
        if found != SCHEMA:
            raise InvalidTrace(reason=f"its schema is {found}; this version reads {SCHEMA}")
        return _from_wire(decode_json(text, WireTrace))
    except (Wrong, InvalidSettings) as error:
        raise InvalidTrace(reason=reason_of(error)) from None


def from_wire(data: Mapping[str, Any]) -> Trace:
    """The reverse of `to_wire`, with the same checks as `decode_trace`."""
    try:
        text = msgspec.json.encode(data)
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        raise InvalidTrace(reason="it holds something that JSON cannot say") from None
    return decode_trace(text)


def _from_wire(wire: WireTrace) -> Trace:
    place = "tokens"
    try:
        tokens = [token_from_wire(row) for row in wire.tokens]
        place = "context"
        context = tuple(token_at(tokens, position) for position in wire.context)
        steps = []
        for number, step in enumerate(wire.steps, start=1):
            place = f"step {number}"
            steps.append(_step(step, tokens))
        place = "trace"
        return Trace(
            model=wire.model,
            revision=wire.revision,
            vocab_size=wire.vocab_size,
            context=context,
            steps=tuple(steps),
            sampling=wire.sampling,
            end=wire.end,
        )
    except ValueError as error:
        raise InvalidTrace(reason=f"{place}: {error}") from None


def token_from_wire(row: WireToken) -> Token:
    """The reverse of `token_to_wire`. Raises ValueError."""
    id_, encoded, label, special = row
    if not 0 <= id_ <= LARGEST_ID:
        raise ValueError(f"token id {id_} is not from 0 to {LARGEST_ID}")
    return Token(id=id_, bytes=_from_base64(encoded, f"the bytes of token {id_}"), label=label, special=special)


def _from_base64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"{what} are not base64") from None


def token_at(tokens: list[Token], position: int) -> Token:
    """Raises ValueError."""
    if not 0 <= position < len(tokens):
        raise ValueError(f"there is no token at position {position}")
    return tokens[position]


def _step(wire: WireStep, tokens: list[Token]) -> Step:
    positions, logprobs = wire.candidates
    if len(positions) != len(logprobs):
        raise ValueError("candidates and logprobs differ in number")
    candidates = tuple(
        Candidate(token=token_at(tokens, position), rank=rank, logprob=logprob)
        for rank, (position, logprob) in enumerate(zip(positions, logprobs, strict=True), start=1)
    )
    position, rank, logprob = wire.chosen
    chosen = Candidate(token=token_at(tokens, position), rank=rank, logprob=logprob)
    tail = _tail(wire.tail, _last_logprob(candidates)) if wire.tail else None
    return Step(chosen, wire.given, candidates, wire.entropy, tuple(wire.cut), tail)


def _tail(wire: WireTail, base: float) -> Tail:
    seen = set(accumulate((between + 1 for between in _unpack(wire.seen)), initial=-1))
    return Tail(wire.shift, tuple(_boxes_of(_unpack(wire.boxes), seen, base)))
