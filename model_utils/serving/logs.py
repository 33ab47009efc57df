"""The log: lines for a person at a terminal, JSON for a machine that reads them. Nobody's words are in either.

Leaves out: what is logged.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

QUIET = ("httpx", "httpcore", "httpx2", "httpcore2")
"""Libraries that tell of every request."""


def start_logging(stream: TextIO = sys.stderr) -> None:
    handler = logging.StreamHandler(stream)
    if stream.isatty():
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    else:
        names = {"levelname": "level", "name": "logger"}
        handler.setFormatter(JsonFormatter("%(levelname)s %(name)s %(message)s", rename_fields=names, timestamp=True))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def place_of(error: BaseException, frames: int = 6) -> str:
    """An error's kind and where it came from, without its message, which may hold what somebody typed."""
    found = traceback.extract_tb(error.__traceback__)[-frames:]
    where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in found)
    return f"{type(error).__name__} at {where}"
