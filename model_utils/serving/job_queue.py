"""Queue of jobs at models, concurrent and shared: equal jobs are computed once, and a long one delays no other.

A job is a generator of parts (`jobs`). Several run at a time, each in a thread of its own; at the model they take turns
with every token, so a short one is over soon, whatever else is running. Equal requests follow one job, also when it is
over and still cached. A job without followers ends within a pass of the model. Each visitor's waiting and running jobs
are counted, so that none takes all. Only a job's parts and a digest of its key are kept. Leaves out: the work of a job,
and its place (`start`).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator, Hashable, Iterator
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Literal, NamedTuple, TypeAlias

import msgspec
from cachetools import LRUCache

from model_utils.decoding.cancellation import Left, watch
from model_utils.errors import Busy, Ending
from model_utils.views.protocol.jobs import Job, Part

AT_ONCE = 16
"""Jobs that are begun: as many as one pass of a model reads together."""
RESERVED = 2
"""Of these, the number that one visitor's jobs leave to others."""
MOST_WAITING = 500
MOST_OF_ONE = 250
"""Jobs of one visitor that wait: a hall behind one address is one visitor."""
WAITING_BYTES = 64_000_000
"""Inputs of all jobs that wait or are begun, together."""
REMEMBERED_BYTES = 8_000_000
"""Of finished jobs, as JSON; in memory they take some ten times as much."""
MOST_REMEMBERED = 5_000
"""Finished jobs, however little is in each."""
SMALL_BYTES = 1_000
"""Larger inputs are checked against WAITING_BYTES."""
LOOK_SECONDS = 0.5
"""How often a follower wakes without news: to update its place in the queue, or to leave when stopped."""

Outcome: TypeAlias = Literal["done", "failed", "dropped", "shared"]
Note: TypeAlias = Callable[[str, Outcome, float], None]
"""Called with the kind, outcome and seconds of a job; `shared` is a request for one that exists already."""
Start: TypeAlias = Callable[[Job], Iterator[Part | None]]


class Came(NamedTuple):
    """News that a follower lacks."""

    parts: list[Part]
    """The newest of each branch."""
    ahead: int
    """Jobs before this one in the line; 0 once it has begun, or is about to."""
    is_last: bool
    """Nothing more comes."""


class Desk:
    """The queue of jobs. Its threads start with the first jobs, and never end."""

    def __init__(
        self,
        at_once: int = AT_ONCE,
        most_waiting: int = MOST_WAITING,
        remembered_bytes: int = REMEMBERED_BYTES,
        note: Note = lambda kind, outcome, seconds: None,
        start: Start = lambda job: job.make(),
        whose: Callable[[], Hashable] = lambda: None,
    ) -> None:
        """`whose` identifies a request's visitor; if it gives None, one may have all."""
        self._note, self._start, self._whose = note, start, whose
        self._at_once, self._most_waiting = at_once, most_waiting
        self.is_closed = False
        self._threads = 0
        self._changed = threading.Condition()
        self._waiting: deque[_Work] = deque()
        self._begun: set[_Work] = set()
        self._open: dict[bytes, _Work] = {}
        least = remembered_bytes // MOST_REMEMBERED
        self._remembered: LRUCache[bytes, _Work] = LRUCache(remembered_bytes, lambda work: max(work.size, least))

    async def follow(self, job: Job) -> AsyncGenerator[Came]:
        """The parts of a job as they come, or of an equal one that is there already. Close it to leave.

        Raises Busy, Ending, and whatever the job raises.
        """
        follower = _Follower()
        work = self._join(job, follower)
        seen = 0
        try:
            while True:
                follower.woken.clear()
                if self.is_closed:
                    raise Ending()
                is_over = work.is_over
                parts, seen = work.since(seen)
                ahead = self._ahead(work)
                yield Came(parts, ahead, is_over)
                if is_over:
                    break
                with suppress(TimeoutError):
                    await asyncio.wait_for(follower.woken.wait(), LOOK_SECONDS)
        finally:
            self._leave(work, follower)
        if work.error:
            raise work.error

    def close(self) -> None:
        """All present and later followers get Ending, as the app ends."""
        with self._changed:
            self.is_closed = True
            for work in self._open.values():
                work.wake()

    @property
    def counts(self) -> dict[str, int]:
        """How many jobs wait, are begun, and are remembered."""
        with self._changed:
            return {
                "waiting": len(self._waiting),
                "begun": len(self._begun),
                "remembered": len(self._remembered),
            }

    def _join(self, job: Job, follower: _Follower) -> _Work:
        digest, size = job.digest()
        with self._changed:
            work = self._open.get(digest) or self._remembered.get(digest)
            if work is None:
                whose = self._whose()
                self._check_room(whose, size)
                work = self._open[digest] = _Work(job, digest, size, whose)
                self._waiting.append(work)
                self._changed.notify()
                self._hire()
            else:
                self._note(job.kind, "shared", 0.0)
            work.followers.add(follower)
            return work

    def _check_room(self, whose: Hashable, size: int) -> None:
        waiting = len(self._waiting)
        own = sum(work.whose == whose for work in self._waiting) if whose is not None else 0
        asked = sum(work.asked_bytes for work in self._open.values()) if size > SMALL_BYTES else 0
        if waiting >= self._most_waiting or own >= MOST_OF_ONE or asked + size > WAITING_BYTES:
            raise Busy(waiting=waiting)

    def _leave(self, work: _Work, follower: _Follower) -> None:
        with self._changed:
            work.followers.discard(follower)
            if not work.followers and work in self._waiting:
                self._waiting.remove(work)
                del self._open[work.digest]
                work.noted(self._note, "dropped")

    def _ahead(self, work: _Work) -> int:
        with self._changed:
            is_full = len(self._begun) >= self._at_once or not self._may_begin(work)
            return self._waiting.index(work) + 1 if is_full and work in self._waiting else 0

    def _may_begin(self, work: _Work) -> bool:
        own = sum(begun.whose == work.whose for begun in self._begun) if work.whose is not None else 0
        return own < max(1, self._at_once - RESERVED)

    def _next(self) -> _Work | None:
        """The first waiting job whose visitor has fewer running ones than allowed."""
        return next(filter(self._may_begin, self._waiting), None)

    def _hire(self) -> None:
        if self._threads < self._at_once:
            self._threads += 1
            threading.Thread(target=self._serve, name="desk", daemon=True).start()

    def _serve(self) -> None:
        while True:
            with self._changed:
                work = self._changed.wait_for(self._next)
                assert work
                self._waiting.remove(work)
                self._begun.add(work)
            while not self._is_ended(work, is_whole=work.context.run(work.go_on, self._start)):
                pass

    def _is_ended(self, work: _Work, is_whole: bool) -> bool:
        """End work that is whole or without followers; one may have joined at the last moment."""
        with self._changed:
            if work.followers and not is_whole:
                return False
            self._begun.discard(work)
            self._changed.notify_all()
            del self._open[work.digest]
            if is_whole and not work.error and work.size <= self._remembered.maxsize:
                self._remembered[work.digest] = work
            work.is_over = True
            work.noted(self._note, "failed" if work.error else "done" if is_whole else "dropped")
        work.close()
        return True


class _Follower:
    """A follower that waits in an event loop. Other threads only wake it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.woken = asyncio.Event()

    def wake(self) -> None:
        with suppress(RuntimeError):  # Its loop is closed: nobody is there.
            self._loop.call_soon_threadsafe(self.woken.set)


class _Work:
    """A job in progress, and the newest part of each of its branches, in numbered order."""

    def __init__(self, job: Job, digest: bytes, asked_bytes: int, whose: Hashable) -> None:
        self.job: Job | None = job
        self.kind, self.digest, self.asked_bytes, self.whose = job.kind, digest, asked_bytes, whose
        self.context = copy_context()
        """That of the first who asks: a GPU is lent to a visitor, and known by the visitor's request."""
        self.followers: set[_Follower] = set()
        self.is_over = False
        self.error: Exception | None = None
        self.size = 1
        self._asked = time.monotonic()
        self._iterator: Iterator[Part | None] | None = None
        self._newest: dict[object, tuple[int, Part]] = {}
        self._count = 0

    def go_on(self, start: Start) -> bool:
        """Run to the end, or until nobody follows. Returns whether it reached the end."""
        watch(lambda: bool(self.followers))
        try:
            assert self.job
            self._iterator = self._iterator or start(self.job)
            for part in self._iterator:
                if part:
                    self._add(part)
                if not self.followers:
                    return False
        except Left:
            self._iterator = None
            return False
        except Exception as error:
            self.error = error
        self.size = sum(len(msgspec.json.encode(part, enc_hook=str)) for _, part in self._newest.values()) or 1
        return True

    def since(self, seen: int) -> tuple[list[Part], int]:
        """The newest part of each branch after the first `seen` parts, and the number of parts so far."""
        newest = list(self._newest.values())
        return [part for number, part in newest if number > seen], max((number for number, _ in newest), default=0)

    def noted(self, note: Note, outcome: Outcome) -> None:
        note(self.kind, outcome, time.monotonic() - self._asked)

    def close(self) -> None:
        """Wake all followers a last time, and let an unfinished generator clean up."""
        self.wake()
        if isinstance(self._iterator, Generator):
            self._iterator.close()
        self.context, self.job, self._iterator = Context(), None, None  # What came with a request is not remembered.

    def _add(self, part: Part) -> None:
        self._count += 1
        branch = part.get("branch")
        self._newest.pop(branch, None)
        self._newest[branch] = (self._count, part)
        self.wake()

    def wake(self) -> None:
        for follower in tuple(self.followers):
            follower.wake()
