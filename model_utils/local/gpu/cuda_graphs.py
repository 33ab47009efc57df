"""CUDA graphs, captured once and replayed, that share a stream and a pool of memory.

They can, since all are replayed on the device's one stream, and tensors that outlive a run are outside the pool.
Otherwise each has its own pool, and cuBLAS a workspace per stream. Leaves out: the captured work (`decoder`).
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
    """Context of warm-up and capture: work runs on the captures' stream, after all launched before."""
    aside, _ = _shared()
    with CAPTURING:
        aside.wait_stream(torch.cuda.current_stream())
        try:
            with torch.cuda.stream(aside):
                yield
        finally:
            torch.cuda.current_stream().wait_stream(aside)


def graph_of(work: Callable[[], None]) -> Callable[[], None]:
    """The replay of captured `work`. Raises RuntimeError if it needs the host."""
    aside, pool = _shared()
    graph = torch.cuda.CUDAGraph()
    # Other threads may be at the GPU meanwhile, as long as they do not touch this stream.
    with torch.cuda.graph(graph, pool=pool, stream=aside, capture_error_mode="thread_local"):
        work()
    return graph.replay


@cache
def _shared() -> tuple[Any, Any]:
    return torch.cuda.Stream(), torch.cuda.graph_pool_handle()  # type: ignore[no-untyped-call]
