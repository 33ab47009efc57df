"""Serves the page, or writes one into a file:

    python app.py                http://127.0.0.1:7860; --host and --port: page/command.py
    python app.py export --help  a page in a file: viz/command.py

The page is served first; torch and the default model are loaded behind it. Leaves out: the page itself (`page`).
"""

from __future__ import annotations

import os
import signal
import sys

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# Gradio else counts every event, in a table of ten thousand that it makes anew for each.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(2**31))
if not sys.stderr.isatty():  # A log holds lines, not bars.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")

if __name__ == "__main__":
    # Until the page is there to end well. The first process of a container else takes no notice of being told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # Before Gradio, which takes seconds to import and which help, mistakes and a page in a file do without.
    from page.command import read

    asked = read(sys.argv[1:])

from page.launch import serve

if __name__ == "__main__":
    serve(asked.host, asked.port)
