"""Jobs: computations whose parts are sent to a page as plain values, such as the parts of a growing trace.

A part of a trace is `wire.part_to_wire`, with its `branch`; a new branch also has its `name` and its parent `of`, and
after a beam search the `search`. A caller that takes no further part ends the job within a token.
Leaves out: sentences and buttons.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias

from msgspec.structs import replace

from ...decoding.beam_search import beam_steps
from ...decoding.tracing import Prompt, stream
from ...lm import LM
from ...trace.settings import Sampling, check_setting
from ...trace.wire import part_to_wire
from .beam_wire import search_of, search_to_wire
from .branches import Ask
from .table import Row, score_rows

REFRESH_SECONDS = 0.05
"""A growing trace is sent at most this often: a slow model's every token, a fast model's in groups."""
WHOLE_AGAIN = 1.5
SAMPLES = 5
WIDEST = 100
"""Beams side by side that a page may ask for."""

Part: TypeAlias = dict[str, Any]
RUN = "run"
"""The branch of `run_job`, whoever asks; a page gives it a name of its own."""


class Job(NamedTuple):
    """A computation and its key: equal keys have equal parts."""

    key: tuple[Hashable, ...]
    """Its kind, and all that its parts depend on."""
    make: Callable[[], Iterator[Part | None]]
    lm: LM | None = None
    """The job's only model, if another copy of it would do: then `make` can be pickled, except for this model."""

    @property
    def kind(self) -> str:
        return str(self.key[0])

    def digest(self) -> tuple[bytes, int]:
        """Hash and size in bytes of the key, which may be as long as a text."""
        written = repr(self.key).encode("utf-8", "surrogatepass")
        return sha256(written).digest(), len(written)


def run_job(lm: LM, prompt: str, length: int, sampling: Sampling) -> Job:
    """`run_parts` of a text. Raises InvalidText."""
    ids = lm.encode(prompt)
    key = (RUN, lm.model, lm.revision, tuple(ids), length, sampling)
    return Job(key, partial(run_parts, lm, ids, length, sampling, branch=RUN), lm)


def table_job(lm: LM, texts: Sequence[str]) -> Job:
    """A job with a part after each chunk of texts: all rows so far."""
    return Job(("table", lm.model, lm.revision, *texts), partial(_table_parts, lm, texts), lm)


def _table_parts(lm: LM, texts: Sequence[str]) -> Iterator[Part]:
    rows: list[Row] = []
    for chunk in score_rows(lm, texts):
        rows = [*rows, *chunk]
        yield {"rows": rows}


def ask_job(lm: LM, ask: Ask, length: int, sampling: Sampling, names: dict[str, str]) -> Job:
    key = ("ask", lm.model, lm.revision, repr(ask), length, sampling, tuple(names.values()))
    return Job(key, partial(ask_parts, lm, ask, length, sampling, names), lm)


def answer_job(key: tuple[Hashable, ...], compute: Callable[[LM], Part], lm: LM) -> Job:
    """A job of a single part, from one model. `compute` can be pickled."""
    return Job((*key, lm.model, lm.revision), partial(_one_part, compute, lm), lm)


def reading_job(key: tuple[Hashable, ...], compute: Callable[[LM], Part], lm: LM) -> Job:
    """A job of a single part that needs only a model's tokenizer."""
    return job_of((*key, lm.model, lm.revision), lambda: compute(lm))


def job_of(key: tuple[Hashable, ...], compute: Callable[[], Part]) -> Job:
    """A job of a single part."""
    return Job(key, partial(_one_part, compute))


def _one_part(compute: Callable[..., Part], *given: LM) -> Iterator[Part]:
    yield compute(*given)


def run_parts(
    lm: LM, prompt: Prompt, length: int, sampling: Sampling, known_steps: int = 0, **labels: str
) -> Iterator[Part | None]:
    """A continuation as it grows, from `known_steps` on. Yields None while there is nothing new to show.

    `labels` go with every part. A busy page sees only the last of several parts. So the final part holds all steps from
    `known_steps` on, and so does an earlier one whenever these have grown by half since the last such part.
    """
    sent, shown, whole = 0.0, known_steps, known_steps
    for trace in stream(lm, prompt, length, sampling):
        if trace.end == "unfinished" and time.monotonic() - sent > REFRESH_SECONDS:
            now = len(trace.steps)
            if now - known_steps >= WHOLE_AGAIN * (whole - known_steps):
                shown, whole = known_steps, now
            yield part_to_wire(trace, shown) | labels
            sent, shown = time.monotonic(), now
        else:
            yield None
    yield part_to_wire(trace, known_steps) | labels


def ask_parts(lm: LM, ask: Ask, length: int, sampling: Sampling, names: dict[str, str]) -> Iterator[Part | None]:
    """The parts of a request. `names` are those of new branches: of `greedy`, `sample` (with a {number}) and `beam`."""
    fork, known = ask.fork(lm), ask.known_steps
    beside = {"branch": f"run {ask.branch}", "of": ask.of}
    if ask.kind == "more":
        yield from run_parts(lm, fork, length, sampling, known, branch=ask.branch)
    elif ask.kind == "greedy":
        greedy = replace(sampling, temperature=0.0, repetition_penalty=1.0)
        yield from run_parts(lm, fork, length, greedy, known, **beside, name=names["greedy"])
    elif ask.kind == "samples":
        for number in range(SAMPLES):
            drawn = replace(sampling, temperature=sampling.temperature or 1.0, seed=sampling.seed + number)
            labels = {"branch": f"run {ask.branch} {number}", "name": names["sample"].format(number=number + 1)}
            yield from run_parts(lm, fork, length, drawn, known, **beside | labels)
    else:
        check_setting("width", ask.width, 1, min(WIDEST, lm.vocab_size))
        for found in beam_steps(lm, fork, ask.width, length, ask.length_penalty):
            if found:
                search = search_to_wire(search_of(found))
                yield part_to_wire(found, known) | beside | {"name": names["beam"], "search": search}
            else:
                yield None
