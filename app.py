"""Serves the page, or writes one into a file:

    python app.py                http://127.0.0.1:7860; --host and --port: page/command.py
    python app.py export --help  a page in a file: viz/command.py

The page is served first; torch and the default model are loaded behind it. Leaves out: the page itself (`page`).
"""

from __future__ import annotations

import os
import sys
import threading

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
if not sys.stderr.isatty():  # A log holds lines, not bars.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

if __name__ == "__main__":
    # Before Gradio, which takes seconds to import and which help, mistakes and a page in a file do without.
    from page.command import read

    asked = read(sys.argv[1:])

import gradio as gr

from model_utils import TsuzukiError
from model_utils.catalog import DEFAULT
from model_utils.serving.logs import start_logging
from model_utils.serving.memory import share_arenas
from page import state
from page.address import PORT, free_port, url
from page.layout import Page
from page.saying import i18n
from page.served import before, head, routes


def main(host: str, port: int | None) -> None:
    """At this port, or at the first free one where it is None."""
    start_logging()
    share_arenas()
    for trouble in state.lesson_troubles:
        state.log.warning("%s", trouble)
    page = Page()
    found = free_port(host, port)
    page.blocks.queue(default_concurrency_limit=None).launch(
        server_name=host,
        server_port=found,
        quiet=True,
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
    if port is None and found != PORT:
        state.log.warning("port %d is in use by another program", PORT)
    state.log.info("the page is at %s", url(host, found))
    threading.Thread(target=load_default, daemon=True).start()
    page.blocks.block_thread()


def load_default() -> None:
    try:
        state.models.get(DEFAULT)
    except TsuzukiError as error:
        state.log.warning("%s", error)


if __name__ == "__main__":
    main(asked.host, asked.port)
