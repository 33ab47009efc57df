"""Cancellation of work that nobody waits for any more, checked between the passes of a model.

Work in several parts ends between them. Work of one part has many passes, too; each checks here, and the work ends
within one when nobody waits. Leaves out: the waiting (`job_queue`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

_is_wanted: ContextVar[Callable[[], bool]] = ContextVar("is_wanted", default=lambda: True)


class Left(BaseException):
    """Nobody waits any more. It is no Exception, so that no handler takes it for a failure."""


def watch(is_wanted: Callable[[], bool]) -> None:
    """From now on, work in this context ends within a pass once this is False."""
    _is_wanted.set(is_wanted)


def go_on() -> None:
    """Raises Left where nobody waits."""
    if not _is_wanted.get()():
        raise Left
