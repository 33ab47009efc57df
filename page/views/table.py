"""Any number of texts as a table, scored chunk by chunk. Leaves out: its CSV (`model_utils.views.protocol.table`)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

import gradio as gr

from model_utils.views.protocol.jobs import table_job
from model_utils.views.protocol.table import Row, read_csv, table_to_wire, texts_of

from .. import state
from ..components import QUIET, picture
from ..messages import Update, buttons, loading, say
from ..shared import Shared


def build(page: Shared) -> None:
    with page.named(gr.Accordion, label="page.table", open=False, elem_id="table", elem_classes="asking"):
        pasted = page.named(gr.Textbox, lines=5, max_lines=12, label="page.table.texts", elem_id="table-texts")
        with gr.Row(elem_id="table-ask"):
            file = page.named(gr.UploadButton, label="page.table.open", file_types=[".csv"], size="sm", min_width=0)
            start = page.named(gr.Button, value="page.table.run", size="sm", min_width=0, elem_id="table-run")
            end = page.named(gr.Button, value="page.stop", visible=False, size="sm", min_width=0, elem_id="table-stop")
        notice = picture("notice")
        outputs = [picture("sheet", elem_id="sheet"), notice, start, end]
    page.fields["table_texts"] = pasted
    start.click(score_pasted, [pasted, page.model, page.language], outputs, **QUIET)
    file.upload(score_file, [file, page.model, page.language], outputs, **QUIET)
    end.click(stop_table, None, [start, end], **QUIET)


async def score_pasted(request: gr.Request, pasted: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    async for shown in _score_table(request, lambda: texts_of(pasted), model, language):
        yield shown


async def score_file(request: gr.Request, path: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    async for shown in _score_table(request, lambda: read_csv(state.uploads.take(path)), model, language):
        yield shown


async def _score_table(
    request: gr.Request, texts_from: Callable[[], list[str]], model: str, language: str
) -> AsyncIterator[tuple[Any, ...]]:
    """Yields the table's value (its progress, until all rows are there), a notice, Run and Stop.

    The page's next table, or Stop, ends this one within a chunk; after Stop, the rows so far are shown.
    """
    rows: list[Row] = []
    with state.tables.begin(request.session_hash) as table:
        try:
            texts = texts_from()
            state.limits.check_texts(*texts)
            yield gr.skip(), loading(model, language), *buttons(running=True)
            lm = await state.models.wait(model)
            yield {"done": 0, "total": len(texts)}, "", gr.skip(), gr.skip()
            async with aclosing(state.desk.follow(table_job(lm, texts))) as coming:
                async for came in coming:
                    if not table.is_wanted:
                        break
                    for part in came.parts:
                        rows = part["rows"]
                        yield {"done": len(rows), "total": len(texts)}, "", gr.skip(), gr.skip()
            is_replaced = table.is_replaced
            yield gr.skip() if is_replaced else table_to_wire(rows), "", *buttons(running=is_replaced)
        except Exception as error:
            yield table_to_wire(rows) if rows else gr.skip(), say(error, language), *buttons(running=False)


def stop_table(request: gr.Request) -> tuple[Update, ...]:
    state.tables.stop(request.session_hash)
    return buttons(running=False)
