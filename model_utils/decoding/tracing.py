"""Generate and score: the only loops over steps.

They take any `LM`, request rows of logits from it, and return values. Leaves out: computing the logits (`local`,
`remote`), and reading a row (`readings`, `sampling`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import EmptyPrompt, InvalidFork, PromptTooLong
from ..lm import LM, Batch, Drawn, HeldRows, HostRow, Row, Rows, Session
from ..logits.readings import Reading, readings
from ..logits.sampling import draw, greedy, process
from ..logits.top_only import PartialRow, partial_choice, partial_readings
from ..tokens.typed_ids import whole_numbers
from ..tokens.vocabulary import Reader
from ..trace.settings import Sampling, check_setting
from ..trace.values import Candidate, End, Fork, Step, Trace
from .cancellation import go_on
from .growing import grown

CANDIDATES = 50
BATCH_LOGITS = 6_000_000
"""`score_many` asks for at most this many logits at once (24 MB): 500 tokens of a vocabulary of 12,000."""

AHEAD = 2
"""`score_many` lets the model read this many batches ahead of the steps that are made of them."""


Prompt = str | Sequence[int] | Fork


def generate(
    lm: LM, prompt: Prompt, max_new_tokens: int = 20, sampling: Sampling | None = None, candidates: int = CANDIDATES
) -> Trace:
    """Continue a text, its ids, or a fork of a trace, and keep every step; the prompt's own tokens get their steps too.

    `candidates` is the number of most likely tokens kept at each step. `sampling` is Sampling() where none is given.
    Raises EmptyPrompt, PromptTooLong, InvalidText, InvalidIds, InvalidSettings, InvalidFork, UnknownToken and
    NonFiniteLogits.
    """
    *_, trace = stream(lm, prompt, max_new_tokens, sampling, candidates)
    return trace


def stream(
    lm: LM, prompt: Prompt, max_new_tokens: int = 20, sampling: Sampling | None = None, candidates: int = CANDIDATES
) -> Iterator[Trace]:
    """`generate` a step at a time: yields the trace so far after each new token, and stops when its consumer does.

    The first yield brings the prompt's steps and the first new one; where no new one is possible, it is the only yield.
    """
    check_setting("max_new_tokens", max_new_tokens, 0, 100_000)
    check_setting("candidates", candidates, 0, 1_000)
    return _stream(_Writer(lm, _ids(lm, prompt), candidates), prompt, max_new_tokens, sampling or Sampling())


def score(lm: LM, text: str | Sequence[int], candidates: int = CANDIDATES) -> Trace:
    """The probability of a text: a trace whose tokens were all given.

    Each step's logprob equals transformers' `compute_transition_scores(…, normalize_logits=True)` on the raw logits.
    Raises as `generate` does.
    """
    check_setting("candidates", candidates, 0, 1_000)
    writer = _Writer(lm, _ids(lm, text), candidates)
    _read_given(writer)
    return writer.trace(None, "given")


def score_many(
    lm: LM, texts: Sequence[str | Sequence[int]], candidates: int = CANDIDATES, with_tails: bool = False
) -> list[Trace]:
    """`score` of each text, read in batches of about the same length.

    The steps carry a tail only on request: it is what trying the sampler's settings on them needs, and nothing else.
    """
    check_setting("candidates", candidates, 0, 1_000)
    writers = [_Writer(lm, _ids(lm, text), candidates, with_tails) for text in texts]
    batches = list(_batches([writer for writer in writers if len(writer.ids) > 1]))
    for writer in [batch[0] for batch in batches if len(batch) == 1]:
        _read_given(writer)
    several = [batch for batch in batches if len(batch) > 1]
    for batch, rows in zip(several, _ahead(lm, several), strict=True):
        for writer, own_rows in zip(batch, rows, strict=True):
            writer.add_given(own_rows[: len(writer.ids) - 1])
    return [writer.trace(None, "given") for writer in writers]


def _ids(lm: LM, prompt: Prompt) -> list[int]:
    """Where the model starts: the ids of the prompt, or the beginning-of-text token for an empty one."""
    if isinstance(prompt, Fork):
        _check_fork(lm, prompt)
    if isinstance(prompt, str):
        ids = lm.encode(prompt)
    else:
        ids = whole_numbers(prompt.ids if isinstance(prompt, Fork) else prompt)
    lm.vocabulary.check(ids)
    if not ids and lm.bos_id is not None:
        ids = [lm.bos_id]
    if not ids:
        raise EmptyPrompt(model=lm.model)
    if lm.context_length is not None and len(ids) > lm.context_length:
        raise PromptTooLong(model=lm.model, tokens=len(ids), limit=lm.context_length)
    return ids


def _check_fork(lm: LM, fork: Fork) -> None:
    if (fork.model, fork.revision) != (lm.model, lm.revision):
        raise InvalidFork(reason=f"it belongs to {fork.model} ({fork.revision}), whose ids {lm.model} does not share")
    if len(fork.context) != 1:
        raise InvalidFork(reason="its trace does not begin with the one token that a step needs before it")


def _read_given(writer: _Writer) -> None:
    """All steps of a text, however long. The last token is not read: nothing comes after it."""
    for rows in writer.lm.session().read(writer.ids[:-1]):
        writer.add_given(rows)
        go_on()


def _ahead(lm: LM, batches: Sequence[Sequence[_Writer]]) -> Iterator[Batch]:
    """The logits of each batch: the model reads the next ones while the steps of this one are made."""
    with ThreadPoolExecutor(AHEAD) as pool:
        reading: deque[Future[Batch]] = deque()
        for batch in batches:
            reading.append(pool.submit(lm.logits, [writer.ids[:-1] for writer in batch]))
            go_on()
            if len(reading) > AHEAD:
                yield reading.popleft().result()
        while reading:
            yield reading.popleft().result()


def _batches(writers: list[_Writer]) -> Iterator[list[_Writer]]:
    """Texts of about the same length together, at most BATCH_LOGITS filled-up logits each, or one text."""
    batch: list[_Writer] = []
    for writer in sorted(writers, key=lambda writer: len(writer.ids)):
        if batch and (len(batch) + 1) * len(writer.ids) * writer.lm.vocab_size > BATCH_LOGITS:
            yield batch
            batch = []
        batch.append(writer)
    if batch:
        yield batch


def _stream(writer: _Writer, prompt: Prompt, max_new_tokens: int, sampling: Sampling) -> Iterator[Trace]:
    if isinstance(prompt, Fork):
        writer.take(prompt.known_steps)
    session = writer.lm.session(writer.ids[: len(writer.steps)])
    try:
        row = _read_prompt(writer, session)
        new_tokens = 0
        # In a prompt an end of text may be a separator; where a person put one, it ends the text.
        end = _end(writer, 0, max_new_tokens, prompt.ids[-1] if isinstance(prompt, Fork) and prompt.token_ids else None)
        with closing(_draws(writer, session, row, max_new_tokens, sampling)) as draws:
            while end == "unfinished":
                token_id = next(draws)
                new_tokens += 1
                end = _end(writer, new_tokens, max_new_tokens, token_id)
                yield writer.trace(sampling, end)
        if not new_tokens:
            yield writer.trace(sampling, end)
    finally:
        session.keep()


def _draws(writer: _Writer, session: Session, row: Row, most: int, sampling: Sampling) -> Generator[int]:
    """Draw and write one token after another; each is read when the next is asked for, or sooner on a GPU."""
    if isinstance(row, HeldRows):
        with closing(row.draws(sampling, writer.count, most)) as draws:
            for drawn in draws:
                yield writer.add(drawn)
        return
    here: Any = row
    while True:
        token_id = writer.add_drawn(here, sampling)
        yield token_id
        go_on()
        here = next(iter(session.read([token_id])))[-1]


def _read_prompt(writer: _Writer, session: Session) -> Row:
    """Read the rest of the prompt and write its unknown steps; returns the last row of logits."""
    row: Row = np.empty(0, dtype=np.float32)
    position = session.length
    for rows in session.read(writer.ids[position:]):
        unwritten = rows[max(0, len(writer.steps) - position) :]
        writer.add_given(unwritten)
        go_on()
        position += len(rows)
        row = rows[-1]
    return row


def _end(writer: _Writer, new_tokens: int, max_new_tokens: int, last: int | None) -> End:
    if last in writer.lm.end_ids:
        return "end_of_text"
    if new_tokens >= max_new_tokens:
        return "max_new_tokens"
    limit = writer.lm.context_length
    return "context_full" if limit is not None and len(writer.ids) >= limit else "unfinished"


def _choice(
    logits: NDArray[np.float32], ids: Sequence[int], sampling: Sampling
) -> tuple[int, NDArray[np.float32] | None]:
    """The id that the sampler draws after `ids`, and the scores it drew from; None for greedy."""
    if sampling.temperature == 0:
        return greedy(logits, ids, sampling.repetition_penalty), None
    scores = process(logits, ids, sampling)
    return draw(scores, sampling.seed, len(ids)), scores


class _Writer:
    """A trace in the making: turns rows of logits into steps. Row i is what came before token i + 1."""

    def __init__(self, lm: LM, ids: list[int], candidates: int, with_tails: bool = True) -> None:
        self.lm = lm
        self.ids = ids
        self.steps: list[Step] = []
        self.count = candidates
        self._with_tails = with_tails
        self._reader = Reader(lm.vocabulary)
        self._context = (self._reader.push(ids[0]),)
        self._made: Trace | None = None

    def trace(self, sampling: Sampling | None, end: End) -> Trace:
        if self._made is not None:
            self._made = grown(self._made, self.steps[len(self._made.steps) :], end)
        else:
            self._made = Trace(
                model=self.lm.model,
                revision=self.lm.revision,
                vocab_size=self.lm.vocab_size,
                context=self._context,
                steps=tuple(self.steps),
                sampling=sampling,
                end=end,
            )
        return self._made

    def take(self, steps: Sequence[Step]) -> None:
        """The first steps, known already."""
        for step in steps:
            self._reader.push(step.chosen.token.id)
        self.steps.extend(steps)

    def add_given(self, rows: Rows) -> None:
        """Steps of the next tokens of the text, from the rows before them, shape (tokens, vocabulary).

        A last row without a token after it is skipped.
        """
        begin = len(self.steps) + 1
        text = np.asarray(self.ids[: begin + len(rows)], dtype=np.int64)
        if len(text) == begin:
            return
        for reading in self._readings(rows[: len(text) - begin], text):
            self._add(self.ids[len(self.steps) + 1], reading, given=True)

    def add_drawn(self, row: HostRow, sampling: Sampling) -> int:
        """One step of the sampler's choice from a row of logits, shape (vocabulary,). Returns the id it drew."""
        if isinstance(row, PartialRow):
            token_id, scores = partial_choice(row, self.ids, sampling, self.lm.vocab_size)
        else:
            token_id, scores = _choice(row, self.ids, sampling)
        self.ids.append(token_id)
        text = np.asarray(self.ids, dtype=np.int64)
        (reading,) = self._readings([row] if isinstance(row, PartialRow) else row[None], text)
        cut = () if scores is None else tuple((np.flatnonzero(np.isneginf(scores[reading.top])) + 1).tolist())
        self._add(token_id, reading, given=False, cut=cut)
        return token_id

    def add(self, drawn: Drawn) -> int:
        """One step of a token that was drawn where the logits are. Returns its id."""
        self.ids.append(drawn.id)
        self._add(drawn.id, drawn.reading, given=False, cut=drawn.cut)
        return drawn.id

    def _readings(self, rows: Rows, text: NDArray[np.int64]) -> Iterator[Reading]:
        if isinstance(rows, np.ndarray):
            return readings(rows, text, self.count, self.lm.model, self._with_tails)
        if isinstance(rows, HeldRows):
            return rows.readings(text, self.count, self.lm.model, self._with_tails)
        return partial_readings(rows, text, self.count)

    def _add(self, token_id: int, reading: Reading, given: bool, cut: tuple[int, ...] = ()) -> None:
        tokens = self._reader.peek_all(reading.top)
        candidates = tuple(map(Candidate, tokens, range(1, len(tokens) + 1), reading.top_logprobs))
        token = self._reader.push(token_id)
        rank = reading.rank
        chosen = candidates[rank - 1] if rank and rank <= len(candidates) else Candidate(token, rank, reading.logprob)
        self.steps.append(Step(chosen, given, candidates, reading.entropy, cut, reading.tail))
