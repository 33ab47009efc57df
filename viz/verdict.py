"""Scored texts in a few sentences: which is the most probable, by how much, and which token decides it.

Leaves out: the picture (`assets/player/views/duel.js`), and any judgement but the model's.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from model_utils.trace.values import Token, Trace

from .alignment import blocks
from .text.formats import fixed, percent, power_of_ten, product
from .text.i18n import words

EQUAL_NATS = 5e-7
LONGEST_NAME = 80
MUCH_LONGER = 1.5
MORE_FACTORS = 3
RIGHT_TO_LEFT = {"R", "AL", "AN", "RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}
"""Text of these is isolated, so that it does not turn round the sentence that names it."""

Words = Mapping[str, str]


def verdict(traces: Sequence[Trace], language: str = "en") -> str:
    """The sentences, one a line; none for no text."""
    said = words(language)
    if not traces:
        return ""
    if unscored := [trace for trace in traces if not trace.steps]:
        return said["verdict.unscored"].format(text=_name(unscored[0].text))
    if len(traces) == 1:
        return _one(traces[0], said)
    different = {trace.ids: trace for trace in traces}.values()
    if len(different) == 1:
        return said["verdict.identical"]
    ranked = sorted(different, key=lambda trace: -trace.logprob)
    first = [trace for trace in ranked if ranked[0].logprob - trace.logprob < EQUAL_NATS]
    others = ranked[len(first) :]
    sentences = [_comparison(first, others, said)]
    if others:
        sentences += [_why(first[0], others[0], said), _lengths(first[0], others, said)]
    sentences.append(_context(traces, said))
    return _unbroken("\n".join(filter(None, sentences)))


def times(nats: float) -> str:
    """exp of a log-ratio, as one says it: ``1.0023``, ``1.3``, ``53``, ``12,000``, ``3.1 × 10⁸``."""
    if nats > math.log(1e6):
        return power_of_ten(nats)
    ratio = math.exp(nats)
    if ratio < 1.05:
        return fixed(ratio, min(9, max(2, 1 - math.floor(math.log10(max(math.expm1(nats), 1e-9))))))
    return fixed(ratio, 1) if ratio < 9.95 else fixed(float(f"{ratio:.2g}"), 0)


def _name(text: str) -> str:
    """A text on one line, its middle left out where it is long."""
    line = " ".join(text.split()) or text
    half = LONGEST_NAME // 2
    shown = line if len(line) <= LONGEST_NAME else f"{line[:half].rstrip()} … {line[-half + 3 :].lstrip()}"
    is_plain = all(unicodedata.bidirectional(character) not in RIGHT_TO_LEFT for character in shown)
    return shown if is_plain else f"\u2068{shown}\u2069"


def _unbroken(sentences: str) -> str:
    """A power of ten stays on one line."""
    return sentences.replace(" × 10", "\u00a0×\u00a010")


def _list(names: Sequence[str], said: Words) -> str:
    quoted = [said["verdict.quote"].format(text=name) for name in dict.fromkeys(names)]
    *most, last = quoted
    return said["verdict.and"].join([said["verdict.comma"].join(most), last]) if most else last


def _one(trace: Trace, said: Words) -> str:
    least = min(trace.steps, key=lambda step: step.chosen.logprob).chosen
    return said["verdict.one"].format(
        text=_name(trace.text),
        probability=product(trace.logprob),
        tokens=len(trace.steps),
        token=_says([least.token]),
        least=percent(least.probability),
    )


def _comparison(first: Sequence[Trace], others: Sequence[Trace], said: Words) -> str:
    names = _list([_name(trace.text) for trace in first], said)
    if not others:
        return said["verdict.equal"].format(texts=names)
    nats = first[0].logprob - others[0].logprob
    other = _name(others[0].text)
    if len({trace.text for trace in first}) > 1:
        return said["verdict.tied"].format(texts=names, times=times(nats), other=other)
    bits = fixed(nats / math.log(2), 1 if nats > 0.05 else 4)
    sentence = said["verdict.more"].format(likely=_name(first[0].text), other=other, times=times(nats), bits=bits)
    if len(others) == 1:
        return sentence
    last = others[-1]
    more = said["verdict.last"].format(last=_name(last.text), times=times(first[0].logprob - last.logprob))
    return f"{sentence}\n{more}"


class _Piece(NamedTuple):
    """A run of tokens of one text, and the logprob of those that have one."""

    tokens: tuple[Token, ...]
    nats: float
    is_priced: bool
    """Whether every token has a logprob."""

    @property
    def bytes(self) -> bytes:
        return b"".join(token.bytes for token in self.tokens)


def _piece(trace: Trace, at: range) -> _Piece:
    unpriced = len(trace.context)
    steps = [trace.steps[index - unpriced] for index in at if index >= unpriced]
    nats = math.fsum(step.chosen.logprob for step in steps)
    return _Piece(trace.tokens[at.start : at.stop], nats, len(steps) == len(at))


def _says(tokens: Sequence[Token]) -> str:
    text = b"".join(token.bytes for token in tokens).decode("utf-8", "replace").strip()
    return _name(text if text and "\ufffd" not in text else "".join(token.label for token in tokens))


def _why(likely: Trace, other: Trace, said: Words) -> str:
    """The pair of pieces with the largest share in the difference, of those that have a probability."""
    a, b = ([token.bytes for token in trace.tokens] for trace in (likely, other))
    pairs = [(_piece(likely, i), _piece(other, j)) for i, j in blocks(a, b)]
    priced = [(ours, theirs) for ours, theirs in pairs if ours.is_priced and theirs.is_priced]
    if not any(ours.bytes == theirs.bytes for ours, theirs in priced) and len(a) + len(b) > 6:
        return said["verdict.apart"]
    most = max(priced, key=lambda pair: pair[0].nats - pair[1].nats, default=None)
    if not most or most[0].nats <= most[1].nats:
        return ""
    ours, theirs = most
    blanks = {"token": _says(ours.tokens), "p": product(ours.nats), "q": product(theirs.nats)}
    if not ours.tokens:
        count = len(theirs.tokens)
        key = "verdict.extra" if count == 1 else "verdict.extra_more"
        return said[key].format(**{**blanks, "token": _says(theirs.tokens), "count": count})
    if _says(ours.tokens) == _says(theirs.tokens):
        return said["verdict.same"].format(**blanks)
    return said["verdict.instead"].format(**blanks, other=_says(theirs.tokens))


def _lengths(likely: Trace, others: Sequence[Trace], said: Words) -> str:
    """A word of warning where a text lost that is much longer."""
    longest = max(others, key=lambda trace: len(trace.steps))
    more, fewer = len(longest.steps), len(likely.steps)
    if more < MUCH_LONGER * fewer or more - fewer < MORE_FACTORS:
        return ""
    return said["verdict.longer"].format(longer=_name(longest.text), more=more, fewer=fewer)


def _context(traces: Sequence[Trace], said: Words) -> str:
    """A warning if the contexts differ: their tokens have no logprob, so the comparison leaves them out."""
    contexts = {trace.context for trace in traces}
    return said["verdict.context"] if len(contexts) > 1 else ""
