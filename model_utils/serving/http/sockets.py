"""Connections that hold a place for nothing are closed, and there are never more than the process can open.

A request's headers arrive within seconds, and its answer is taken; uvicorn itself waits for both for ever. Of too many
connections, those go first that have not asked for anything. Leaves out: bodies (`guard`, `bodies`).
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from contextlib import suppress
from typing import Any

from uvicorn import config
from uvicorn.protocols.http.auto import AutoHTTPProtocol

log = logging.getLogger("tsuzuki")

HEADER_SECONDS = 15.0
TAKING_SECONDS = 60.0
"""The longest time without taking any of an answer."""
LOOK_SECONDS = 5.0
DESCRIPTORS = 65_536
"""As many are asked for, where the system allows it."""
OWN = 96
"""Those that the app needs itself: files, pipes, libraries."""
LEAST = 16


class Timed(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """uvicorn's protocol, with an eye on the clock."""

    most = DESCRIPTORS
    """Connections at a time."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._asking_since: float | None = time.monotonic()
        self._left, self._taken = 0, time.monotonic()
        if len(self.connections) > self.most:
            self._make_room()
        self._look_later()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._is_idle:
            self._asking_since = None

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # Some of the next request may be here already; where it is not, uvicorn closes the connection sooner.
        self._asking_since = time.monotonic()

    def connection_lost(self, exc: Exception | None) -> None:
        if timer := getattr(self, "_timer", None):
            timer.cancel()
        super().connection_lost(exc)

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _is_late(self) -> bool:
        return self._asking_since is not None and time.monotonic() - self._asking_since > HEADER_SECONDS

    def _look_later(self) -> None:
        self._timer: asyncio.TimerHandle = self.loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        left, now = self.transport.get_write_buffer_size(), time.monotonic()
        if not left or left != self._left:
            self._left, self._taken = left, now
        if (self._is_idle and self._is_late) or now - self._taken > TAKING_SECONDS:
            self.transport.abort()
        else:
            self._look_later()

    def _make_room(self) -> None:
        asking = [one for one in self.connections if isinstance(one, Timed) and one._asking_since and one is not self]
        oldest = min(asking, key=lambda one: one._asking_since or 0.0, default=self)
        oldest.transport.abort()


def watch_sockets() -> None:
    """Has uvicorn use such connections, as many as there can be. To be called before it starts."""
    Timed.most = max(LEAST, raise_descriptors() - OWN)
    config.HTTP_PROTOCOLS["auto"] = f"{__name__}:{Timed.__name__}"


def raise_descriptors() -> int:
    """How many files and connections the process may open from now on."""
    if sys.platform == "win32":  # It knows no such bound.
        return DESCRIPTORS
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
