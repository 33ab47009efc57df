"""Keeps what the C library hands out in few places, and has it give back what is free.

Leaves out: what is remembered, and how much (`desk`).
"""

from __future__ import annotations

import ctypes
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
