"""What the views ask a model that has one answer: tokens, answers, two models, a training. Leaves out: the duel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

import gradio as gr

import viz
from model_utils import LM
from model_utils.catalog import DEFAULT
from model_utils.decoding.answers import answer_probabilities, read_answers
from model_utils.decoding.comparison import trained_in_sight
from model_utils.tokens.typed_ids import typed_ids
from model_utils.views.answers import answers_to_wire
from model_utils.views.learning import learning_to_wire
from model_utils.views.models import side_to_wire
from model_utils.views.protocol.jobs import Job, Part, answer_job, job_of, reading_job
from model_utils.views.protocol.remarks import remarks
from model_utils.views.tokens import tokens_to_wire

from . import state
from .messages import UNCHANGED, beside, example_in, loading, say
from .runs import NEW_TOKENS

ANSWERS = {
    "ja": ("ペットに", "犬 / いぬ / イヌ\n猫 / ねこ / ネコ\n鳥 / とり"),
    "en": ("The meeting starts at", "nine / 9\nten / 10\neight / 8\nnoon / 12"),
}
"""A prompt and answers in several spellings, for whoever opens their view first."""

PAIRS = {
    "instructed": {"ja": "好きな果物は何ですか。", "en": "How are you today?"},
    "sizes": {"ja": "雨が降ったので、傘を持って出かけました。", "en": "The cat sat on the mat and slept."},
}
"""Examples of one text for two models: the first is there when their view opens."""

SIDES: dict[str, tuple[Any, ...]] = {
    "instructed": (DEFAULT, False, f"{DEFAULT}-instruct", True),
    "sizes": ("nano", False, DEFAULT, False),
}
"""The model of each side, and whether it reads the text in its chat template."""


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


async def read_text(text: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    """A text as tokens. Yields the picture's value, the ids to type, and a notice."""

    def compute(lm: LM) -> Part:
        state.limits.check_texts(text)
        ids = lm.encode(text)
        return {"shown": tokens_to_wire(lm.vocabulary.read(ids)), "ids": " ".join(map(str, ids))}

    async for shown in told(partial(reading_job, ("read", text), compute), model, language, ("shown", "ids"), text):
        yield shown


async def read_ids(typed: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    """Typed or printed ids as tokens, the reverse of `read_text`. Yields as it does."""

    def compute(lm: LM) -> Part:
        state.limits.check_texts(typed)
        return {"shown": tokens_to_wire(lm.vocabulary.read(typed_ids(typed)))}

    async for shown in told(partial(reading_job, ("ids", typed), compute), model, language, ("shown", "ids")):
        yield shown


async def show_pair(name: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    """An example of two models. Yields the text, each side's model and template, the picture's value, and a notice."""
    text, sides = example_in(PAIRS[name], language), SIDES[name]
    async for shown in placed((text, *sides), compare(text, NEW_TOKENS, *sides, language)):
        yield shown


async def open_models(text: str | None, language: str) -> AsyncIterator[Any]:
    """The first example, if the text is empty. Yields as `show_pair` does."""
    if text != "":
        yield UNCHANGED
        return
    async for shown in show_pair(next(iter(PAIRS)), language):
        yield shown


async def compare(text: str, length: int | None, *asked: Any) -> AsyncIterator[tuple[Any, str]]:
    """Two models read the text and go on. Yields the picture's value, and a notice; one's trouble stops no other."""
    *asked_sides, language = asked
    sides, troubles = [], []
    for name, as_chat in zip(asked_sides[::2], asked_sides[1::2], strict=True):
        yield gr.skip(), loading(name, language)
        compute = partial(side_to_wire, text=text, length=length or 0, as_chat=as_chat)
        try:
            state.limits.check_texts(text)
            state.limits.check_length(length or 0)
            lm = await state.models.wait(name)
            sides.append(await answer(answer_job(("side", text, length, as_chat), compute, lm)))
            troubles += [] if as_chat else [beside(remarks(lm, text, length or 0), language)]
        except Exception as error:
            troubles.append(say(error, language))
    yield {"sides": sides}, "\n".join(dict.fromkeys(filter(None, troubles)))


async def add_up(prompt: str, typed: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    """Each answer with all its spellings together. Yields the picture's value, and a notice."""

    def job(lm: LM) -> Job:
        state.limits.check_texts(prompt, typed)
        return answer_job(("answers", prompt, typed), partial(_added_up, prompt=prompt, typed=typed), lm)

    async for shown in told(job, model, language, text=prompt):
        yield shown


def _added_up(lm: LM, prompt: str, typed: str) -> Part:
    return {"shown": answers_to_wire(answer_probabilities(lm, prompt, read_answers(typed)))}


async def open_answers(prompt: str | None, typed: str | None, model: str, language: str) -> AsyncIterator[Any]:
    """The example, if both fields are empty. Yields both, the picture's value, and a notice."""
    if (prompt, typed) != ("", ""):
        yield UNCHANGED
        return
    example = example_in(ANSWERS, language)
    async for shown in placed(example, add_up(*example, model, language)):
        yield shown


async def follow_training(text: str, language: str) -> AsyncIterator[tuple[Any, str]]:
    """The text at each checkpoint of the model whose training can be seen. Yields the picture's value, and a notice."""
    model = trained_in_sight()[0]
    yield gr.skip(), viz.words(language)["page.loading"].format(model=model)
    try:
        state.limits.check_texts(text)
        shown = await answer(job_of(("learning", text), lambda: learning_to_wire(model, text, state.checkpoints.get)))
        yield shown, ""
    except Exception as error:
        yield None, say(error, language)
