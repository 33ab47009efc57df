"""Serves the page until the process is told to end: by SIGTERM, also as a container's first process, or by Ctrl-C.

Leaves out: what is served (`layout`, `served`).
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from typing import Any, NoReturn

import gradio as gr

from model_utils import TsuzukiError
from model_utils.catalog import DEFAULT
from model_utils.serving.http.sockets import watch_sockets
from model_utils.serving.logs import follow_uvicorn, start_logging
from model_utils.serving.malloc import pass_over_what_stays, share_arenas

from .. import state
from ..layout import Page
from ..messages import i18n
from .address import PORT, free_port, url
from .gradio_state import bound
from .served import head, served

LAST_WORDS_SECONDS = 3.0
"""Time to tell pages that their runs end."""
CLOSING_SECONDS = 1


def serve(host: str, port: int | None) -> NoReturn:
    """At this port, or at the first free one where it is None. Ends the process."""
    start_logging()
    follow_uvicorn()
    share_arenas()
    watch_sockets()
    for trouble in state.lesson_troubles:
        state.log.warning("%s", trouble)
    blocks = Page().blocks.queue(default_concurrency_limit=None)
    bound(blocks)
    found = free_port(host, port)
    blocks.launch(
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
        app_kwargs=served(host),
    )
    if port is None and found != PORT:
        state.log.warning("port %d is in use by another program", PORT)
    state.log.info("the page is at %s", url(host, found))
    threading.Thread(target=load_default, daemon=True).start()
    _wait_for_end()
    _end(blocks)


def load_default() -> None:
    try:
        state.models.get(DEFAULT)
    except TsuzukiError as error:
        state.log.warning("%s", error)
    pass_over_what_stays()


def _wait_for_end() -> None:
    told = threading.Event()

    def end(*_: Any) -> None:
        told.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # Whoever presses Ctrl-C again will not wait.

    # Signals without a handler do not end the first process of a container.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    told.wait()


def _end(blocks: gr.Blocks) -> NoReturn:
    """End running events with a sentence on their pages; then stop serving."""
    state.log.info("the app ends")
    state.desk.close()
    last = time.monotonic() + LAST_WORDS_SECONDS
    while any(blocks._queue.active_jobs) and time.monotonic() < last:
        time.sleep(0.05)
    time.sleep(0.2)
    blocks.server.config.timeout_graceful_shutdown = CLOSING_SECONDS
    blocks.close(verbose=False)
    state.uploads.close()
    logging.shutdown()
    # Python would wait for threads that are in the middle of a pass, and for seconds take libraries apart.
    os._exit(0)
