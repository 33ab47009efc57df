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

Whatever comes in is checked, by type and bound here and by meaning in `values`. Leaves out: where files lie.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from .errors import InvalidSettings, InvalidTrace
from .leb128 import from_base64, pack, unpack
from .readable import decode
from .settings import Sampling
from .untrusted import AtMost1000, Count, Logprob, Name, Nats, Number, PerStep, Whole, Wrong, reason_of, take
from .untrusted import decode as decode_json
from .values import BOX_UNIT, Box, Candidate, End, Step, Tail, Token, Trace

SCHEMA = 1

Spelled = Annotated[str, Meta(max_length=10_000)]
"""One token, as the eye sees it or as bytes."""
Packed = Annotated[str, Meta(max_length=20_000)]
"""All numbers of one tail."""
Positions = Annotated[list[Count], AtMost1000]
WireToken = tuple[Whole, Spelled, Spelled, bool]
WireTokens = Annotated[list[WireToken], PerStep]


class WireTail(Struct, forbid_unknown_fields=True, omit_defaults=True):
    shift: Number
    boxes: Packed
    seen: Packed = ""


class WireStep(Struct, forbid_unknown_fields=True, omit_defaults=True):
    chosen: tuple[Count, Count | None, Logprob]
    given: bool
    entropy: Nats | None
    candidates: tuple[Positions, Annotated[list[Logprob], AtMost1000]]
    cut: Positions = []
    tail: WireTail | None = None


class Schema(Struct):
    """Read first: what is of another version may be of any form."""

    schema: Whole

    def check(self) -> None:
        """Raises Wrong."""
        if self.schema != SCHEMA:
            raise Wrong(f"its schema is {self.schema}; this version reads {SCHEMA}")


class WireTrace(Schema, forbid_unknown_fields=True):
    model: Name
    revision: Name
    vocab_size: Count
    end: End
    sampling: Sampling | None
    tokens: WireTokens
    context: Positions
    steps: Annotated[list[WireStep], PerStep]


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
    return WireTail(step.tail.shift, pack(_numbers_of(boxes, _last_logprob(step.candidates))), pack(between))


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


def decode_trace(text: str | bytes) -> Trace:
    """Read what `encode` wrote. Raises InvalidTrace, saying what is wrong and where."""
    return _read(partial(decode_json, text))


def from_wire(data: Mapping[str, Any]) -> Trace:
    """The reverse of `to_wire`, with the same checks as `decode_trace`."""
    return _read(partial(take, data))


def _read(taken: Callable[[type[Any]], Any]) -> Trace:
    try:
        taken(Schema).check()
        return trace_of(taken(WireTrace))
    except (Wrong, InvalidSettings) as error:
        raise InvalidTrace(reason=reason_of(error)) from None


def trace_of(wire: WireTrace) -> Trace:
    """What was written, checked by meaning. Raises InvalidTrace."""
    place = "trace"
    try:
        wire.check()
        place = "tokens"
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
    except (ValueError, ArithmeticError) as error:
        raise InvalidTrace(reason=f"{place}: {error}") from None


def token_from_wire(row: WireToken) -> Token:
    """The reverse of `token_to_wire`. Raises ValueError."""
    id_, encoded, label, special = row
    if id_ < 0:
        raise ValueError(f"token id {id_} is below 0")
    return Token(id=id_, bytes=from_base64(encoded, f"the bytes of token {id_}"), label=label, special=special)


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
    between = unpack(wire.seen, "the seen boxes of the tail")
    seen = list(accumulate((boxes + 1 for boxes in between), initial=-1))
    boxes = tuple(_boxes_of(unpack(wire.boxes, "the boxes of the tail"), set(seen), base))
    if seen[-1] >= len(boxes):
        raise ValueError("a box of the tail that was seen is not there")
    return Tail(wire.shift, boxes)
