"""Beam search: the continuations that are most likely as a whole, and every branch examined on the way.

Equals transformers' `GenerationMixin._beam_search`, run by `generate(num_beams=…, do_sample=False)`, on one prompt. The
search itself needs only the next tokens; the steps of the best text are read in one pass at its end. Leaves out:
sampling within beams, beam groups and constraints.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from itertools import count
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ..errors import InvalidChoice, NonFiniteLogits
from ..lm import LM, HostRows
from ..logits.readings import Distributions, distributions, most_likely, rounded
from ..logits.top_only import dense, whole
from ..tokens.vocabulary import Reader
from ..trace.settings import Sampling, check_setting
from ..trace.values import End, Token, Trace
from .beams import BeamBranch, Beams, BeamSettings, BeamStep, EarlyStopping, Fate, Hypothesis
from .cancellation import go_on
from .tracing import CANDIDATES, Prompt, generate

EARLY_STOPPING: tuple[EarlyStopping, ...] = (False, True, "never")
GREEDY = Sampling(temperature=0.0)


def beam(
    lm: LM,
    prompt: Prompt,
    width: int = 4,
    max_new_tokens: int = 20,
    length_penalty: float = 1.0,
    early_stopping: EarlyStopping = False,
    candidates: int = CANDIDATES,
) -> Beams:
    """The `width` continuations with the best scores in a beam search of this width.

    The same ids and scores as transformers' `generate(num_beams=width, num_return_sequences=width)` gives: `score` is
    the logprob in nats / length ** `length_penalty`. `early_stopping` says when to stop once `width` have finished:
    at once (True), when the best that goes on scores no better than the worst of them (False), or when it could not
    even at its longest ("never"). A width of 1 is greedy and stops at the first end. The search also ends where the
    context is full. Raises as `tracing.generate` does, and InvalidChoice for another `early_stopping`.
    """
    *_, found = beam_steps(lm, prompt, width, max_new_tokens, length_penalty, early_stopping, candidates)
    assert found
    return found


def beam_steps(
    lm: LM,
    prompt: Prompt,
    width: int = 4,
    max_new_tokens: int = 20,
    length_penalty: float = 1.0,
    early_stopping: EarlyStopping = False,
    candidates: int = CANDIDATES,
) -> Iterator[Beams | None]:
    """`beam` a step at a time: yields None after each step of the search, at last what it found, and stops when its
    consumer does.
    """
    check_setting("width", width, 1, lm.vocab_size)
    check_setting("max_new_tokens", max_new_tokens, 0, 100_000)
    check_setting("length_penalty", length_penalty, -10.0, 10.0)
    if not (isinstance(early_stopping, bool) or early_stopping == "never"):
        raise InvalidChoice(name="early_stopping", value=early_stopping, choices=", ".join(map(str, EARLY_STOPPING)))
    before = generate(lm, prompt, 0, GREEDY, candidates)
    room = max_new_tokens if lm.context_length is None else min(max_new_tokens, lm.context_length - len(before.ids))
    rules = _Rules(lm, width, room, float(length_penalty), early_stopping)
    looks: list[_Look] = []
    if room and before.end != "end_of_text":
        for look in _search(rules, before.ids):
            looks.append(look)
            yield None
    search, sequences = _read_back(rules, before.ids, looks)
    settings = BeamSettings(width, max_new_tokens, float(length_penalty), early_stopping)
    yield _beams(lm, before, search, sequences[:width], settings, candidates)


class _Look(NamedTuple):
    """A step of the search in numbers, most likely first. Shapes (looked at,)."""

    parents: NDArray[np.int64]
    ids: NDArray[np.int64]
    logprobs: NDArray[np.float64]
    scores: NDArray[np.float64]
    fates: list[Fate]

    def places(self, fate: Fate) -> list[int]:
        return [place for place, own in enumerate(self.fates) if own == fate]


class _Rules(NamedTuple):
    lm: LM
    width: int
    room: int
    """The most tokens that a continuation may have."""
    length_penalty: float
    early_stopping: EarlyStopping

    def look(self, rows: HostRows, before: NDArray[np.float64], length: int, position: int) -> _Look:
        """The most likely continuations of length `length` of texts with these logits and logprobs.

        Shapes (texts, vocabulary), (texts,). Enough that `width` remain to continue, however many end. A branch that
        ends is finished only if it is among the best `width`.
        """
        count = max(2, 1 + len(self.lm.end_ids)) * self.width
        logits, offsets = self._offset(rows, before, count, position)
        totals = (logits + offsets.astype(np.float32)).reshape(1, -1)
        parents, ids = np.divmod(most_likely(totals, count)[0], logits.shape[1])
        logprobs = logits[parents, ids] + offsets[parents, 0]
        order = np.argsort(-logprobs, kind="stable")
        parents, ids, logprobs = parents[order], ids[order], logprobs[order]
        ends = [length == self.room or token_id in self.lm.end_ids for token_id in ids.tolist()]
        fates: list[Fate] = ["finished" if end and place < self.width else "pruned" for place, end in enumerate(ends)]
        for place in [place for place, end in enumerate(ends) if not end][: self.width]:
            fates[place] = "kept"
        return _Look(parents, ids, logprobs, logprobs / length**self.length_penalty, fates)

    def _offset(
        self, rows: HostRows, before: NDArray[np.float64], count: int, position: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Logits, and offsets to logprobs of whole texts. Shapes (texts, vocabulary), (texts, 1).

        Unknown tokens of a partial row are excluded, if `count` are known. Raises OnlyLikeliest otherwise.
        """
        if isinstance(rows, np.ndarray):
            found = _distributions(rows, self.lm.model, position)
            return rows, before[:, None] - found.peak - found.log_total
        for row in rows:
            if len(row.top) < min(count, self.lm.vocab_size):
                raise row.refuse()
        return dense(rows, self.lm.vocab_size), before[:, None]

    def is_over(self, finished: Sequence[float], best_kept: float, length: int) -> bool:
        """Whether to stop, given the falling scores of the finished, and the logprob of the best of those kept."""
        if len(finished) < self.width:
            return False
        if self.early_stopping is True or self.width == 1:
            return True
        hoped_for = self.room if self.early_stopping == "never" and self.length_penalty > 0 else length
        return not best_kept / hoped_for**self.length_penalty > finished[self.width - 1]


def _distributions(rows: NDArray[np.float32], model: str, position: int) -> Distributions:
    """`readings.distributions` of texts side by side: all rows have the same position."""
    try:
        return distributions(rows, model)
    except NonFiniteLogits:
        raise NonFiniteLogits(model=model, position=position) from None


def _search(rules: _Rules, prompt: Sequence[int]) -> Iterator[_Look]:
    session = rules.lm.session(prompt[:-1])
    *_, last = session.read(prompt[session.length :])
    rows, logprobs = whole(last[-1:]), np.zeros(1)
    finished: list[float] = []
    for length in count(1):
        look = rules.look(rows, logprobs, length, len(prompt) + length)
        yield look
        kept = look.places("kept")
        finished = sorted([*finished, *look.scores[look.places("finished")].tolist()], reverse=True)[: rules.width]
        if not kept or rules.is_over(finished, float(look.logprobs[kept[0]]), length):
            return
        logprobs = look.logprobs[kept]
        go_on()
        rows = session.advance(look.parents[kept].tolist(), look.ids[kept].tolist())


class _Text(NamedTuple):
    """An unfinished continuation and the reader after it."""

    tokens: tuple[Token, ...]
    path: tuple[int, ...]
    reader: Reader

    def grown(self, token: Token, place: int) -> _Text:
        reader = copy.copy(self.reader)
        reader.push(token.id)
        return _Text((*self.tokens, token), (*self.path, place), reader)


def _read_back(
    rules: _Rules, prompt: Sequence[int], looks: Sequence[_Look]
) -> tuple[tuple[BeamStep, ...], tuple[Hypothesis, ...]]:
    """The search as values, and all that finished, best first; of equals the one that finished earlier."""
    reader = Reader(rules.lm.vocabulary)
    for token_id in prompt:
        reader.push(token_id)
    texts = [_Text((), (), reader)]
    search, finished = [], []
    for look in looks:
        columns = (look.parents.tolist(), look.ids.tolist(), rounded(look.logprobs), rounded(look.scores), look.fates)
        branches, kept = [], []
        for place, (parent, token_id, logprob, score, fate) in enumerate(zip(*columns, strict=True)):
            token = texts[parent].reader.peek(token_id)
            branches.append(BeamBranch(parent, token, logprob, score, fate))
            if fate == "kept":
                kept.append(texts[parent].grown(token, place))
            elif fate == "finished":
                tokens, path, _ = texts[parent].grown(token, place)
                hypothesis = Hypothesis(tokens, path, logprob, score, token_id in rules.lm.end_ids)
                finished.append((float(look.scores[place]), hypothesis))
        search.append(BeamStep(tuple(branches)))
        texts = kept
    finished.sort(key=lambda pair: -pair[0])
    return tuple(search), tuple(hypothesis for _, hypothesis in finished)


def _beams(
    lm: LM,
    before: Trace,
    search: tuple[BeamStep, ...],
    sequences: tuple[Hypothesis, ...],
    settings: BeamSettings,
    candidates: int,
) -> Beams:
    """The steps of the best are read in one pass from the prompt, which is cached."""
    if not sequences:
        sequences = (Hypothesis((), (), 0.0, 0.0, before.end == "end_of_text"),)
    best, prompt_steps = sequences[0], len(before.steps)
    whole = generate(lm, before.fork(prompt_steps, best.ids), 0, GREEDY, candidates) if best.tokens else before
    found = (replace(step, given=False) for step in whole.steps[prompt_steps:])
    limit: End = "max_new_tokens" if len(best.tokens) >= settings.max_new_tokens else "context_full"
    return Beams(
        model=before.model,
        revision=before.revision,
        vocab_size=before.vocab_size,
        context=before.context,
        steps=(*before.steps, *found),
        sampling=GREEDY,
        end="end_of_text" if best.ended else limit,
        sequences=sequences,
        search=search,
        settings=settings,
    )
