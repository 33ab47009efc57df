"""The texts of a duel: scored together, and the boxes they stand in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import gradio as gr

import viz
from model_utils import LM, TsuzukiError, score_many
from model_utils.views.duel import LETTERS, duel_to_wire
from model_utils.views.protocol.jobs import Part, answer_job
from model_utils.views.protocol.remarks import remarks
from model_utils.views.protocol.table import first_failing

from . import state
from .messages import beside, loading, say
from .queries import answer


def place_linked(event: gr.EventData) -> tuple[Any, ...]:
    """The texts of a link's duel, in as many boxes. Returns as `place_texts` does."""
    texts = list(map(str, event._data))[: len(LETTERS)]
    return place_texts(max(1, len(texts)), texts)


async def duel(*asked: Any) -> AsyncIterator[tuple[Any, str]]:
    """The texts that are not empty, scored in one batch. Yields the picture's value, and a notice."""
    *texts, model, language = asked
    given = {letter: text for letter, text in zip(LETTERS, texts, strict=True) if text.strip()}

    yield gr.skip(), loading(model, language)
    try:
        state.limits.check_texts(*texts)
        lm = await state.models.wait(model)
        part = await answer(answer_job(("duel", *given.items()), partial(_scored, given=given), lm))
        trouble = part["trouble"][viz.known(language)] if "trouble" in part else ""
        yield part.get("shown", gr.skip()), trouble
    except Exception as error:
        yield gr.skip(), say(error, language)


def _scored(lm: LM, given: dict[str, str]) -> Part:
    """The picture's value, and notices in every language, as a page may switch."""
    try:
        traces = score_many(lm, list(given.values())) if given else []
    except TsuzukiError as error:
        at = first_failing(lm, list(given.values()))
        return {"trouble": {language: say_of_text(error, at, given, language) for language in viz.LANGUAGES}}
    told = {language: _beside(lm, given, language) for language in viz.LANGUAGES}
    return {"shown": duel_to_wire(traces, "".join(given)), "trouble": told}


def _beside(lm: LM, given: dict[str, str], language: str) -> str:
    """Remarks on the texts, each with its text's letter."""
    named = viz.words(language)["page.duel.trouble"]
    told = [(letter, beside(remarks(lm, text), language)) for letter, text in given.items()]
    return "\n".join(named.format(letter=letter, sentence=sentence) for letter, sentence in told if sentence)


def say_of_text(error: Exception, at: int | None, given: dict[str, str], language: str) -> str:
    """An error, and which text of a duel it is about."""
    if at is None:
        return say(error, language)
    return viz.words(language)["page.duel.trouble"].format(letter=[*given][at], sentence=say(error, language))


def place_texts(count: int, texts: Sequence[str]) -> tuple[Any, ...]:
    """So many boxes with these texts. Returns the count, the rows, the texts, and the button for one more."""
    shown = [*texts, *[""] * len(LETTERS)][: len(LETTERS)]
    return (
        count,
        *(gr.update(visible=at < count) for at in range(len(LETTERS))),
        *shown,
        gr.update(visible=count < len(LETTERS)),
    )


def remove_text(at: int, count: int, *texts: str) -> tuple[Any, ...]:
    return place_texts(max(1, count - 1), [*texts[:at], *texts[at + 1 :]])
