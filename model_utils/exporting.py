"""What the command line asks of the models, for a page in a file. Leaves out: the page (`viz.command`)."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from . import load
from .errors import TsuzukiError
from .lesson_inputs import LETTERS
from .lessons import read_lessons
from .loaded import Loaded
from .settings import Sampling
from .shown import Shown, read_shown_file, shown_duel, shown_trace
from .tracing import generate, score_many

SETTINGS = ("temperature", "top_k", "top_p", "min_p", "repetition_penalty", "seed")
CHECKPOINTS = 8


def ask(asked: Namespace) -> Shown:
    """A saved file, a prompt and how it goes on, or texts and their probabilities.

    Raises as `read_shown_file`, `load`, `generate` and `score_many` do.
    """
    if asked.trace:
        return read_shown_file(asked.trace)
    if asked.prompt is not None:
        sampling = Sampling(**{name: getattr(asked, name) for name in SETTINGS})
        return shown_trace(generate(load(asked.model), asked.prompt, asked.max_new_tokens, sampling))
    traces = score_many(load(asked.model), asked.text)
    return shown_trace(traces[0]) if len(traces) == 1 else shown_duel(traces, LETTERS[: len(traces)])


def teach(
    names: Callable[[str], tuple[str, str]],
) -> tuple[list[tuple[dict[str, Any], dict[str, Any]]], list[TsuzukiError]]:
    """Each lesson's fields and what its picture shows, and what is wrong with the others.

    `names` gives those of a map's two branches, by language.
    """
    lessons, troubles = read_lessons()
    wrong: list[TsuzukiError] = [*troubles]
    models = Loaded(load, capacity=CHECKPOINTS)
    taught = []
    for lesson in lessons:
        try:
            taught.append((lesson.fields(), lesson.value(models.get, names(lesson.front.language))))
        except TsuzukiError as error:
            wrong.append(error)
    return taught, wrong
