"""The tab of the lessons. Leaves out: reading them (`files`)."""

from __future__ import annotations

import gradio as gr

from ..components import picture
from ..files import lesson_list
from ..shared import Shared


def build(page: Shared, tab: gr.Tab) -> None:
    picture("lessons", lesson_list(), elem_id="lessons")
    picture("slides", elem_classes="save-page slides")
