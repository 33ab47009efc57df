"""The tab of answers, each with all its spellings together. Leaves out: the sums (`decoding.answers`)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import gradio as gr

from model_utils import LM
from model_utils.decoding.answers import answer_probabilities, read_answers
from model_utils.views.answers import answers_to_wire
from model_utils.views.protocol.jobs import Job, Part, answer_job

from .. import state
from ..components import QUIET, UNLESS_LINKED, page_saver, picture
from ..messages import UNCHANGED, example_in
from ..shared import Shared
from .asking import placed, told

EXAMPLES = {
    "ja": ("ペットに", "犬 / いぬ / イヌ\n猫 / ねこ / ネコ\n鳥 / とり"),
    "en": ("The meeting starts at", "nine / 9\nten / 10\neight / 8\nnoon / 12"),
}
"""A prompt and answers in several spellings, for whoever opens their view first."""


def build(page: Shared, tab: gr.Tab) -> None:
    with gr.Row(elem_id="answers-ask", elem_classes="asking"):
        prompt = page.named(gr.Textbox, lines=4, label="page.answers.prompt", elem_id="answers-prompt")
        hinted = {"label": "page.answers.answers", "info": "page.answers.hint"}
        typed = page.named(gr.Textbox, lines=4, elem_id="answers-typed", **hinted)
        start = page.named(gr.Button, value="page.answers.run", variant="primary", elem_id="answers-run")
    notice = picture("notice")
    outputs = [picture("answers", elem_id="answers"), notice]
    page_saver("answers")
    asked = [prompt, typed, page.model, page.language]
    page.fields |= {"answers_prompt": prompt, "answers_typed": typed}
    gr.on([start.click, prompt.submit, typed.submit], add_up, asked, outputs, **QUIET)
    tab.select(open_answers, asked, [prompt, typed, *outputs], js=UNLESS_LINKED, **QUIET)


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
    example = example_in(EXAMPLES, language)
    async for shown in placed(example, add_up(*example, model, language)):
        yield shown
