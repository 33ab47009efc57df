"""What the command line asks of the models, for a page in a file. Leaves out: the page (`viz.command`)."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from typing import Any, TypeAlias

from model_utils import load
from model_utils.catalog import DEFAULT
from model_utils.decoding.tracing import score_many, stream
from model_utils.errors import TsuzukiError
from model_utils.serving.model_cache import Loaded
from model_utils.trace.settings import Sampling
from model_utils.trace.values import Trace
from model_utils.views.duel import LETTERS, shown_duel
from model_utils.views.lecture.lessons import read_lessons
from model_utils.views.protocol.shown import read_shown_file, shown_trace
from model_utils.views.protocol.view import Shown

CHECKPOINTS = 8

Tell: TypeAlias = Callable[..., None]
"""Reports progress: a sentence's key, and its blanks."""


def ask(asked: Namespace, tell: Tell) -> Shown:
    """A saved file, a prompt and how it goes on, or texts and their probabilities.

    Raises as `read_shown_file`, `load`, `stream` and `score_many` do.
    """
    shown = _shown(asked, tell)
    return _looked_at(shown) if asked.hand_out else shown


def _looked_at(shown: Shown) -> Shown:
    """Of saved branches the trace of the current one."""
    return shown_trace(shown.traces[0])


def _shown(asked: Namespace, tell: Tell) -> Shown:
    if asked.trace:
        return read_shown_file(asked.trace)
    if asked.prompt is not None:
        return shown_trace(_continued(asked, tell))
    tell("page.loading", model=asked.model or DEFAULT)
    traces = score_many(load(asked.model), asked.text)
    return shown_trace(traces[0]) if len(traces) == 1 else shown_duel(traces, LETTERS[: len(traces)])


def _continued(asked: Namespace, tell: Tell) -> Trace:
    sampling = Sampling(**{name: getattr(asked, name) for name in Sampling.__struct_fields__})
    tell("page.loading", model=asked.model or DEFAULT)
    for trace in stream(load(asked.model), asked.prompt, asked.max_new_tokens, sampling):
        done = sum(not step.given for step in trace.steps)
        tell("export.tokens", done=done, total=asked.max_new_tokens)
    return trace


def teach(
    names: Callable[[str], tuple[str, str]], tell: Tell
) -> tuple[list[tuple[dict[str, Any], dict[str, Any]]], list[TsuzukiError]]:
    """Fields and plain value of each lesson, and the errors of the others.

    `names` gives the names of a map's two branches, by language.
    """
    lessons, troubles = read_lessons()
    wrong: list[TsuzukiError] = [*troubles]
    models = Loaded(load, capacity=CHECKPOINTS)
    taught = []
    for number, lesson in enumerate(lessons, start=1):
        tell("export.lesson", done=number, total=len(lessons), title=lesson.front.title)
        try:
            taught.append((lesson.fields(), lesson.value(models.get, names(lesson.front.language))))
        except TsuzukiError as error:
            wrong.append(error)
    return taught, wrong
