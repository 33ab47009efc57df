"""The tab of a text as its tokens, and of typed ids as a text. Leaves out: probabilities."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import gradio as gr

from model_utils import LM
from model_utils.tokens.typed_ids import typed_ids
from model_utils.views.lecture.examples import TEXTS, recorded
from model_utils.views.protocol.jobs import Part, reading_job
from model_utils.views.tokens import tokens_to_wire

from .. import state
from ..components import QUIET, page_saver, picture
from ..shared import Shared
from .asking import told


def build(page: Shared, tab: gr.Tab) -> None:
    example = recorded(next(iter(TEXTS)))
    with gr.Row(elem_classes="asking"):
        text = page.named(gr.Textbox, example.text, lines=3, label="page.tokens.text", elem_id="tokens-text")
        typed = " ".join(map(str, example.ids))
        ids = page.named(gr.Textbox, typed, lines=3, label="page.tokens.ids", elem_id="tokens-ids")
    notice = picture("notice")
    outputs = [picture("tokens", tokens_to_wire(example.tokens), elem_id="tokens"), ids, notice]
    page_saver("tokens")
    last = {**QUIET, "trigger_mode": "always_last"}
    page.fields["tokens_text"] = text
    text.change(read_text, [text, page.model, page.language], outputs, **last)
    ids.change(read_ids, [ids, page.model, page.language], outputs, **last)


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
