"""The tab of a prompt and its continuation: the prompt, its settings, examples, and saved files.

Leaves out: runs (`runs`), and the player.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import gradio as gr

from model_utils.views.lecture.examples import PROMPTS

from ..components import QUIET, SET_LANGUAGE, WHEN_READY, page_saver, picture
from ..files import open_trace
from ..runs import NEW_TOKENS, go_on, open_page, recall, run, show_example, stop
from ..shared import Shared


def build(page: Shared, tab: gr.Tab) -> None:
    with gr.Row(elem_id="ask", elem_classes="asking"):
        page.prompt = page.named(gr.Textbox, lines=2, max_lines=8, label="page.prompt", scale=1, elem_id="prompt")
        length = page.named(gr.Number, NEW_TOKENS, label="page.length", elem_id="length")
        start = page.named(gr.Button, value="page.run", variant="primary", elem_id="run")
        end = page.named(gr.Button, value="page.stop", visible=False, elem_id="stop")
    page.map_stop = page.named(
        gr.Button, value="page.stop", visible=False, render=False, elem_id="map-stop", elem_classes="asking"
    )
    page.notice = picture("branch-notice")
    examples = _examples()
    with (
        page.named(gr.Accordion, label="page.settings", open=False, elem_id="settings", elem_classes="asking"),
        gr.Row(),
    ):
        knobs = _knobs(page)
    page.player = picture("branches", elem_id="player", view="step")
    page.asked = [page.prompt, *knobs]
    _file(page)
    settings = [length, *knobs, page.model, page.language]
    places = ("prompt", "length", "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "seed", "model")
    page.fields |= dict(zip((*places, "language"), (page.prompt, *settings), strict=True))
    ends = [start, end, page.map_stop]
    outputs = [page.player, page.notice, *ends]
    # A later run ends the one before, so no press need be ignored.
    running: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": None, **QUIET}
    events = [
        gr.on([start.click, page.prompt.submit], run, [page.prompt, *settings], outputs, **running),
        page.player.ask(go_on, settings, outputs, **running),
        page.share.recall(recall, [page.model, page.language], outputs, **running),
    ]
    gr.on([end.click, page.map_stop.click], stop, None, ends, cancels=events, **QUIET)
    shown = [*page.asked, page.player, page.notice]
    for name, button in examples.items():
        stopped = button.click(stop, None, ends, cancels=events, **QUIET)
        stopped.then(partial(show_example, name), None, shown, **QUIET)
    opened = page.blocks.load(open_page, None, [page.language, *shown], **QUIET)
    restored = opened.then(None, page.prompt, page.prompt, js=WHEN_READY % "restore(...values)")
    page.stands = restored.then(None, page.language, None, js=SET_LANGUAGE)


def _knobs(page: Shared) -> list[Any]:
    """Temperature, top-k, top-p, min-p, repetition penalty, seed: the order of `run` and of `show_example`."""
    return [
        page.named(gr.Slider, 0, 2, 0, step=0.05, label="page.temperature", elem_id="temperature"),
        page.named(gr.Slider, 0, 200, 0, step=1, label="page.top_k"),
        page.named(gr.Slider, 0, 1, 1, step=0.01, label="page.top_p"),
        page.named(gr.Slider, 0, 1, 0, step=0.01, label="page.min_p"),
        page.named(gr.Slider, 0.5, 2, 1, step=0.05, label="page.repetition_penalty"),
        page.named(gr.Number, 0, label="page.seed", elem_id="seed"),
    ]


def _examples() -> dict[str, gr.Button]:
    with gr.Row(elem_id="examples", elem_classes="asking"):
        return {name: gr.Button(prompt, size="sm", min_width=0) for name, (prompt, _) in PROMPTS.items()}


def _file(page: Shared) -> None:
    with gr.Row(elem_id="file", elem_classes="asking"):
        file = page.named(gr.UploadButton, label="page.open", file_types=[".json"], size="sm", min_width=0)
        save = page.named(gr.Button, value="page.save", size="sm", min_width=0)
        page.named(gr.Button, value="page.link.copy", size="sm", min_width=0, elem_id="copy-link")
        page_saver("branches")
    # Of files that follow each other faster than one is read, the last counts; by default, Gradio drops it.
    opened = [*page.asked, page.player, page.notice]
    file.upload(open_trace, [file, page.language], opened, trigger_mode="always_last", **QUIET)
    picture("notice", elem_id="copied", elem_classes="asking")
    save.click(None, js="() => TsuzukiPage.save()")
