"""The page: its header, its tabs, and its language and address. Leaves out: the tabs themselves (`views`)."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

import viz
from model_utils.catalog import DEFAULT

from . import state
from .components import QUIET, SET_LANGUAGE, WHEN_READY, picture
from .messages import LANGUAGES, i18n
from .views.registry import GROUPS


class Page:
    """The components that tabs share, and the words each component shows."""

    prompt: Any
    player: Any
    notice: Any
    asked: list[Any]
    """The prompt and its settings, as an example fills them."""
    map_stop: Any
    """Stop, for the tab of the map."""
    stands: Any
    """Happens once the page has its example, or the last visit's branches."""
    texts_placed: Any
    """Happens once a link's texts are in the boxes of the duel."""

    def __init__(self) -> None:
        self._labels: list[tuple[Any, dict[str, str]]] = []
        with gr.Blocks(title="Tsuzuki 続き", analytics_enabled=False) as self.blocks:
            self.fields: dict[str, Any] = {}
            self._header()
            self.share = picture("share")
            with gr.Tabs(elem_id="tabs"):
                for name, view in (tab for tabs in GROUPS.values() for tab in tabs.items()):
                    with self.named(gr.Tab, id=name, label=f"page.tab.{name}") as tab:
                        view.build(self, tab)
            picture("groups", {group: list(tabs) for group, tabs in GROUPS.items()}, elem_id="groups")
            self._speak()
            self._link()

    def named(self, component: Any, *args: Any, **props: Any) -> Any:
        """A component whose words (`label`, `value`, … of the form ``page.…``) follow the language."""
        keys = {prop: key for prop, key in props.items() if isinstance(key, str) and key.startswith("page.")}
        made = component(*args, **{**props, **{prop: i18n(key) for prop, key in keys.items()}})
        self._labels.append((made, keys))
        return made

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
                {"__type__": "update", **{prop: words[key] for prop, key in keys.items()}} for _, keys in self._labels
            ]

        outputs = [component for component, _ in self._labels]
        self.language.change(relabel, self.language, outputs, **QUIET)
        self.language.change(None, self.language, None, js=SET_LANGUAGE)
