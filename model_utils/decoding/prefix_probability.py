"""Exact prefix probability: that a continuation begins with given bytes, over all tokenisations.

A walk over the bytes, as in Vieira et al. 2024, "From Language Models over Tokens to Language Models over Characters":
a token that is a proper prefix of the remaining bytes extends the path; one that equals them, or starts with them,
completes it. Special tokens, ends of text and ids without bytes are no text here. Leaves out: the texts (`answers`).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import nlargest
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ..lm import LM
from ..logits.readings import distributions
from ..logits.top_only import whole
from ..tokens.spelling import State
from ..tokens.vocabulary import Vocabulary
from .cancellation import go_on

LEAST = 1e-9
"""Less probable paths, given the prompt, are not followed but counted in `Covered.missed`."""

AT_ONCE = 64
"""At most this many texts are read side by side."""

Path = tuple[int, ...]
Row = NDArray[np.float32]


class Cut(NamedTuple):
    """One way to begin with the bytes; the last token may go on beyond them."""

    logprob: float
    """Nats, given the prompt."""
    ids: Path


class Covered(Struct):
    """A prefix probability, which lies in `probability` … `probability` + `missed`."""

    probability: float = 0.0
    missed: float = 0.0
    cuts: list[Cut] = []
    """The most probable ones, falling."""
    count: int = 0
    """How many cuts were found, kept or not."""


class _Node(NamedTuple):
    """Tokens behind the prompt that are a proper beginning of some of the texts."""

    ids: Path
    raw: bytes
    logprob: float
    state: State
    """In which the next token is spelled."""


class _Spelled:
    """The tokens that are text, by their bytes, in one state of the vocabulary's spelling."""

    def __init__(self, vocabulary: Vocabulary, marks: frozenset[int], state: State) -> None:
        self._ids_of = defaultdict[bytes, list[int]](list)
        for token_id in set(range(vocabulary.size)) - marks:
            raw = vocabulary.spell_in(state, token_id)[0]
            if raw or vocabulary.spell(token_id):  # A space adds nothing where the decoder drops it.
                self._ids_of[raw].append(token_id)
        self._longest = max(map(len, self._ids_of), default=0)
        sorted_ids = sorted((raw, token_id) for raw, ids in self._ids_of.items() for token_id in ids)
        self._raws = [raw for raw, _ in sorted_ids]
        self._ids = np.array([token_id for _, token_id in sorted_ids], dtype=np.int64)

    def covering(self, left: bytes) -> NDArray[np.int64]:
        """Ids of the tokens that begin with `left`."""
        first = bisect_left(self._raws, left)
        last = bisect_right(self._raws, left, lo=first, key=lambda raw: raw[: len(left)])
        return self._ids[first:last]

    def within(self, left: bytes) -> Iterator[tuple[int, bytes]]:
        """The tokens that are a proper prefix of `left`."""
        for length in range(min(len(left), self._longest + 1)):
            raw = left[:length]
            yield from ((token_id, raw) for token_id in self._ids_of.get(raw, ()))


_spelled: WeakKeyDictionary[Vocabulary, dict[State, _Spelled]] = WeakKeyDictionary()


def _in_state(lm: LM, state: State) -> _Spelled:
    """Made once a state of a vocabulary: a large one takes a second."""
    tables = _spelled.setdefault(lm.vocabulary, {})
    if state not in tables:
        tables[state] = _Spelled(lm.vocabulary, _marks(lm), state)
    return tables[state]


def _marks(lm: LM) -> frozenset[int]:
    return lm.vocabulary.special | lm.end_ids


class _Texts:
    """The rows of logits after the prompt and some more tokens, many texts by one pass."""

    def __init__(self, lm: LM, prompt: Sequence[int]) -> None:
        self._lm, self._prompt = lm, prompt
        self.first = self._restart()

    def _restart(self) -> Row:
        """Back to the prompt alone. The row after it."""
        self._session = self._lm.session(self._prompt[:-1])
        *_, last = self._session.read(self._prompt[self._session.length :])
        self._held: dict[Path, int] = {(): 0}
        row: Row = whole(last[-1])
        return row

    def rows(self, paths: Sequence[Path]) -> Iterator[Row]:
        """The row after each path; they are of one length, at least 1."""
        for begin in range(0, len(paths), AT_ONCE):
            part = paths[begin : begin + AT_ONCE]
            if any(path[:-1] not in self._held for path in part):
                self._restart()
                for length in range(1, len(part[0])):
                    self._advance(list(dict.fromkeys(path[:length] for path in part)))
            yield from self._advance(part)

    def _advance(self, paths: Sequence[Path]) -> list[Row]:
        go_on()
        rows = self._session.advance([self._held[path[:-1]] for path in paths], [path[-1] for path in paths])
        self._held = {path: place for place, path in enumerate(paths)}
        return [whole(row) for row in rows]


class _Walk:
    def __init__(self, lm: LM, prompt: Sequence[int], beginnings: Sequence[bytes], kept: int) -> None:
        self._lm, self._prompt, self._kept = lm, prompt, kept
        self.found = {raw: Covered() for raw in beginnings}

    def run(self) -> None:
        texts = _Texts(self._lm, self._prompt)
        nodes = self._visit(_Node((), b"", 0.0, self._lm.vocabulary.state_behind(self._prompt)), texts.first)
        while nodes:
            rows = texts.rows([node.ids for node in nodes])
            nodes = [child for node, row in zip(nodes, rows, strict=True) for child in self._visit(node, row)]

    def _visit(self, node: _Node, row: Row) -> list[_Node]:
        """Count completed texts; return the nodes to extend."""
        go_on()
        spelled = _in_state(self._lm, node.state)
        seen = distributions(row[None], self._lm.model, len(self._prompt) + len(node.ids) - 1)
        logprobs = row.astype(np.float64) - seen.peak[0, 0] - seen.log_total[0, 0] + node.logprob
        going_on: dict[int, bytes] = {}
        for text, covered in self.found.items():
            if len(text) > len(node.raw) and text.startswith(node.raw):
                left = text[len(node.raw) :]
                self._count(covered, node, spelled.covering(left), logprobs)
                going_on.update(spelled.within(left))
        behind = self._lm.vocabulary.made(node.state)
        children = [
            _Node((*node.ids, i), node.raw + raw, float(logprobs[i]), behind[i][1]) for i, raw in going_on.items()
        ]
        return [child for child in children if self._is_followed(child)]

    def _count(self, covered: Covered, node: _Node, ids: NDArray[np.int64], logprobs: NDArray[np.float64]) -> None:
        covered.probability += float(np.exp(logprobs[ids]).sum())
        covered.count += len(ids)
        best = ids[np.argsort(-logprobs[ids], kind="stable")[: self._kept]].tolist()
        cuts = [Cut(float(logprobs[token_id]), (*node.ids, token_id)) for token_id in best]
        covered.cuts = nlargest(self._kept, [*covered.cuts, *cuts], key=lambda cut: cut.logprob)

    def _is_followed(self, node: _Node) -> bool:
        limit = self._lm.context_length
        if node.logprob >= math.log(LEAST) and (limit is None or len(self._prompt) + len(node.ids) <= limit):
            return True
        for text, covered in self.found.items():
            if len(text) > len(node.raw) and text.startswith(node.raw):
                covered.missed += math.exp(node.logprob)
        return False


def cover(lm: LM, prompt: Sequence[int], beginnings: Sequence[bytes], kept: int) -> dict[bytes, Covered]:
    """The probability that the continuation of `prompt` begins with each of `beginnings`, none of them empty.

    Paths beyond a full context are not followed. Raises NonFiniteLogits.
    """
    walk = _Walk(lm, prompt, beginnings, kept)
    walk.run()
    return walk.found
