"""The page: its header, its tabs, and its language and address. Leaves out: the tabs themselves (`views`)."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

import viz
from model_utils.catalog import DEFAULT

from . import state
from .components import QUIET, SET_LANGUAGE, WHEN_READY, picture
from .messages import LANGUAGES
from .shared import Shared
from .views.registry import GROUPS


class Page(Shared):
    """The page as Gradio's blocks."""

    def __init__(self) -> None:
        super().__init__()
        with gr.Blocks(title="Tsuzuki 続き", analytics_enabled=False) as self.blocks:
            self._header()
            self.share = picture("share")
            with gr.Tabs(elem_id="tabs"):
                for name, view in (tab for tabs in GROUPS.values() for tab in tabs.items()):
                    with self.named(gr.Tab, id=name, label=f"page.tab.{name}") as tab:
                        view.build(self, tab)
            picture("groups", {group: list(tabs) for group, tabs in GROUPS.items()}, elem_id="groups")
            self._speak()
            self._link()

    def _header(self) -> None:
        with gr.Row(elem_id="header"):
            gr.HTML('<h1>Tsuzuki <span lang="ja">続き</span></h1>', elem_id="title", apply_default_css=False)
            self.model = self.named(
                gr.Dropdown, state.offered, value=DEFAULT, allow_custom_value=True, label="page.model", elem_id="model"
            )
            self.language = gr.Radio(
                list(LANGUAGES.items()), value="en", show_label=False, container=False, elem_id="language", min_width=0
            )
            gr.Button("◐", elem_id="theme", min_width=0).click(None, js="() => TsuzukiPage.switchTheme()")

    def _link(self) -> None:
        """The fields by name, to and from the page's address (assets/page/address/address.js)."""
        fields = list(self.fields.values())
        note = WHEN_READY % f"noteInputs({json.dumps([*self.fields])}, values)"
        stands = self.stands.then(None, fields, None, js=note)
        stands.then(None, js=WHEN_READY % "openAddress()")
        gr.on([field.change for field in fields], None, fields, None, js=note)
        self.share.place(None, None, fields, js=WHEN_READY % "placed()").then(None, fields, None, js=note)
        self.texts_placed.then(None, fields, None, js=note)

    def _speak(self) -> None:
        """Every word of the page in another language; the pictures change theirs in the browser."""

        def relabel(language: str) -> list[Any]:
            words = viz.words(language)
            return [
                {"__type__": "update", **{prop: words[key] for prop, key in keys.items()}} for _, keys in self.labels
            ]

        outputs = [component for component, _ in self.labels]
        self.language.change(relabel, self.language, outputs, **QUIET)
        self.language.change(None, self.language, None, js=SET_LANGUAGE)
