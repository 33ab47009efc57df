"""The tab of a text's longest token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import gradio as gr
from model_utils.views.longest import Inputs

from model_utils import LM
from model_utils.views.protocol.jobs import Part, reading_job

from ..components import QUIET, page_saver, picture
from ..shared import Shared
from .asking import told


def build(page: Shared, tab: gr.Tab) -> None:
    with gr.Row(elem_classes="asking"):
        text = page.named(gr.Textbox, label="page.longest.text", elem_id="longest-text")
        start = page.named(gr.Button, value="page.longest.run", elem_id="longest-run")
    notice = picture("notice")
    outputs = [picture("longest", elem_id="longest"), notice]
    page_saver("longest")
    page.fields["longest_text"] = text
    start.click(find, [text, page.model, page.language], outputs, **QUIET)


async def find(text: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    """Yields the picture's value, and a notice."""

    def compute(lm: LM) -> Part:
        return {"shown": Inputs(text).value(model, lambda _: lm, ("", ""))}

    async for shown in told(partial(reading_job, ("longest", text), compute), model, language, text=text):
        yield shown
