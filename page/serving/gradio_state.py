"""Bounds on Gradio's data of its visitors: events, their answers, and a state for each page.

An event begins once its page follows its answers; events that no page follows are dropped within seconds. The next
event is the one whose page, then address, has the fewest running. Gradio's own queue keeps every answer until it is
fetched, and its state of each page a copy of everything shown.
Leaves out: the functions of events, and the work behind them (`model_utils.serving.job_queue`).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from copy import copy
from typing import Any

import gradio as gr
from gradio.queueing import Event, Queue
from gradio.server_messages import UnexpectedErrorMessage
from gradio.state_holder import SessionState, StateHolder

from model_utils.serving.malloc import give_back
from model_utils.serving.rates import address_of

from .. import state

FOLLOW_SECONDS = 10.0
"""A page follows its answers as soon as it has asked; one that does not by then has gone."""
LOOK_SECONDS = 60.0
"""A page that follows looks for the next answer every ten seconds, and later while a large one is on a slow way."""
LOOP_SECONDS = 0.005
SWEEP_SECONDS = 1.0
CLEAN_SECONDS = 10.0
"""Interval of the sweeps that take longer."""
MOST_EVENTS = 1_000
MOST_OF_A_PAGE = 24
MOST_UNFOLLOWED = 400
"""Pages with events that nobody follows yet: as many as press at once in a full hall."""
MOST_UNFOLLOWED_BYTES = 8 * 10**6
"""Request bytes of these pages; in memory they take some ten times as much."""
MOST_BYTES = 32 * 10**6
"""Unfetched answers of one page; those of all pages may take eight times as much."""
RESERVED = 8
"""Count of running events that a single address cannot take from others."""


class Mailbox(asyncio.Queue[Any]):
    """The answers that a page has not fetched yet."""

    def __init__(self, all_of_them: Mailboxes) -> None:
        super().__init__()
        self._all, self.size, self.is_full = all_of_them, 0, False
        self.made = time.monotonic()
        self.looked = -float("inf")
        self.asked_bytes = 0
        """Request bytes of events since the last fetch."""

    @property
    def is_followed(self) -> bool:
        return time.monotonic() - self.looked < LOOK_SECONDS

    @property
    def is_left(self) -> bool:
        """Whether the page never followed, or no longer does."""
        return not self.is_followed and time.monotonic() - max(self.made, self.looked) > FOLLOW_SECONDS

    async def get(self) -> Any:
        self.looked, self.asked_bytes = time.monotonic(), 0
        return await super().get()

    def empty_out(self) -> None:
        """Drop all answers, also later ones, and leave an error for the page."""
        self._all.grow(self, -self.size)
        self.is_full = True
        while not self.empty():
            super()._get()
        super()._put(UnexpectedErrorMessage(message="Too much was waiting for this page.", success=False))

    def _put(self, item: Any) -> None:
        if not self.is_full:
            super()._put(item)
            self._all.grow(self, _size_of(item))

    def _get(self) -> Any:
        item = super()._get()
        if not self.is_full:
            self._all.grow(self, -_size_of(item))
        return item


class Mailboxes(dict[str, Any]):
    """The mailboxes of all pages, by page."""

    size = 0

    def __setitem__(self, page: str, _: Any) -> None:
        super().__setitem__(page, Mailbox(self))

    def __delitem__(self, page: str) -> None:
        self.pop(page)

    def pop(self, page: str, *default: Any) -> Any:
        box = super().pop(page, *default)
        if isinstance(box, Mailbox):
            self.size -= box.size
            box.size, box.is_full = 0, True
        return box

    def grow(self, box: Mailbox, size: int) -> None:
        box.size += size
        self.size += size
        if box.size > MOST_BYTES:
            box.empty_out()
        while self.size > 8 * MOST_BYTES:
            max(self.values(), key=lambda one: one.size).empty_out()


def _size_of(message: Any) -> int:
    """Bytes that an answer takes, roughly: pictures go out as text."""
    data = (getattr(message, "output", None) or {}).get("data") or ()
    return 500 + sum(map(_text_size, data))


def _text_size(value: Any) -> int:
    """Size of a value, or of its difference from the one before."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_text_size, value.values()))
    return sum(map(_text_size, value)) if isinstance(value, list | tuple) else 8


class BoundedQueue(Queue):
    """Gradio's queue of events, without those of pages that are gone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sleep_when_free = LOOP_SECONDS
        self.boxes = Mailboxes()
        self.pending_messages_per_session = self.boxes  # type: ignore[assignment]

    async def push(self, body: Any, request: Any, username: Any) -> Any:
        page = body.session_hash
        if len(self) >= MOST_EVENTS or len(self._of_page(page)) >= MOST_OF_A_PAGE:
            return False, "Too much is waiting: wait a moment.", "queue_full"
        if (box := self.boxes.get(page)) and box.is_full:
            self.boxes.pop(page)
        result = await super().push(body, request, username)
        if box := self.boxes.get(page):
            box.made = time.monotonic()
            box.asked_bytes += int(request.headers.get("content-length", "0"))
        await self._make_room()
        return result

    def get_events(self) -> Any:
        """The next event, in Gradio's form: a list of one, no batch, and its concurrency id."""
        active = [event for job in self.active_jobs if job for event in job]
        pages = Counter(event.session_hash for event in active)
        addresses = Counter(map(_address, active))
        most = max(1, len(self.active_jobs) - RESERVED)
        waiting = [
            event
            for place in self.event_queue_per_concurrency_id.values()
            if place.concurrency_limit is None or place.current_concurrency < place.concurrency_limit
            for event in place.queue
            if self._is_followed(event) and addresses[_address(event)] < most
        ]
        if not waiting:
            return None
        event = min(waiting, key=lambda one: (pages[one.session_hash], addresses[_address(one)], one.enqueue_time))
        self.event_queue_per_concurrency_id[event.concurrency_id].queue.remove(event)
        return [event], False, event.concurrency_id

    async def sweep(self) -> None:
        """Drop the waiting and running events of pages that are gone, and their answers."""
        for page in [page for page, box in self.boxes.items() if box.is_left]:
            await self.drop(page)

    async def drop(self, page: str) -> None:
        await self.clean_events(session_hash=page)
        for task in tuple(self._asyncio_tasks):
            if task.get_name().partition("<gradio-sep>")[0].rpartition("_")[0] == page:
                task.cancel()
        self.boxes.pop(page, None)
        self.pending_event_ids_session.pop(page, None)

    async def _make_room(self) -> None:
        """Drop unfollowed pages above the bounds, the oldest of the busiest address first: live pages follow sooner."""
        unfollowed = {event.session_hash: event for event in self._waiting() if not self._is_followed(event)}
        asked = sum(self.boxes[page].asked_bytes for page in unfollowed if page in self.boxes)
        while len(unfollowed) > MOST_UNFOLLOWED or (asked > MOST_UNFOLLOWED_BYTES and len(unfollowed) > 1):
            most = Counter(map(_address, unfollowed.values())).most_common(1)[0][0]
            oldest = next(page for page, event in unfollowed.items() if _address(event) == most)
            asked -= self.boxes[oldest].asked_bytes if oldest in self.boxes else 0
            del unfollowed[oldest]
            await self.drop(oldest)

    def _waiting(self) -> Iterable[Event]:
        return (event for place in self.event_queue_per_concurrency_id.values() for event in place.queue)

    def _of_page(self, page: str | None) -> set[str]:
        return self.pending_event_ids_session.get(page or "", set())

    def _is_followed(self, event: Event) -> bool:
        box = self.boxes.get(event.session_hash)
        return box is not None and box.is_followed


def _address(event: Event) -> str:
    return address_of(event.request.scope.get("client"))


class PageState(SessionState):
    """The state of one page, without Gradio's copy of everything shown, which only its own links use."""

    def __init__(self, blocks: gr.Blocks) -> None:
        self.blocks_config = copy(blocks.default_config)
        self.config_values: dict[int, Any] = {}
        self.state_data: dict[int, Any] = {}
        self._state_ttl: dict[int, Any] = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = 3_600

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class PageStates(StateHolder):
    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = PageState(self.blocks)
        return super().__getitem__(session_id)


def bound(blocks: gr.Blocks) -> None:
    """Replace the queue that `blocks.queue` has made with a `BoundedQueue`."""
    was = blocks._queue
    blocks._queue = BoundedQueue(
        live_updates=was.live_updates,
        concurrency_count=was.max_thread_count,
        update_intervals=was.update_intervals,
        max_size=was.max_size,
        blocks=blocks,
        default_concurrency_limit=was.default_concurrency_limit,
    )


@asynccontextmanager
async def keeping(app: Any) -> AsyncIterator[None]:
    """Lifespan of the app: sweeps its state while it is served, and removes uploads at the end."""
    states: Any = PageStates()  # type: ignore[no-untyped-call]
    app.state_holder = states
    states.set_blocks(app.get_blocks())
    sweeper = asyncio.create_task(_sweep(app))
    try:
        yield
    finally:
        sweeper.cancel()
        with suppress(asyncio.CancelledError):
            await sweeper
        state.uploads.close()


async def _sweep(app: Any) -> None:
    cleaned = time.monotonic()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        blocks = app.get_blocks()
        await blocks._queue.sweep()
        if time.monotonic() - cleaned < CLEAN_SECONDS:
            continue
        for block in blocks.blocks.values():
            block.temp_files.clear()
        # Gradio notes every cancelled event, and strikes it off only if the event asks again.
        app.iterators_to_reset.clear()
        await asyncio.to_thread(state.uploads.clear)
        await asyncio.to_thread(give_back)
        cleaned = time.monotonic()
