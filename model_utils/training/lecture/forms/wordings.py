"""Sentences with an answer to find: one template makes the text that is trained on and the question that measures it.

A template marks its answer by bars, `The capital of {country} is| {city}|.`: what stands before the first is the
prompt. A table fills templates from its rows; some templates and some rows are held out, so that remembering (both
seen), rewording (a new template) and generalising (a new row) are measured apart. Leaves out: what the rows are.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

Kind = Literal["seen", "reworded", "new"]
Row = dict[str, str]
BAR = "|"


@dataclass(frozen=True, slots=True)
class Probe:
    """A prompt, and what temperature 0 must go on with for it to be right."""

    ability: str
    language: str
    kind: Kind
    prompt: str
    answer: str


@dataclass(frozen=True, slots=True)
class Ability:
    """Something to be learned: draws texts to train on, and lists what is asked to see whether it was.

    `weight` is the share of documents; `lines` says whether several texts may stand in one document.
    """

    name: str
    language: str
    weight: float
    text: Callable[[random.Random], str]
    probes: Callable[[random.Random], list[Probe]]
    lines: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of words and the templates that they fill."""

    rows: Sequence[Row]
    wordings: Sequence[str]
    heldout_wordings: Sequence[str] = ()
    heldout_rows: Sequence[Row] = ()
    weights: Sequence[float] | None = field(default=None)
    asked: int | None = None
    """Of the rows that are trained on, only so many of the first are asked about."""

    def text(self, rng: random.Random) -> str:
        """One filled template as it is trained on."""
        row = rng.choices(self.rows, self.weights)[0]
        return filled(rng.choice(self.wordings), row).replace(BAR, "")

    def probes(self, ability: str, language: str, rng: random.Random, most: int = 120) -> list[Probe]:
        """At most `most` probes of every kind there is."""
        parts: tuple[tuple[Kind, Sequence[Row], Sequence[str]], ...] = (
            ("seen", self.rows[: self.asked], self.wordings),
            ("reworded", self.rows[: self.asked], self.heldout_wordings),
            ("new", self.heldout_rows, self.wordings),
        )
        return [
            probe for kind, rows, words in parts for probe in _some(ability, language, kind, rows, words, rng, most)
        ]


def _some(
    ability: str, language: str, kind: Kind, rows: Sequence[Row], wordings: Sequence[str], rng: random.Random, most: int
) -> Iterator[Probe]:
    every = [(row, wording) for row, wording in product(rows, wordings) if wording.count(BAR) >= 2]
    for row, wording in rng.sample(every, min(most, len(every))):
        yield marked(ability, language, kind, filled(wording, row))


def marked(ability: str, language: str, kind: Kind, text: str) -> Probe:
    """The probe of a text whose answer stands between bars."""
    prompt, answer = text.split(BAR)[:2]
    return probe(ability, language, kind, prompt, answer)


def probe(ability: str, language: str, kind: Kind, prompt: str, answer: str) -> Probe:
    """The probe whose prompt ends before a space, since the space belongs to the token behind it."""
    shown = prompt.removesuffix(" ")
    return Probe(ability, language, kind, shown, prompt[len(shown) :] + answer)


def filled(wording: str, row: Row) -> str:
    """The template with the words of the row, and with its first letter large."""
    text = wording.format(**row)
    return text[:1].upper() + text[1:]


def is_held_out(key: str, share: float) -> bool:
    """Whether the thing so named is kept from training; always the same, whatever the seed."""
    digest = hashlib.blake2b(key.encode(), digest_size=4).digest()
    return int.from_bytes(digest) < share * 2**32


def parted(rows: Sequence[Row], key: Callable[[Row], str], share: float) -> tuple[list[Row], list[Row]]:
    """The rows to train on, and those held out."""
    kept = [row for row in rows if not is_held_out(key(row), share)]
    return kept, [row for row in rows if is_held_out(key(row), share)]


def ability(name: str, language: str, weight: float, table: Table, lines: bool = True) -> Ability:
    """The ability to fill a table's templates."""
    return Ability(name, language, weight, table.text, lambda rng: table.probes(name, language, rng), lines)


def unmeasured(
    name: str, language: str, weight: float, text: Callable[[random.Random], str], lines: bool = True
) -> Ability:
    """Texts that nothing is asked about."""
    return Ability(name, language, weight, text, lambda rng: [], lines)
