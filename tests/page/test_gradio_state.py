"""What Gradio keeps of visitors: nothing for nobody, so much for each, and a turn for everybody."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from page.serving import gradio_state
from page.serving.gradio_state import BoundedQueue, Mailbox, Mailboxes, PageState, PageStates, bound

LARGE = "x" * 1_000


def message(text: str = LARGE) -> Any:
    return SimpleNamespace(output={"data": [text]}, event_id=None)


def test_answers_are_counted_until_they_are_fetched() -> None:
    async def fetch() -> None:
        boxes = Mailboxes()
        boxes["a"] = asyncio.Queue()
        for _ in range(3):
            boxes["a"].put_nowait(message())
        assert 3_000 < boxes.size < 6_000
        await boxes["a"].get()
        del boxes["a"]
        assert boxes.size == 0

    asyncio.run(fetch())


def test_a_page_that_fetches_nothing_loses_its_answers_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradio_state, "MOST_BYTES", 10_000)

    async def fill() -> None:
        boxes = Mailboxes()
        boxes["a"] = boxes["b"] = None
        boxes["b"].put_nowait(message("kept"))
        for _ in range(50):
            boxes["a"].put_nowait(message())
        assert boxes["a"].qsize() == 1 and boxes.size < 2_000
        assert "Too much" in (await boxes["a"].get()).message
        assert (await boxes["b"].get()).output["data"] == ["kept"]
        assert boxes.size == 0

    asyncio.run(fill())


def test_all_pages_together_have_a_bound_and_the_largest_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradio_state, "MOST_BYTES", 10_000)

    async def fill() -> None:
        boxes = Mailboxes()
        boxes["mine"] = None
        boxes["mine"].put_nowait(message("kept"))
        for at in range(40):
            boxes[str(at)] = None
            for _ in range(5):
                boxes[str(at)].put_nowait(message())
        assert boxes.size <= 80_000
        assert boxes["mine"].qsize() == 1 and not boxes["mine"].is_full

    asyncio.run(fill())


class Page:
    """A queue with one event, that answers `LARGE`, and whoever asks for it."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        with gr.Blocks(analytics_enabled=False) as blocks:
            out = gr.Textbox()

            async def answer(request: gr.Request) -> AsyncIterator[str]:
                self.begun.append(str(request.session_hash))
                yield LARGE
                await asyncio.sleep(0.05)
                yield LARGE * 2

            gr.Button().click(answer, None, out)
        self.blocks = blocks.queue(default_concurrency_limit=None)
        bound(self.blocks)
        self.queue: Any = self.blocks._queue
        assert isinstance(self.queue, BoundedQueue)
        self.queue.set_server_app(self.blocks.app)
        states: Any = PageStates()
        states.set_blocks(self.blocks)
        self.blocks.app.state_holder = states

    async def ask(self, page: str, address: str = "10.0.0.1", length: int = 100) -> bool:
        from gradio.data_classes import PredictBodyInternal
        from starlette.requests import Request

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/gradio_api/queue/join",
            "query_string": b"",
            "scheme": "http",
        }
        scope |= {
            "headers": [(b"host", b"a"), (b"content-length", str(length).encode())],
            "client": (address, 1),
            "server": ("a", 80),
            "root_path": "",
        }
        request = Request(scope)
        body = PredictBodyInternal(session_hash=page, data=[], fn_index=0, request=request)
        found: tuple[bool, Any, Any] = await self.queue.push(body, request, None)
        return found[0]

    async def follow(self, page: str) -> list[Any]:
        found = []
        while not found or found[-1].msg != "process_completed":
            found.append(await asyncio.wait_for(self.queue.pending_messages_per_session[page].get(), 10))
        return found


def on_a_page(act: Callable[[Page], Awaitable[None]]) -> None:
    async def run() -> None:
        page = Page()
        page.blocks.run_startup_events()
        try:
            await act(page)
        finally:
            page.queue.close()
            await asyncio.sleep(0.05)

    asyncio.run(run())


def test_an_event_begins_when_its_page_is_followed_and_not_before() -> None:
    async def act(page: Page) -> None:
        assert await page.ask("a")
        await asyncio.sleep(0.2)
        assert page.begun == []
        assert (await page.follow("a"))[-1].success and page.begun == ["a"]

    on_a_page(act)


def test_what_nobody_follows_is_dropped_and_nothing_of_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradio_state, "FOLLOW_SECONDS", 0.1)

    async def act(page: Page) -> None:
        for at in range(20):
            assert await page.ask(f"p{at}")
        mine = asyncio.create_task(page.follow("p3"))
        await asyncio.sleep(0.3)
        await page.queue.sweep()
        assert (await mine)[-1].success and page.begun == ["p3"]
        assert list(page.queue.boxes) == ["p3"] and len(page.queue) == 0
        assert not page.queue.event_ids_to_events and set(page.queue.pending_event_ids_session) <= {"p3"}

    on_a_page(act)


def test_a_page_with_a_name_like_anothers_is_dropped_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(page: Page) -> None:
        for name in ("a", "a_0", "a_0_0"):
            await page.ask(name)
        mine = asyncio.create_task(page.follow("a_0_0"))
        while not page.begun:
            await asyncio.sleep(0.005)
        await page.queue.drop("a")
        await page.queue.drop("a_0")
        assert (await mine)[-1].success

    on_a_page(act)


def test_one_page_and_all_of_them_have_so_many_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradio_state, "MOST_OF_A_PAGE", 3)
    monkeypatch.setattr(gradio_state, "MOST_UNFOLLOWED", 10)

    async def act(page: Page) -> None:
        assert [await page.ask("a") for _ in range(5)] == [True, True, True, False, False]
        assert await page.ask("of another", "10.0.0.2")
        for at in range(30):
            await page.ask(f"b{at}")
        assert len(page.queue.boxes) <= 11 and "of another" in page.queue.boxes

    on_a_page(act)


def test_what_is_asked_with_is_bounded_until_somebody_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradio_state, "MOST_UNFOLLOWED_BYTES", 5_000)

    async def act(page: Page) -> None:
        for at in range(20):
            await page.ask(f"p{at}", length=1_000)
        assert list(page.queue.boxes) == [f"p{at}" for at in range(15, 20)]

    on_a_page(act)


def test_of_those_who_wait_the_page_with_least_under_way_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(page: Page) -> None:
        monkeypatch.setattr(page.queue, "sleep_when_free", 60.0)
        await asyncio.sleep(0.01)
        for at in range(12):
            await page.ask("greedy" if at < 6 else f"g{at}", "10.0.0.1")
        await page.ask("other", "10.0.0.2")
        for box in page.queue.boxes.values():
            box.looked = time.monotonic()
        page.queue.active_jobs = [None] * 12
        began = []
        while found := page.queue.get_events():
            (event,) = found[0]
            page.queue.active_jobs[page.queue.active_jobs.index(None)] = [event]
            began.append(event.session_hash)
        assert began.index("other") <= 1
        assert len(began) == 12 - gradio_state.RESERVED + 1, "some are left to other addresses"
        assert began.count("greedy") == 1

    on_a_page(act)


def test_the_state_of_a_page_holds_nothing_of_what_it_shows() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        box, number = gr.Textbox(), gr.State(3)
    state = PageState(blocks)
    state._update_value_in_config(box._id, LARGE)
    state[box._id] = gr.Textbox(value=LARGE, render=False)
    state[number._id] = 4
    assert state[number._id] == 4 and state.config_values == {}
    assert LARGE not in json.dumps(list(state.components))


def test_a_mailbox_is_left_when_nobody_has_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradio_state, "FOLLOW_SECONDS", 0.05)
    monkeypatch.setattr(gradio_state, "LOOK_SECONDS", 0.1)

    async def look() -> None:
        box = Mailbox(Mailboxes())
        assert not box.is_left and not box.is_followed
        await asyncio.sleep(0.07)
        assert box.is_left
        box.put_nowait(message())
        await box.get()
        assert box.is_followed and not box.is_left
        await asyncio.sleep(0.12)
        assert box.is_left

    asyncio.run(look())
