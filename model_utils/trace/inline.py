"""A trace in the output of a notebook's cell, where `viz` is there to draw it.

`viz` is imported by name, on demand: traces do not depend on it. Leaves out: the drawing (`viz.pages.notebook`).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .values import Trace


def in_notebook(trace: Trace) -> dict[str, str]:
    """By media type; nothing without `viz`, and a notebook shows `repr`."""
    try:
        notebook, plain = importlib.import_module("viz.pages.notebook"), importlib.import_module("viz.pages.plain")
    except ImportError:
        return {}
    return {"text/html": notebook.trace_html(trace), "text/plain": plain.trace_text(trace)}
