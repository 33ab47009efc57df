"""Memory of a process that runs for days: kept in few places, given back when it is free, not searched in vain.

Leaves out: what is remembered, and how much (`job_queue`).
"""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

ARENAS = 2
M_ARENA_MAX = -8
"""Of glibc's malloc.h; as the environment's MALLOC_ARENA_MAX."""


def share_arenas() -> None:
    """Lets all threads take memory from the same few arenas, to be called before they start.

    Each thread else gets one of its own, and what it has freed there stays with it: sixteen threads that read texts
    in turn hold some 100 MB like that. Does nothing where the C library is not glibc.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Returns to the system what has been freed, which the C library else keeps: after a busy hour, most of it.

    Takes some milliseconds, in which other threads go on. Does nothing where the C library is not glibc.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def pass_over_what_stays() -> None:
    """Libraries, the page and the model stay for good. Python else looks through all of them again and again while a
    large request is read, and answers nobody meanwhile."""
    gc.collect()
    gc.freeze()
