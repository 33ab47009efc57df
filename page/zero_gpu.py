"""Hugging Face's ZeroGPU: a large model's job runs where a GPU is lent for it, in a process that `spaces` forks.

The job travels as the function and the arguments that it is, its model as the files it was made of: that process makes
it once more, on the GPU. The app's own process has none; small models run there. Leaves out: how much a visitor may
borrow, which is between them and Hugging Face.
"""

from __future__ import annotations

import io
import os
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import gradio as gr
from cachetools import LRUCache

from model_utils import LM, TsuzukiError
from model_utils.catalog import Source
from model_utils.errors import GpuNotLent
from model_utils.views.protocol.jobs import Job, Part

if TYPE_CHECKING:
    from model_utils.local.model import LocalLM

IS_ZERO_GPU = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")

SECONDS = 60
"""A GPU is asked for this long; making the model is part of it."""

_made: LRUCache[Source, LocalLM] = LRUCache(3)
"""The models of a process that a GPU is lent to, which serves one job after another."""


def start(job: Job) -> Iterator[Part | None]:
    """The parts of a job, made here or on a GPU that is lent. Raises what the job raises, and GpuNotLent."""
    source = _worth_a_gpu(job.lm) if IS_ZERO_GPU else None
    if not job.lm or not source:
        yield from job.make()
        return
    try:
        with closing(_borrow(_sent(job.make, job.lm, source))) as coming:
            for part in coming:
                if isinstance(part, TsuzukiError):
                    raise part
                yield part
    except gr.Error as error:  # `spaces` raises it for everything: a spent quota, no free GPU, a lost process.
        raise GpuNotLent(model=job.lm.model, reason=str(error.message).rstrip(". ")) from None


def _worth_a_gpu(lm: LM | None) -> Source | None:
    """The source of a large local model."""
    from model_utils.local.model import LocalLM

    return lm.source if isinstance(lm, LocalLM) and not lm.is_small else None


def _on_gpu(sent: bytes) -> Iterator[Part | TsuzukiError | None]:
    """The parts of a job, in the process that has the GPU; last an error, if one is raised."""
    try:
        yield from _Received(io.BytesIO(sent)).load()()
    except TsuzukiError as error:
        yield error


class _Sender(pickle.Pickler):
    def __init__(self, into: io.BytesIO, lm: LM, source: Source) -> None:
        super().__init__(into)
        self._lm, self._source = lm, source

    def persistent_id(self, value: object) -> Source | None:
        return self._source if value is self._lm else None


class _Received(pickle.Unpickler):
    def persistent_load(self, source: Any) -> LM:
        from model_utils.local import model

        if source not in _made:
            model.LOADING = threading.Lock()  # Another thread may have held it when this process was forked.
            _made[source] = model.load_source(source)
        return _made[source]


def _sent(make: Callable[[], Iterator[Part | None]], lm: LM, source: Source) -> bytes:
    into = io.BytesIO()
    _Sender(into, lm, source).dump(make)
    return into.getvalue()


if IS_ZERO_GPU:
    import spaces
    import torch

    # `spaces` makes it say yes here, too, and undoes that where the GPU is.
    torch.cuda.is_available = lambda: False
    _borrow = spaces.GPU(duration=SECONDS)(_on_gpu)
