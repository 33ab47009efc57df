"""The log: lines for a person at a terminal, JSON for a machine that reads them. Nobody's words are in either.

Libraries print tracebacks and messages, which hold what somebody typed; of those, the log has the kind and the place.
Leaves out: what is logged.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

QUIET = ("httpx", "httpcore", "httpx2", "httpcore2")
"""Libraries that tell of every request."""
FOREIGN = ("libraries", "asyncio", "gradio", "py.warnings", "starlette", "fastapi", "anyio", "python_multipart")
"""Loggers whose messages may repeat what somebody sent."""
REPEATING = (*FOREIGN, "uvicorn")
"""Loggers that say the same for every request that goes wrong."""
AGAIN_SECONDS = 60.0

libraries = logging.getLogger("libraries")


def start_logging(stream: TextIO = sys.stderr) -> None:
    """Takes over what libraries and Python itself would print of errors, too."""
    handler = logging.StreamHandler(stream)
    names = {"levelname": "level", "name": "logger"}
    handler.setFormatter(
        _Lines("%(levelname)s %(name)s: %(message)s")
        if stream.isatty()
        else _Json("%(levelname)s %(name)s %(message)s", rename_fields=names, timestamp=True)
    )
    handler.addFilter(_Wordless())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    _take_over()


def place_of(error: BaseException, frames: int = 6) -> str:
    """An error's kind and where it came from, without its message, which may hold what somebody typed."""
    found = traceback.extract_tb(error.__traceback__)[-frames:]
    where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in found)
    return f"{type(error).__name__} at {where}"


class _Lines(logging.Formatter):
    def formatException(self, ei: Any) -> str:
        return place_of(ei[1]) if ei and ei[1] else ""

    def format(self, record: logging.LogRecord) -> str:
        """A line is one line, and moves no cursor."""
        return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in super().format(record))


class _Json(JsonFormatter):
    def formatException(self, ei: Any) -> str:
        return place_of(ei[1]) if ei and ei[1] else ""


class _Wordless(logging.Filter):
    """Libraries' messages become their place, or their error's; the same at most once a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not _is_from(record, REPEATING):
            return True
        error = record.exc_info[1] if record.exc_info else None
        what = place_of(error) if error else f"{Path(record.pathname).name}:{record.lineno} {record.funcName}"
        if _is_from(record, FOREIGN):
            record.msg, record.args, record.exc_info = what, (), None
        now, last = time.monotonic(), self._said.get(what, -AGAIN_SECONDS)
        if now - last < AGAIN_SECONDS:
            return False
        if len(self._said) > 1_000:
            self._said.clear()
        self._said[what] = now
        return True


def _is_from(record: logging.LogRecord, names: tuple[str, ...]) -> bool:
    return any(record.name == name or record.name.startswith(f"{name}.") for name in names)


def _take_over() -> None:
    """Python and libraries print an error with its message in four ways; all become a line of this log.

    An error of the main thread is printed as ever: it ends the app, and is nobody's but its owner's.
    """

    def printed(limit: Any = None, file: Any = None, chain: bool = True) -> None:
        error = sys.exc_info()[1]
        if error:
            libraries.error("", exc_info=error)

    def in_thread(told: threading.ExceptHookArgs) -> None:
        if told.exc_value and not isinstance(told.exc_value, SystemExit):
            libraries.error("", exc_info=told.exc_value)

    def warned(message: Any, category: type[Warning], filename: str, lineno: int, *_: Any) -> None:
        logging.getLogger("tsuzuki").warning("%s at %s:%d", category.__name__, Path(filename).name, lineno)

    traceback.print_exc = printed
    threading.excepthook = in_thread
    sys.unraisablehook = lambda told: libraries.error("", exc_info=told.exc_value)
    warnings.showwarning = warned  # type: ignore[assignment]


def follow_uvicorn() -> None:
    """uvicorn's log becomes part of this one. To be called before it starts."""
    from uvicorn.config import LOGGING_CONFIG

    LOGGING_CONFIG["loggers"].clear()
