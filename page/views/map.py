"""The tab of the map of all branches. Leaves out: the branches, which belong to the tab `step`."""

from __future__ import annotations

import gradio as gr

from ..components import QUIET, picture
from ..runs import show_beam_example
from ..shared import Shared


def build(page: Shared, tab: gr.Tab) -> None:
    page.map_stop.render()
    shown = [*page.asked, page.player, page.notice]
    picture("map", elem_id="map").ask(show_beam_example, page.language, shown, **QUIET)
    picture("slides", elem_classes="save-page slides")
