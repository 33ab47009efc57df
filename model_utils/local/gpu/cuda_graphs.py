"""Work that lies still, captured once and replayed: CUDA graphs that share a stream and a pool of memory.

They can, since all are replayed on the device's one stream, and what outlives a run lies outside of the pool. Each else
has a pool of its own, and cuBLAS a workspace for each stream. Leaves out: what is captured (`decoder`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import torch

CAPTURING = threading.Lock()
"""A process has one capture at a time, whatever the models."""


@contextmanager
def capturing() -> Iterator[None]:
    """To warm up and to capture in: work goes to the stream of captures, after all that was launched before."""
    aside, _ = _shared()
    with CAPTURING:
        aside.wait_stream(torch.cuda.current_stream())
        try:
            with torch.cuda.stream(aside):
                yield
        finally:
            torch.cuda.current_stream().wait_stream(aside)


def graph_of(work: Callable[[], None]) -> Callable[[], None]:
    """Replays what `work` launches. Raises RuntimeError where it asks the host something."""
    aside, pool = _shared()
    graph = torch.cuda.CUDAGraph()
    # Other threads may be at the GPU meanwhile, as long as they do not touch this stream.
    with torch.cuda.graph(graph, pool=pool, stream=aside, capture_error_mode="thread_local"):
        work()
    return graph.replay


@cache
def _shared() -> tuple[Any, Any]:
    return torch.cuda.Stream(), torch.cuda.graph_pool_handle()  # type: ignore[no-untyped-call]
