"""Serves the page, or writes one into a file:

    python app.py                http://127.0.0.1:7860
    python app.py export --help  a page in a file: viz/command.py

The page is served first; torch and the default model are loaded behind it. Leaves out: the page itself (`page`).
"""

from __future__ import annotations

import os
import sys
import threading

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

if __name__ == "__main__" and sys.argv[1:2] == ["export"]:
    # Before Gradio, which takes seconds to import and which a page in a file does without.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from model_utils.exporting import ask, teach
    from viz.command import export

    sys.exit(export(sys.argv[2:], ask, teach))

import gradio as gr

from model_utils import TsuzukiError
from model_utils.catalog import DEFAULT
from model_utils.serving.logs import start_logging
from model_utils.serving.memory import share_arenas
from page import state
from page.layout import Page
from page.saying import i18n
from page.served import before, head, routes


def main() -> None:
    start_logging()
    share_arenas()
    for trouble in state.lesson_troubles:
        state.log.warning("%s", trouble)
    page = Page()
    page.blocks.queue(default_concurrency_limit=None).launch(
        theme=gr.themes.Base(radius_size="sm", spacing_size="sm"),
        head=head(),
        i18n=i18n,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        state_session_capacity=200,
        max_file_size=state.LARGEST_FILE_MB * 10**6,
        prevent_thread_lock=True,
        # Gradio else asks for the page once, and gives up after three seconds: while a class waits, it may take longer.
        _frontend=False,
        app_kwargs={"routes": routes(), "middleware": before()},
    )
    threading.Thread(target=load_default, daemon=True).start()
    page.blocks.block_thread()


def load_default() -> None:
    try:
        state.models.get(DEFAULT)
    except TsuzukiError as error:
        state.log.warning("%s", error)


if __name__ == "__main__":
    main()
