"""The tab of the lessons. Leaves out: reading them (`files`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from ..components import picture
from ..files import lesson_list

if TYPE_CHECKING:
    from ..layout import Page


def build(page: Page, tab: gr.Tab) -> None:
    picture("lessons", lesson_list(), elem_id="lessons")
    picture("slides", elem_classes="save-page slides")
