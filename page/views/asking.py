"""Requests of a tab with a single answer, and the example that stands there first.

Leaves out: runs, which answer in parts (`runs`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any

import gradio as gr

from model_utils import LM
from model_utils.views.protocol.jobs import Job, Part
from model_utils.views.protocol.remarks import remarks

from .. import state
from ..messages import beside, loading, say


async def answer(job: Job) -> Part:
    """The one part of a job, computed once for all who ask."""
    parts: list[Part] = []
    async with aclosing(state.desk.follow(job)) as coming:
        async for came in coming:
            parts += came.parts
    return parts[-1]


async def told(
    job: Callable[[LM], Job], model: str, language: str, values: Sequence[str] = ("shown",), text: str | None = None
) -> AsyncIterator[tuple[Any, ...]]:
    """Yields these `values` of the job's part, and a notice: remarks on `text`. After an error, a notice alone."""
    unchanged = (gr.skip(),) * len(values)
    yield *unchanged, loading(model, language)
    try:
        lm = await state.models.wait(model)
        part = await answer(job(lm))
        notice = "" if text is None else beside(remarks(lm, text), language)
        yield *(part.get(name, gr.skip()) for name in values), notice
        # Gradio sends the last yield twice: by the second time, a person may have typed something else.
        yield *unchanged, gr.skip()
    except Exception as error:
        yield *unchanged, say(error, language)


async def placed(example: Sequence[Any], coming: AsyncIterator[tuple[Any, ...]]) -> AsyncIterator[tuple[Any, ...]]:
    """An example's fields, and its results. The fields are set only once: a person may type there meanwhile."""
    fields = example
    async for shown in coming:
        yield *fields, *shown
        fields = (gr.skip(),) * len(example)
