"""Memory of a long-running process: few malloc arenas, freed memory returned, permanent objects out of the GC.

Leaves out: caches and their sizes (`job_queue`).
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

    Otherwise each thread has an arena of its own, and keeps the memory freed there: sixteen threads that read texts in
    turn hold some 100 MB so. Does nothing where the C library is not glibc.
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
    """Exempt libraries, the page and the model from garbage collection, which would scan them again and again while a
    large request is read, with no answers meanwhile."""
    gc.collect()
    gc.freeze()
