"""The tab of two models on one text, and below it of one model while it learned.

Leaves out: how models read a text (`decoding.comparison`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import gradio as gr

import viz
from model_utils.catalog import DEFAULT
from model_utils.decoding.comparison import trained_in_sight
from model_utils.views.learning import learning_to_wire
from model_utils.views.models import side_to_wire
from model_utils.views.protocol.jobs import answer_job, job_of
from model_utils.views.protocol.remarks import remarks

from .. import state
from ..components import QUIET, UNLESS_LINKED, page_saver, picture
from ..messages import UNCHANGED, beside, example_in, loading, say
from ..runs import NEW_TOKENS
from ..shared import Shared
from .asking import answer, placed

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


def build(page: Shared, tab: gr.Tab) -> None:
    text = page.named(
        gr.Textbox, lines=2, max_lines=8, label="page.models.text", elem_id="models-text", elem_classes="asking"
    )
    sides: list[Any] = []
    with gr.Row(elem_id="models-ask", elem_classes="asking"):
        for letter in "ab":
            with gr.Column(elem_classes="models-side", min_width=220):
                sides.append(
                    page.named(
                        gr.Dropdown, state.offered, value=DEFAULT, allow_custom_value=True,
                        label=f"page.models.{letter}", elem_id=f"model-{letter}",
                    )
                )  # fmt: skip
                sides.append(
                    page.named(
                        gr.Checkbox, label="page.models.chat", elem_id=f"chat-{letter}",
                    )
                )  # fmt: skip
        length = page.named(gr.Number, NEW_TOKENS, label="page.length", elem_id="models-length")
        start = page.named(gr.Button, value="page.models.run", variant="primary", elem_id="models-run")
    with gr.Row(elem_id="pairs", elem_classes="asking"):
        buttons = {name: page.named(gr.Button, value=f"page.models.{name}", size="sm", min_width=0) for name in PAIRS}
    notice = picture("notice")
    outputs = [picture("models", elem_id="models"), notice]
    page_saver("models")
    shown = [text, *sides, *outputs]
    places = ("models_text", "models_length", "model_a", "chat_a", "model_b", "chat_b")
    page.fields |= dict(zip(places, (text, length, *sides), strict=True))
    for name, button in buttons.items():
        button.click(partial(show_pair, name), page.language, shown, **QUIET)
    tab.select(open_models, [text, page.language], shown, js=UNLESS_LINKED, **QUIET)
    gr.on([start.click, text.submit], compare, [text, length, *sides, page.language], outputs, **QUIET)
    with gr.Column(elem_id="training", elem_classes="asking"):
        page.named(gr.Markdown, value="page.models.training")
        follow = page.named(gr.Button, value="page.models.follow", size="sm", min_width=0, elem_id="follow")
        said = picture("notice")
        follow.click(follow_training, [text, page.language], [picture("learning", elem_id="learning"), said], **QUIET)
        page_saver("learning")


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
