"""Threads share few arenas: glibc itself is asked how many it has. What stays is passed over when garbage is sought."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from model_utils.serving.malloc import ARENAS

MANY_THREADS = """
import ctypes, threading
{first}
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(16)
def take():
    libc.malloc(1_000)
    together.wait()
threads = [threading.Thread(target=take) for _ in range(16)]
for each in threads: each.start()
for each in threads: each.join()
libc.fdopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, file)
libc.fflush(file)
"""


def arenas(first: str) -> int:
    code = MANY_THREADS.format(first=first)
    return subprocess.check_output([sys.executable, "-c", code], text=True, encoding="utf-8").count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has no arenas")
def test_threads_share_arenas() -> None:
    assert arenas("") > ARENAS
    assert arenas("from model_utils.serving.malloc import share_arenas; share_arenas()") <= ARENAS


def test_what_stays_is_passed_over_and_what_comes_later_is_not() -> None:
    code = (
        "import gc; from model_utils.serving.malloc import pass_over_what_stays; pass_over_what_stays()\n"
        "kept = gc.get_freeze_count(); later = []; later.append(later); del later; print(kept, gc.collect())"
    )
    kept, found = map(int, subprocess.check_output([sys.executable, "-c", code], text=True, encoding="utf-8").split())
    assert kept > 1_000 and found >= 1
