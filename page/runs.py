"""Runs from the prompt, a branch or a link: a model's continuation in parts. Leaves out: the parts themselves
(`model_utils.views.protocol.jobs`).
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import gradio as gr

import viz
from model_utils import LM, Sampling, Trace, TsuzukiError
from model_utils.catalog import names
from model_utils.errors import LinkedModelMissing
from model_utils.trace.utf8 import decode
from model_utils.trace.wire import to_wire
from model_utils.views.lecture.examples import BEAM_PROMPTS, PROMPTS, recorded, recorded_beam
from model_utils.views.protocol.branches import Ask, branches_to_wire
from model_utils.views.protocol.jobs import Job, Part, ask_job, run_job
from model_utils.views.protocol.links import Linked, recall_job
from model_utils.views.protocol.remarks import remarks, remarks_behind

from . import state
from .messages import Update, beside, example_in, loading, run_buttons, say

FIRST = {"ja": "fruit", "en": "coffee"}

NEW_TOKENS = 20


async def run(request: gr.Request, prompt: str, *settings: Any) -> AsyncIterator[tuple[Any, ...]]:
    """Continue the prompt. Yields the player's value, a notice, Run and Stop. The page's next run ends this one."""
    length, *knobs, model, language = settings
    branch = f"run {time.monotonic_ns()}"

    def job(lm: LM) -> Job:
        state.limits.check_texts(prompt)
        state.limits.check_length(length)
        return run_job(lm, prompt, length, Sampling(*knobs))

    def said(lm: LM) -> str:
        return beside(remarks(lm, prompt, length), language)

    async for shown in show(job, model, language, request, said, named=lambda part: {**part, "branch": branch}):
        yield shown


async def go_on(request: gr.Request, event: gr.EventData, *settings: Any) -> AsyncIterator[tuple[Any, ...]]:
    """Continue a branch of the page, by ids. Yields as `run` does."""
    length, *knobs, chosen, language = settings
    names = {kind: viz.words(language)[f"branches.{kind}"] for kind in ("greedy", "sample", "beam")}
    try:
        ask = Ask.read(event._data)
    except TsuzukiError as error:
        yield gr.skip(), say(error, language), *run_buttons(running=False)
        return
    named = chosen if Path(chosen or "").name == ask.model else ask.model
    model = state.models.name_of(ask.model, ask.revision) or named

    def job(lm: LM) -> Job:
        state.limits.check_texts(ask.text)
        state.limits.check_length(length, ask.width if ask.kind == "beams" else 1)
        return ask_job(lm, ask, length, Sampling(*knobs), names)

    def said(lm: LM) -> str:
        return beside(remarks_behind(lm, ask.ids, ask.text, ask.fork(lm).token_ids), language) if ask.text else ""

    async for shown in show(job, model, language, request, said):
        yield shown


async def recall(
    request: gr.Request, event: gr.EventData, chosen: str, language: str
) -> AsyncIterator[tuple[Any, ...]]:
    """The branches of a link, computed again by ids. Yields as `run` does.

    The model is one that is embedded, in memory, or chosen on the page: a link alone has nothing loaded.
    """
    try:
        linked = Linked.read(event._data)
        state.limits.check_ids(sum(len(branch.ids) for branch in linked.branches))
        if linked.search:
            state.limits.check_length(linked.search.settings.max_new_tokens, linked.search.settings.width)
        named = chosen if Path(chosen or "").name == Path(linked.model).name else linked.model
        model = state.models.name_of(linked.model, linked.revision) or named
        if not (model == chosen or model in names() or state.models.is_ready(model)):
            raise LinkedModelMissing(model=linked.model, revision=linked.revision, text=linked.text)
    except Exception as error:
        yield gr.skip(), say(error, language), *run_buttons(running=False)
        return

    def said(lm: LM) -> str:
        told = {"model": lm.model, "revision": linked.revision, "found": lm.revision}
        return "" if lm.revision == linked.revision else viz.words(language)["link.revision"].format(**told)

    async for shown in show(lambda lm: recall_job(lm, linked), model, language, request, said, named=anew):
        yield shown


async def show(
    job: Callable[[LM], Job],
    model: str,
    language: str,
    request: gr.Request,
    said: Callable[[LM], str] = lambda lm: "",
    named: Callable[[Part], Part] = dict,
) -> AsyncIterator[tuple[Any, ...]]:
    """Stream the parts of a job, each `named` for this page, and the notice of `said`.

    The page's next run ends this one, within a token.
    """
    with state.runs.begin(request.session_hash) as run:
        try:
            last, notice, is_begun = gr.skip(), gr.skip(), not state.models.is_ready(model)
            if is_begun:
                yield gr.skip(), loading(model, language), *run_buttons(running=True)
            lm = await state.models.wait(model)
            if run.is_wanted:
                asked, notice = job(lm), said(lm)
                async with aclosing(state.desk.follow(asked)) as coming:
                    async for parts, ahead, is_last in coming:
                        if not run.is_wanted:
                            break
                        # A result that others have requested comes at once, without Stop: a class requests it together.
                        if not (is_begun or is_last):
                            is_begun = True
                            yield gr.skip(), gr.skip(), *run_buttons(running=True)
                        if ahead:
                            waiting = viz.words(language)["page.waiting"].format(ahead=ahead)
                            yield gr.skip(), waiting, gr.skip(), gr.skip(), gr.skip()
                        for at, part in enumerate(parts, start=1):
                            last = named(part)
                            if not (is_last and at == len(parts)):
                                yield last, notice, gr.skip(), gr.skip(), gr.skip()
            # Gradio repeats a generator's last yield when it ends, so that yield must hold the final state.
            if run.is_wanted:
                yield last, notice, *run_buttons(running=False)
            else:
                yield gr.skip(), gr.skip(), *run_buttons(running=run.is_replaced)
        except Exception as error:
            yield gr.skip(), say(error, language), *run_buttons(running=False)


def stop(request: gr.Request) -> tuple[Update, ...]:
    """End the page's run within a token; what is on the page stays."""
    state.runs.stop(request.session_hash)
    return run_buttons(running=False)


def anew(value: dict[str, Any]) -> dict[str, Any]:
    """The value made different from the last one: Gradio does not send an equal value."""
    return {**value, "opened": time.monotonic_ns()}


def fields_of(prompt: str, sampling: Sampling | None) -> tuple[Any, ...]:
    """The prompt, its settings and the seed, in the order of the page's fields; a text that was only read has none."""
    if sampling is None:
        return prompt, *[gr.skip()] * 6
    knobs = (sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p, sampling.repetition_penalty)
    return prompt, *knobs, sampling.seed


def fields_of_trace(trace: Trace) -> tuple[Any, ...]:
    """What was in the fields when the trace was made."""
    given = [*trace.context, *(step.chosen.token for step in takewhile(lambda step: step.given, trace.steps))]
    return fields_of(decode(b"".join(token.bytes for token in given if not token.special)), trace.sampling)


def show_example(name: str) -> tuple[Any, ...]:
    """The prompt and settings of a recorded trace, the trace, and no notice."""
    return *fields_of(*PROMPTS[name]), anew(_example(name)), ""


@cache
def _example(name: str) -> dict[str, Any]:
    return to_wire(recorded(name))


@cache
def _beam_example(language: str) -> dict[str, Any]:
    return branches_to_wire(*recorded_beam(language))


def open_page(request: gr.Request) -> tuple[Any, ...]:
    """The reader's language, and a finished example in it, whose settings are those that the fields begin with."""
    spoken = (request.query_params.get("language") or request.headers.get("accept-language", "en")).lower()
    language = viz.known(re.split("[,;]", spoken)[0])
    prompt, *knobs, example, notice = show_example(example_in(FIRST, language))
    return language, prompt, *(gr.skip() for _ in knobs), {**example, "first": True}, notice


def show_beam_example(request: gr.Request, language: str) -> tuple[Any, ...]:
    """A greedy text and the more probable one that a beam search found, in the reader's language: the prompt and
    settings, both, and no notice.
    """
    stop(request)
    language = language if language in BEAM_PROMPTS else "en"
    greedy = recorded_beam(language).branches[0].trace
    return *fields_of_trace(greedy), anew(_beam_example(language)), ""
