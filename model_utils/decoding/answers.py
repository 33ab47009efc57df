"""Probability of an answer, over all its spellings: 大阪, おおさか and Osaka are one answer.

A spelling follows the prompt directly or after one space: no text does both. Continuations that begin with a spelling
count for it, as 大阪市 does for 大阪, and 40 for 4. Leaves out: the sum over tokenisations (`prefix_probability`), and
the picture (`assets/player/views/answers.js`).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence

from msgspec import Struct

from ..errors import EmptyAnswers, TooManySpellings
from ..lm import LM
from ..logits.readings import DIGITS
from ..tokens.vocabulary import Reader, check_text
from ..trace.settings import Sampling
from ..trace.values import Token
from .prefix_probability import Covered, Cut, cover
from .tracing import Prompt, generate

KEPT = 4
"""So many cuts of a spelling are kept, the most probable ones."""

LIMIT = 100
"""At most this many spellings at once."""

Place = tuple[int, int]
"""A spelling: number of its answer, number within it; both from 0."""


class Way(Struct, frozen=True):
    """One tokenisation of a spelling; the last token may extend beyond it."""

    tokens: tuple[Token, ...]
    logprob: float
    """Nats, given the prompt; the score of these ids."""


class Spelling(Struct, frozen=True):
    """One spelling, whose prefix probability is `probability`, or at most `missed` more."""

    text: str
    probability: float
    missed: float
    ways: tuple[Way, ...]
    """The most probable ones, with and without the space, falling."""
    count: int
    """How many ways were found, kept or not."""
    part_of: Place | None = None
    """A spelling that is a prefix of this one, in its own answer if any: this one counts only there."""


class Answer(Struct, frozen=True):
    """Its spellings in the order given; the first is its name."""

    spellings: tuple[Spelling, ...]
    probability: float
    """Of a continuation that begins with one of them."""
    missed: float


class Answers(Struct, frozen=True):
    """All answers to one prompt, in the order given."""

    model: str
    revision: str
    prompt: str
    answers: tuple[Answer, ...]
    probability: float
    """Of a continuation that begins with any of them: less than the sum where one is part of another."""
    missed: float

    @property
    def rest(self) -> float:
        """The probability of anything else, or at most `missed` less."""
        return max(0.0, 1.0 - self.probability)


APART = re.compile(r"(?:^|(?<=\s))[/／](?=\s|$)")
"""A slash that stands by itself; one within a word is part of it."""


def read_answers(text: str) -> list[list[str]]:
    """Typed answers: one per line, its spellings separated by a / with spaces around it.

    A slash within a word is part of the spelling, as in 1/2 and km/h, and so is an ASCII comma, as in 1,000. In a line
    without such a slash, spellings may be apart by ／, and in one without either by 、 or ，.
    """
    rows = [_apart(line) for line in text.splitlines()]
    return [found for found in (_cleaned(row) for row in rows) if found]


def _apart(line: str) -> list[str]:
    marks = next((mark for mark in (APART, re.compile("／")) if mark.search(line)), re.compile("[、，]"))
    return marks.split(line)


def answer_probabilities(lm: LM, prompt: Prompt, answers: Sequence[Sequence[str]]) -> Answers:
    """The probability of each answer as the beginning of a continuation of `prompt`, summed over its spellings.

    White space around a spelling is taken away, and a spelling given twice counts once. Raises EmptyAnswers,
    TooManySpellings, InvalidText, Unreadable, and what `generate` raises for a prompt.
    """
    rows = [found for found in map(_cleaned, answers) if found]
    count = sum(map(len, rows))
    if not rows:
        raise EmptyAnswers()
    if count > LIMIT:
        raise TooManySpellings(spellings=count, limit=LIMIT)
    written = {text: _bytes(lm, text) for row in rows for text in row}
    before = generate(lm, prompt, 0, Sampling(temperature=0.0), candidates=0)
    found = cover(lm, before.ids, [raw for both in written.values() for raw in both], KEPT)
    behind = Reader(lm.vocabulary)
    for token_id in before.ids:
        behind.push(token_id)

    def spelling(text: str, place: Place) -> Spelling:
        return _spelling(text, [found[raw] for raw in written[text]], behind, _part_of(rows, place))

    spellings = [[spelling(text, (at, place)) for place, text in enumerate(row)] for at, row in enumerate(rows)]
    counted = [one for row in spellings for one in row if one.part_of is None]
    return Answers(
        model=lm.model,
        revision=lm.revision,
        prompt=before.text,
        answers=tuple(_answer(at, row) for at, row in enumerate(spellings)),
        probability=sum(one.probability for one in counted),
        missed=sum(one.missed for one in counted),
    )


def _cleaned(spellings: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, (text.strip() for text in spellings))))


def _bytes(lm: LM, text: str) -> tuple[bytes, bytes]:
    """Without and with a space before it: the text as the model's tokenizer reads it."""
    check_text(text)
    raw = text.encode()
    if lm.vocabulary.changes_texts:
        put = lm.encode("")
        read = lm.vocabulary.read(lm.encode(text))[len(put) :]
        raw = b"".join(token.bytes for token in read).strip() or raw
    return raw, b" " + raw


def _part_of(rows: Sequence[Sequence[str]], place: Place) -> Place | None:
    """The shortest other spelling that is a prefix of this one; of equal ones, the earlier."""
    own, text = place[0], rows[place[0]][place[1]]
    found = [
        (answer != own, len(other), (answer, number))
        for answer, row in enumerate(rows)
        for number, other in enumerate(row)
        if text.startswith(other) and (other != text or (answer, number) < place)
    ]
    return min(found)[2] if found else None


def _spelling(text: str, found: Sequence[Covered], behind: Reader, part_of: Place | None) -> Spelling:
    cuts = sorted((cut for one in found for cut in one.cuts), reverse=True)[:KEPT]
    return Spelling(
        text=text,
        probability=sum(one.probability for one in found),
        missed=sum(one.missed for one in found),
        ways=tuple(_way(copy.copy(behind), cut) for cut in cuts),
        count=sum(one.count for one in found),
        part_of=part_of,
    )


def _way(reader: Reader, cut: Cut) -> Way:
    return Way(tuple(map(reader.push, cut.ids)), round(cut.logprob, DIGITS))


def _answer(number: int, spellings: Sequence[Spelling]) -> Answer:
    counted = [one for one in spellings if one.part_of is None or one.part_of[0] != number]
    return Answer(
        spellings=tuple(spellings),
        probability=sum(one.probability for one in counted),
        missed=sum(one.missed for one in counted),
    )
