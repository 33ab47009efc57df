"""The tab of a duel: texts that are scored together, the boxes they stand in, and below them the table of many.

Leaves out: the verdict, which the player writes (`assets/player/duel`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import gradio as gr

import viz
from model_utils import LM, TsuzukiError, score_many
from model_utils.views.duel import LETTERS, duel_to_wire
from model_utils.views.lecture.examples import TEXTS, recorded
from model_utils.views.protocol.jobs import Part, answer_job
from model_utils.views.protocol.remarks import remarks
from model_utils.views.protocol.table import first_failing

from .. import state
from ..components import QUIET, page_saver, picture
from ..messages import beside, loading, say
from ..shared import Shared
from . import table
from .asking import answer


def build(page: Shared, tab: gr.Tab) -> None:
    traces = [recorded(name) for name in TEXTS]
    texts, rows, crosses = [], [], []
    for at, letter in enumerate(LETTERS):
        with gr.Row(visible=at < len(traces), elem_classes=["duel-text", "asking"]) as row:
            label, text = f"page.duel.{letter.lower()}", traces[at].text if at < len(traces) else ""
            texts.append(page.named(gr.Textbox, text, label=label, elem_id=f"text-{letter.lower()}"))
            crosses.append(gr.Button("×", size="sm", min_width=0, elem_id=f"remove-{letter.lower()}"))
        rows.append(row)
    count = gr.State(len(traces))
    with gr.Row(elem_id="duel-ask", elem_classes="asking"):
        more = page.named(gr.Button, value="page.duel.more", size="sm", min_width=0, elem_id="more")
        start = page.named(gr.Button, value="page.duel.run", variant="primary", elem_id="score")
    notice = picture("notice")
    sides = picture("duel", duel_to_wire(traces, LETTERS[: len(traces)]), elem_id="duel")
    page_saver("duel")
    page.fields |= {f"duel_{letter.lower()}": text for letter, text in zip(LETTERS, texts, strict=True)}
    asked = [*texts, page.model, page.language]
    presses = [start.click, *(text.submit for text in texts)]
    gr.on(presses, duel, asked, [sides, notice], **QUIET)
    placed = [count, *rows, *texts, more]
    added = more.click(lambda count, *texts: place_texts(count + 1, texts), [count, *texts], placed, **QUIET)
    added.then(None, js="() => TsuzukiPage.nameRemovers()")
    page.texts_placed = page.share.texts(place_linked, None, placed, **QUIET)
    page.texts_placed.then(None, js="() => TsuzukiPage.nameRemovers()")
    for at, cross in enumerate(crosses):
        cross.click(partial(remove_text, at), [count, *texts], placed, **QUIET)
    table.build(page)


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
