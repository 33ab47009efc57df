"""A step as JSON: about a kilobyte with 50 candidates and a tail, whatever the vocabulary.

`golomb` packs the columns of numbers, a rising column as differences, rising places as gaps. Logprobs count units of
1e-7 nats below 0; they are a plain list if one is no whole number of units. Boxes of a tail have depths below the last
candidate, in units of 2^-15 nats. `alone` holds the depths of boxes of one token. For boxes of several tokens, `places`
are their places among all boxes, followed by their depths, their counts of tokens minus 2, and their half-widths in the
same units. `seen` holds the places of the boxes of seen tokens.

Schema 1, which is read as well, has lists of positions and of logprobs, and a tail {"shift", "boxes", "seen"} in
`leb128` numbers. A box of one token is one number: 1 plus its depth below the previous box. A box of several is four:
0, that depth, its count, its half-width. `seen` is as above.

Leaves out: tokens, and the trace around the steps (`wire`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Annotated

from msgspec import Meta, Struct

from . import golomb, leb128
from .steps import BOX_UNIT, Box, Candidate, Step, Tail, Token
from .validate import LARGEST, MOST_CANDIDATES, AtMost1000, Count, Logprob, Nats, Number

NATS_UNIT = 1e7
"""Units of stored logprobs per nat."""

Packed = Annotated[str, Meta(max_length=20_000)]
"""All numbers of one tail."""
Positions = Annotated[list[Count], AtMost1000]
COLUMNS = ("single tokens", "places", "depths", "counts", "widths", "seen boxes")
"""Of the boxes of a tail."""


class OlderTail(Struct, forbid_unknown_fields=True):
    shift: Number
    boxes: Packed
    seen: Packed = ""


WireTail = tuple[Number, Packed, Packed, Packed, Packed, Packed, Packed]
Logprobs = Annotated[list[Logprob], AtMost1000]


class WireStep(Struct, forbid_unknown_fields=True, omit_defaults=True):
    chosen: tuple[Count, Count | None, Logprob]
    given: bool
    entropy: Nats | None
    candidates: tuple[Positions | Packed, Logprobs | Packed]
    cut: Positions | Count = []
    tail: WireTail | OlderTail | None = None


def step_to_wire(step: Step, position: Callable[[Token], int]) -> WireStep:
    """`position` is that of a token in the table of its trace."""
    positions = golomb.pack([position(candidate.token) for candidate in step.candidates])
    rest = tuple(range(step.cut[0], len(step.candidates) + 1)) if step.cut else ()
    return WireStep(
        chosen=(position(step.chosen.token), step.chosen.rank, step.chosen.logprob),
        given=step.given,
        entropy=step.entropy,
        candidates=(positions, _logprobs_to_wire([candidate.logprob for candidate in step.candidates])),
        cut=step.cut[0] if step.cut and step.cut == rest else list(step.cut),
        tail=_tail_to_wire(step),
    )


def _logprobs_to_wire(logprobs: list[float]) -> list[float] | str:
    units = [round(-logprob * NATS_UNIT) for logprob in logprobs]
    is_whole = all(0.0 - unit / NATS_UNIT == logprob for unit, logprob in zip(units, logprobs, strict=True))
    return golomb.pack(_steps(units)) if is_whole and max(units, default=0) <= LARGEST else logprobs


def _steps(rising: Sequence[int]) -> list[int]:
    return [number - before for before, number in pairwise((0, *rising))]


def _gaps(places: Sequence[int]) -> list[int]:
    """How many places lie between one and the next."""
    return [place - before - 1 for before, place in pairwise((-1, *places))]


def _places(gaps: Sequence[int]) -> list[int]:
    return list(accumulate((gap + 1 for gap in gaps), initial=-1))[1:]


def _tail_to_wire(step: Step) -> WireTail | None:
    if step.tail is None:
        return None
    boxes, base = step.tail.boxes, _last_logprob(step.candidates)
    depths = [round((base - box.logprob) / BOX_UNIT) for box in boxes]
    several = [place for place, box in enumerate(boxes) if box.count > 1]
    columns = (
        _steps([depth for depth, box in zip(depths, boxes, strict=True) if box.count == 1]),
        _gaps(several),
        _steps([depths[place] for place in several]),
        [boxes[place].count - 2 for place in several],
        [round(boxes[place].half_width / BOX_UNIT) for place in several],
        _gaps([place for place, box in enumerate(boxes) if box.seen]),
    )
    alone, places, deep, counts, widths, seen = map(golomb.pack, columns)
    return step.tail.shift, alone, places, deep, counts, widths, seen


def _last_logprob(candidates: tuple[Candidate, ...]) -> float:
    return candidates[-1].logprob if candidates else 0.0


def step_of(wire: WireStep, token_at: Callable[[int], Token]) -> Step:
    """The reverse of `step_to_wire`, checked by meaning. Raises ValueError and ArithmeticError."""
    positions, logprobs = _candidates(*wire.candidates)
    if len(positions) != len(logprobs):
        raise ValueError("candidates and logprobs differ in number")
    candidates = tuple(
        Candidate(token=token_at(position), rank=rank, logprob=logprob)
        for rank, (position, logprob) in enumerate(zip(positions, logprobs, strict=True), start=1)
    )
    position, rank, logprob = wire.chosen
    chosen = Candidate(token=token_at(position), rank=rank, logprob=logprob)
    base = _last_logprob(candidates)
    tail = _older_tail(wire.tail, base) if isinstance(wire.tail, OlderTail) else wire.tail and _tail(wire.tail, base)
    return Step(chosen, wire.given, candidates, wire.entropy, _cut(wire.cut, len(candidates)), tail)


def _candidates(positions: list[int] | str, logprobs: list[float] | str) -> tuple[list[int], list[float]]:
    if isinstance(positions, str):
        positions = golomb.unpack(positions, "the candidates")
    if isinstance(logprobs, str):
        units = accumulate(golomb.unpack(logprobs, "the logprobs of the candidates"))
        logprobs = [0.0 - unit / NATS_UNIT for unit in units]
    if len(positions) > MOST_CANDIDATES:
        raise ValueError(f"it has more than {MOST_CANDIDATES} candidates")
    return positions, logprobs


def _cut(cut: list[int] | int, count: int) -> tuple[int, ...]:
    if isinstance(cut, list):
        return tuple(cut)
    if not 1 <= cut <= count:
        raise ValueError("cut must be rising ranks of candidates")
    return tuple(range(cut, count + 1))


def _tail(wire: WireTail, base: float) -> Tail:
    shift, *packed = wire
    columns = [golomb.unpack(column, f"the {name} of the tail") for name, column in zip(COLUMNS, packed, strict=True)]
    alone, several, deep, counts, widths, seen = columns
    if not len(several) == len(deep) == len(counts) == len(widths):
        raise ValueError("the boxes of several tokens differ in number")
    total = len(alone) + len(several)
    boxes: list[tuple[int, int, int] | None] = [None] * total
    for place, *box in zip(_places(several), accumulate(deep), counts, widths, strict=True):
        boxes[_within(place, total)] = (box[0], box[1] + 2, box[2])
    single = iter(accumulate(alone))
    whole = [box or (next(single), 1, 0) for box in boxes]
    are_seen = [False] * total
    for place in _places(seen):
        are_seen[_within(place, total)] = True
    return Tail(
        shift,
        tuple(
            Box(count, base - depth * BOX_UNIT, width * BOX_UNIT, is_seen)
            for (depth, count, width), is_seen in zip(whole, are_seen, strict=True)
        ),
    )


def _within(place: int, total: int) -> int:
    if place >= total:
        raise ValueError("a box of the tail is not there")
    return place


def _older_tail(wire: OlderTail, base: float) -> Tail:
    seen = _places(list(leb128.unpack(wire.seen, "the seen boxes of the tail")))
    boxes = tuple(_older_boxes(leb128.unpack(wire.boxes, "the boxes of the tail"), set(seen), base))
    if seen:
        _within(seen[-1], len(boxes))
    return Tail(wire.shift, boxes)


def _older_boxes(numbers: Iterator[int], seen: set[int], base: float) -> Iterator[Box]:
    depth = 0
    for at, first in enumerate(numbers):
        depth += first - 1 if first else next(numbers, 0)
        count, width = (1, 0) if first else (next(numbers, 0), next(numbers, 0))
        yield Box(count, base - depth * BOX_UNIT, width * BOX_UNIT, at in seen)
