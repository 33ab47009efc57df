"""Sentences and buttons of the page, in the reader's language. Leaves out: when they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

import gradio as gr

import viz
from model_utils import TsuzukiError
from model_utils.serving.logs import place_of
from model_utils.views.protocol.remarks import Remark

from . import state

LANGUAGES = {viz.words(code)["language.name"]: code for code in reversed(viz.LANGUAGES)}

i18n = gr.I18n(
    **{code: {key: word for key, word in viz.words(code).items() if key.startswith("page.")} for code in viz.LANGUAGES}
)

Update = dict[str, Any]

Example = TypeVar("Example")

UNCHANGED: Any = gr.skip()
"""The only value of an event that changes nothing; Gradio empties all outputs of an event that yields none."""


def example_in(examples: Mapping[str, Example], language: str) -> Example:
    """The example in the reader's language, or the English one."""
    return examples.get(language, examples["en"])


def say(error: Exception, language: str) -> str:
    """An error as a sentence in the reader's language; the details of one that nobody foresaw go to the log."""
    if isinstance(error, TsuzukiError):
        return viz.sentence_of(error, language)
    state.log.error("unforeseen: %s", place_of(error))
    return viz.words(language)["page.unforeseen"]


def beside(remarks: Iterable[Remark], language: str) -> str:
    """Remarks beside valid numbers, a sentence a line."""
    return "\n".join(viz.sentence_of(remark, language) for remark in remarks)


def loading(model: str, language: str) -> str:
    return "" if state.models.is_ready(model) else viz.words(language)["page.loading"].format(model=model)


def buttons(running: bool, stops: int = 1) -> tuple[Update, ...]:
    """Visibility of a start button and of `stops` stop buttons: either the one or the others are shown."""
    return gr.update(visible=not running), *[gr.update(visible=running)] * stops


run_buttons = partial(buttons, stops=2)
"""The buttons of a run: one starts it; two stop it, beside the prompt and beside the map."""
