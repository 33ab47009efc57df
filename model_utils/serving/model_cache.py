"""LRU cache of models in memory: each is loaded once, the least recently used dropped.

Leaves out: loading itself.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future

from ..lm import LM


class Loaded:
    """At most `capacity` models. Those who ask for one that is being loaded wait for it together."""

    def __init__(self, load: Callable[[str], LM], capacity: int = 3) -> None:
        self._load = load
        self._capacity = capacity
        self._lock = threading.Lock()
        self._models: dict[str, Future[LM]] = {}

    def is_ready(self, name: str) -> bool:
        with self._lock:
            return name in self._models and self._models[name].done()

    def get(self, name: str) -> LM:
        """The model, waited for while it loads. What loading raises reaches all who wait; a later call tries anew."""
        return self._future(name).result()

    async def wait(self, name: str) -> LM:
        """`get`, for as many as like to wait: none of them takes a thread."""
        return await asyncio.wrap_future(self._future(name))

    def _future(self, name: str) -> Future[LM]:
        with self._lock:
            future = self._models.pop(name, None)
            is_mine = future is None
            future = future or Future()
            self._models[name] = future  # the most recently used is last
            done = [key for key, model in self._models.items() if model.done()]
            for oldest in done[: max(0, len(self._models) - self._capacity)]:
                del self._models[oldest]
        if is_mine:
            future.set_running_or_notify_cancel()  # A call that gives up must not cancel it for others.
            threading.Thread(target=self._fill, args=(name, future), daemon=True).start()
        return future

    def name_of(self, model: str, revision: str) -> str | None:
        """The requested name of a model in memory: a trace has only the folder's name of a model from a folder."""
        with self._lock:
            ready = {name: future for name, future in self._models.items() if future.done() and not future.exception()}
        found = ((name, future.result()) for name, future in ready.items())
        return next((name for name, lm in found if (lm.model, lm.revision) == (model, revision)), None)

    def _fill(self, name: str, future: Future[LM]) -> None:
        try:
            future.set_result(self._load(name))
        except BaseException as error:
            with self._lock:
                self._models.pop(name, None)
            future.set_exception(error)
