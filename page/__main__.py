"""Serves the page, or writes one into a file: what `app.py` runs, and the command `tsuzuki` of an installed wheel.

The page is served first; torch and the default model are loaded behind it. Leaves out: the command line (`command`),
and the page itself (`launch`).
"""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Ends the process."""
    _set_environment()
    # Until the page handles SIGTERM itself: the first process of a container otherwise ignores the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Before Gradio, which takes seconds to import: help, errors and exports do without it.
    from .command import read

    asked = read(sys.argv[1:])
    from .serving.launch import serve

    serve(asked.host, asked.port)


def _set_environment() -> None:
    """Set variables that libraries read when they are imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # Gradio else counts every event, in a table of ten thousand that it makes anew for each.
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(2**31))
    if not sys.stderr.isatty():  # A log holds lines, not bars.
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")


if __name__ == "__main__":
    main()
