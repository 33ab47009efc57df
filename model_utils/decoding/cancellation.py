"""Whether somebody still waits for the work that this thread does: asked between the passes of a model.

Work that comes in parts is left between them. Work of one part has many passes, too; each asks here, and the work ends
within one when nobody waits. Leaves out: who waits (`serving.desk`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

_is_wanted: ContextVar[Callable[[], bool]] = ContextVar("is_wanted", default=lambda: True)


class Left(BaseException):
    """Nobody waits any more. Nothing on the way takes it for a failure of its own: it is no Exception."""


def watch(is_wanted: Callable[[], bool]) -> None:
    """In this context from now on, work ends within a pass when this is no longer so."""
    _is_wanted.set(is_wanted)


def go_on() -> None:
    """Raises Left where nobody waits."""
    if not _is_wanted.get()():
        raise Left
