"""Places of the page that a script of `assets/page` fills, and how events call those scripts.

Leaves out: where they stand (`layout`), and the scripts.
"""

from __future__ import annotations

from abc import ABCMeta
from functools import wraps
from itertools import count
from typing import Any

import gradio as gr
import msgspec

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

WHEN_READY = """async (...values) => {
  while (!window.TsuzukiPage) await new Promise((resolve) => setTimeout(resolve, 10));
  return TsuzukiPage.%s;
}"""
"""A call of assets/page/app.js, which may still be on its way when the page opens."""

UNLESS_LINKED = WHEN_READY % "unlessLinked(values)"
"""The values of an event, or nulls while a link is being opened: its own values count, even empty ones."""

SET_LANGUAGE = WHEN_READY % "setLanguage(...values)"

SEND = "(data, event = 'ask') => ['ask', 'place', 'texts', 'recall'].includes(event) && trigger(event, data)"
"""How a picture asks for something: Gradio looks here for the names of its events."""


def as_text(value: Any) -> str | None:
    """A picture's value as it goes out: of a nested one, Gradio visits every number, several times for every page."""
    return None if value is None else msgspec.json.encode(value).decode()


_places = count()
_ids: dict[int, int] = {}
"""The component that is shown at each place."""


@wraps(gr.HTML.__init__)
def _begin(self: Any, value: Any = None, place: int = 0, **props: Any) -> None:
    """Give each place a single component id: an update makes a new component, and Gradio keeps the last value of
    every id.
    """
    gr.HTML.__init__(self, value, place=place, **props)
    self._id = _ids.setdefault(place, self._id)


# Made past Gradio's own metaclass, which writes a file beside the source of every component. `is_template`: in the
# browser it is the class above it, `gr.HTML`.
_Picture: Any = ABCMeta.__new__(
    type(gr.HTML),
    "Picture",
    (gr.HTML,),
    {"__init__": _begin, "postprocess": lambda self, value: as_text(value), "is_template": True},
)


def picture(kind: str, value: Any = None, **props: Any) -> gr.HTML:
    """A place that a script of `assets/page` fills: its value is data, never markup."""
    mount = f"TsuzukiPage.mount('{kind}', element, props, watch, {SEND})"
    made: gr.HTML = _Picture(
        value,
        place=next(_places),
        html_template='<div class="tz-host"></div>',
        js_on_load=f"const start = () => (window.TsuzukiPage ? {mount} : setTimeout(start, 10)); start()",
        apply_default_css=False,
        **props,
    )
    return made


def page_saver(kind: str) -> gr.HTML:
    """A button for what the picture of this kind shows."""
    return picture("save-page", view=kind, elem_classes="save-page")
