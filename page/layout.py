"""The components, tab by tab, and which function each event calls. Leaves out: what the functions do."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import gradio as gr

import viz
from model_utils.catalog import DEFAULT
from model_utils.views.duel import LETTERS, duel_to_wire
from model_utils.views.lecture.examples import PROMPTS, TEXTS, recorded
from model_utils.views.tokens import tokens_to_wire

from . import state
from .components import QUIET, SET_LANGUAGE, UNLESS_LINKED, WHEN_READY, page_saver, picture
from .duels import duel, place_linked, place_texts, remove_text
from .files import lesson_list, open_trace
from .messages import LANGUAGES, i18n
from .queries import PAIRS, add_up, compare, follow_training, open_answers, open_models, read_ids, read_text, show_pair
from .runs import NEW_TOKENS, go_on, open_page, recall, run, show_beam_example, show_example, stop
from .tables import score_file, score_pasted, stop_table

GROUPS = {
    "see": ("step", "map", "tokens"),
    "compare": ("duel", "answers", "models"),
    "learn": ("lessons",),
}
"""The views, in the groups and in the order of their tabs."""


class Page:
    """The components, tab by tab, and the words each of them shows."""

    def __init__(self) -> None:
        self._labels: list[tuple[Any, dict[str, str]]] = []
        with gr.Blocks(title="Tsuzuki 続き", analytics_enabled=False) as self.blocks:
            self._fields: dict[str, Any] = {}
            self._header()
            self.share = picture("share")
            with gr.Tabs(elem_id="tabs"):
                with self._named(gr.Tab, id="step", label="page.tab.step"):
                    self._step()
                with self._named(gr.Tab, id="map", label="page.tab.map"):
                    self.map_stop.render()
                    shown = [*self.asked, self.player, self.notice]
                    picture("map", elem_id="map").ask(show_beam_example, self.language, shown, **QUIET)
                    picture("slides", elem_classes="save-page slides")
                with self._named(gr.Tab, id="tokens", label="page.tab.tokens"):
                    self._tokens()
                with self._named(gr.Tab, id="duel", label="page.tab.duel"):
                    self._duel()
                    self._table()
                with self._named(gr.Tab, id="answers", label="page.tab.answers") as tab:
                    self._answers(tab)
                with self._named(gr.Tab, id="models", label="page.tab.models") as tab:
                    self._models(tab)
                with self._named(gr.Tab, id="lessons", label="page.tab.lessons"):
                    picture("lessons", lesson_list(), elem_id="lessons")
                    picture("slides", elem_classes="save-page slides")
            picture("groups", GROUPS, elem_id="groups")
            self._speak()
            self._link()

    def _named(self, component: Any, *args: Any, **props: Any) -> Any:
        """A component whose words (`label`, `value`, … of the form ``page.…``) follow the language."""
        keys = {prop: key for prop, key in props.items() if isinstance(key, str) and key.startswith("page.")}
        made = component(*args, **{**props, **{prop: i18n(key) for prop, key in keys.items()}})
        self._labels.append((made, keys))
        return made

    def _header(self) -> None:
        with gr.Row(elem_id="header"):
            gr.HTML('<h1>Tsuzuki <span lang="ja">続き</span></h1>', elem_id="title", apply_default_css=False)
            self.model = self._named(
                gr.Dropdown, state.offered, value=DEFAULT, allow_custom_value=True, label="page.model", elem_id="model"
            )
            self.language = gr.Radio(
                list(LANGUAGES.items()), value="en", show_label=False, container=False, elem_id="language", min_width=0
            )
            gr.Button("◐", elem_id="theme", min_width=0).click(None, js="() => TsuzukiPage.switchTheme()")

    def _step(self) -> None:
        with gr.Row(elem_id="ask"):
            self.prompt = self._named(gr.Textbox, lines=2, max_lines=8, label="page.prompt", scale=1, elem_id="prompt")
            length = self._named(gr.Number, NEW_TOKENS, label="page.length", elem_id="length")
            start = self._named(gr.Button, value="page.run", variant="primary", elem_id="run")
            end = self._named(gr.Button, value="page.stop", visible=False, elem_id="stop")
        self.map_stop = self._named(gr.Button, value="page.stop", visible=False, render=False, elem_id="map-stop")
        self.notice = picture("branch-notice")
        examples = self._examples()
        with self._named(gr.Accordion, label="page.settings", open=False, elem_id="settings"), gr.Row():
            knobs = self._knobs()
        self.player = picture("branches", elem_id="player", view="step")
        self.asked = [self.prompt, *knobs]
        self._file()
        settings = [length, *knobs, self.model, self.language]
        places = ("prompt", "length", "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "seed", "model")
        self._fields |= dict(zip((*places, "language"), (self.prompt, *settings), strict=True))
        ends = [start, end, self.map_stop]
        outputs = [self.player, self.notice, *ends]
        # A later run ends the one before, so no press need be ignored.
        running: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": None, **QUIET}
        events = [
            gr.on([start.click, self.prompt.submit], run, [self.prompt, *settings], outputs, **running),
            self.player.ask(go_on, settings, outputs, **running),
            self.share.recall(recall, [self.model, self.language], outputs, **running),
        ]
        gr.on([end.click, self.map_stop.click], stop, None, ends, cancels=events, **QUIET)
        shown = [*self.asked, self.player, self.notice]
        for name, button in examples.items():
            stopped = button.click(stop, None, ends, cancels=events, **QUIET)
            stopped.then(partial(show_example, name), None, shown, **QUIET)
        opened = self.blocks.load(open_page, None, [self.language, *shown], **QUIET)
        restored = opened.then(None, self.prompt, self.prompt, js=WHEN_READY % "restore(...values)")
        self.stands = restored.then(None, self.language, None, js=SET_LANGUAGE)

    def _knobs(self) -> list[Any]:
        """Temperature, top-k, top-p, min-p, repetition penalty, seed: the order of `run` and of `show_example`."""
        return [
            self._named(gr.Slider, 0, 2, 0, step=0.05, label="page.temperature", elem_id="temperature"),
            self._named(gr.Slider, 0, 200, 0, step=1, label="page.top_k"),
            self._named(gr.Slider, 0, 1, 1, step=0.01, label="page.top_p"),
            self._named(gr.Slider, 0, 1, 0, step=0.01, label="page.min_p"),
            self._named(gr.Slider, 0.5, 2, 1, step=0.05, label="page.repetition_penalty"),
            self._named(gr.Number, 0, label="page.seed", elem_id="seed"),
        ]

    def _examples(self) -> dict[str, gr.Button]:
        with gr.Row(elem_id="examples"):
            return {name: gr.Button(prompt, size="sm", min_width=0) for name, (prompt, _) in PROMPTS.items()}

    def _file(self) -> None:
        with gr.Row(elem_id="file"):
            file = self._named(gr.UploadButton, label="page.open", file_types=[".json"], size="sm", min_width=0)
            save = self._named(gr.Button, value="page.save", size="sm", min_width=0)
            self._named(gr.Button, value="page.link.copy", size="sm", min_width=0, elem_id="copy-link")
            page_saver("branches")
        # Of files that follow each other faster than one is read, the last counts; by default, Gradio drops it.
        opened = [*self.asked, self.player, self.notice]
        file.upload(open_trace, [file, self.language], opened, trigger_mode="always_last", **QUIET)
        picture("notice", elem_id="copied")
        save.click(None, js="() => TsuzukiPage.save()")

    def _tokens(self) -> None:
        example = recorded(next(iter(TEXTS)))
        with gr.Row():
            text = self._named(gr.Textbox, example.text, lines=3, label="page.tokens.text", elem_id="tokens-text")
            typed = " ".join(map(str, example.ids))
            ids = self._named(gr.Textbox, typed, lines=3, label="page.tokens.ids", elem_id="tokens-ids")
        notice = picture("notice")
        outputs = [picture("tokens", tokens_to_wire(example.tokens), elem_id="tokens"), ids, notice]
        page_saver("tokens")
        last = {**QUIET, "trigger_mode": "always_last"}
        self._fields["tokens_text"] = text
        text.change(read_text, [text, self.model, self.language], outputs, **last)
        ids.change(read_ids, [ids, self.model, self.language], outputs, **last)

    def _duel(self) -> None:
        traces = [recorded(name) for name in TEXTS]
        texts, rows, crosses = [], [], []
        for at, letter in enumerate(LETTERS):
            with gr.Row(visible=at < len(traces), elem_classes="duel-text") as row:
                label, text = f"page.duel.{letter.lower()}", traces[at].text if at < len(traces) else ""
                texts.append(self._named(gr.Textbox, text, label=label, elem_id=f"text-{letter.lower()}"))
                crosses.append(gr.Button("×", size="sm", min_width=0, elem_id=f"remove-{letter.lower()}"))
            rows.append(row)
        count = gr.State(len(traces))
        with gr.Row(elem_id="duel-ask"):
            more = self._named(gr.Button, value="page.duel.more", size="sm", min_width=0, elem_id="more")
            start = self._named(gr.Button, value="page.duel.run", variant="primary", elem_id="score")
        notice = picture("notice")
        sides = picture("duel", duel_to_wire(traces, LETTERS[: len(traces)]), elem_id="duel")
        page_saver("duel")
        self._fields |= {f"duel_{letter.lower()}": text for letter, text in zip(LETTERS, texts, strict=True)}
        asked = [*texts, self.model, self.language]
        presses = [start.click, *(text.submit for text in texts)]
        gr.on(presses, duel, asked, [sides, notice], **QUIET)
        placed = [count, *rows, *texts, more]
        added = more.click(lambda count, *texts: place_texts(count + 1, texts), [count, *texts], placed, **QUIET)
        added.then(None, js="() => TsuzukiPage.nameRemovers()")
        self.texts_placed = self.share.texts(place_linked, None, placed, **QUIET)
        self.texts_placed.then(None, js="() => TsuzukiPage.nameRemovers()")
        for at, cross in enumerate(crosses):
            cross.click(partial(remove_text, at), [count, *texts], placed, **QUIET)

    def _table(self) -> None:
        with self._named(gr.Accordion, label="page.table", open=False, elem_id="table"):
            pasted = self._named(gr.Textbox, lines=5, max_lines=12, label="page.table.texts", elem_id="table-texts")
            with gr.Row(elem_id="table-ask"):
                file = self._named(
                    gr.UploadButton, label="page.table.open", file_types=[".csv"], size="sm", min_width=0
                )
                start = self._named(gr.Button, value="page.table.run", size="sm", min_width=0, elem_id="table-run")
                end = self._named(
                    gr.Button, value="page.stop", visible=False, size="sm", min_width=0, elem_id="table-stop"
                )
            notice = picture("notice")
            outputs = [picture("sheet", elem_id="sheet"), notice, start, end]
        self._fields["table_texts"] = pasted
        start.click(score_pasted, [pasted, self.model, self.language], outputs, **QUIET)
        file.upload(score_file, [file, self.model, self.language], outputs, **QUIET)
        end.click(stop_table, None, [start, end], **QUIET)

    def _answers(self, tab: gr.Tab) -> None:
        with gr.Row(elem_id="answers-ask"):
            prompt = self._named(gr.Textbox, lines=4, label="page.answers.prompt", elem_id="answers-prompt")
            hinted = {"label": "page.answers.answers", "info": "page.answers.hint"}
            typed = self._named(gr.Textbox, lines=4, elem_id="answers-typed", **hinted)
            start = self._named(gr.Button, value="page.answers.run", variant="primary", elem_id="answers-run")
        notice = picture("notice")
        outputs = [picture("answers", elem_id="answers"), notice]
        page_saver("answers")
        asked = [prompt, typed, self.model, self.language]
        self._fields |= {"answers_prompt": prompt, "answers_typed": typed}
        gr.on([start.click, prompt.submit, typed.submit], add_up, asked, outputs, **QUIET)
        tab.select(open_answers, asked, [prompt, typed, *outputs], js=UNLESS_LINKED, **QUIET)

    def _models(self, tab: gr.Tab) -> None:
        text = self._named(gr.Textbox, lines=2, max_lines=8, label="page.models.text", elem_id="models-text")
        sides: list[Any] = []
        with gr.Row(elem_id="models-ask"):
            for letter in "ab":
                with gr.Column(elem_classes="models-side", min_width=220):
                    sides.append(
                        self._named(
                            gr.Dropdown, state.offered, value=DEFAULT, allow_custom_value=True,
                            label=f"page.models.{letter}", elem_id=f"model-{letter}",
                        )
                    )  # fmt: skip
                    sides.append(
                        self._named(
                            gr.Checkbox, label="page.models.chat", elem_id=f"chat-{letter}",
                        )
                    )  # fmt: skip
            length = self._named(gr.Number, NEW_TOKENS, label="page.length", elem_id="models-length")
            start = self._named(gr.Button, value="page.models.run", variant="primary", elem_id="models-run")
        with gr.Row(elem_id="pairs"):
            buttons = {
                name: self._named(gr.Button, value=f"page.models.{name}", size="sm", min_width=0) for name in PAIRS
            }
        notice = picture("notice")
        outputs = [picture("models", elem_id="models"), notice]
        page_saver("models")
        shown = [text, *sides, *outputs]
        places = ("models_text", "models_length", "model_a", "chat_a", "model_b", "chat_b")
        self._fields |= dict(zip(places, (text, length, *sides), strict=True))
        for name, button in buttons.items():
            button.click(partial(show_pair, name), self.language, shown, **QUIET)
        tab.select(open_models, [text, self.language], shown, js=UNLESS_LINKED, **QUIET)
        gr.on([start.click, text.submit], compare, [text, length, *sides, self.language], outputs, **QUIET)
        with gr.Column(elem_id="training"):
            self._named(gr.Markdown, value="page.models.training")
            follow = self._named(gr.Button, value="page.models.follow", size="sm", min_width=0, elem_id="follow")
            said = picture("notice")
            follow.click(
                follow_training, [text, self.language], [picture("learning", elem_id="learning"), said], **QUIET
            )
            page_saver("learning")

    def _link(self) -> None:
        """The fields by name, to and from the page's address (assets/page/address.js)."""
        fields = list(self._fields.values())
        note = WHEN_READY % f"noteInputs({json.dumps([*self._fields])}, values)"
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
