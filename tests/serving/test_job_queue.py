"""Jobs at the desk: shared while they run and afterwards, in turns, ended when nobody follows, and never too many."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from contextvars import copy_context
from typing import Any

import pytest

from model_utils import generate, score_many
from model_utils.decoding import tracing
from model_utils.decoding.answers import answer_probabilities
from model_utils.decoding.cancellation import Left, go_on, watch
from model_utils.decoding.comparison import read_with
from model_utils.errors import Busy, EmptyPrompt, Ending
from model_utils.serving import job_queue as desk_module
from model_utils.serving.job_queue import Came, Desk
from model_utils.views.protocol.jobs import Job, Part, job_of
from tests.fakes import FakeLM

PATIENCE = 5.0


class Counting:
    """A job of so many parts, which notes what becomes of it; with a `gate`, each part waits to be let through."""

    def __init__(self, key: str, parts: int, gate: threading.Semaphore | None = None, seconds: float = 0.0) -> None:
        self.made, self.given, self.is_closed = 0, 0, threading.Event()
        self.began = self.ended = 0.0
        self.job = Job((key,), self.make)
        self._parts, self._gate, self._seconds = parts, gate, seconds

    def make(self) -> Iterator[Part | None]:
        self.made += 1
        self.began = time.monotonic()
        try:
            for number in range(self._parts):
                if self._gate:
                    assert self._gate.acquire(timeout=PATIENCE)
                time.sleep(self._seconds)
                self.given += 1
                yield {"branch": "b", "number": number}
        finally:
            self.ended = time.monotonic()
            self.is_closed.set()


async def parts_of(desk: Desk, job: Job) -> list[Part]:
    async with aclosing(desk.follow(job)) as coming:
        return [part async for came in coming for part in came.parts]


async def next_part(coming: AsyncGenerator[Came]) -> Part:
    parts: list[Part] = []
    while not parts:
        parts = (await anext(coming)).parts
    (part,) = parts
    return part


async def soon(is_so: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def test_all_who_ask_for_the_same_get_it_and_it_is_computed_once() -> None:
    async def ask() -> list[list[Part]]:
        desk, work = Desk(), Counting("a", 20)
        found = await asyncio.gather(*(parts_of(desk, work.job) for _ in range(200)))
        found.append(await parts_of(desk, work.job))
        assert work.made == 1 and work.given == 20
        return found

    assert all(parts[-1]["number"] == 19 for parts in asyncio.run(ask()))


def test_who_comes_later_is_given_the_newest_part_of_every_branch() -> None:
    def make() -> Iterator[Part | None]:
        for number in range(3):
            yield {"branch": "one", "number": number}
        yield {"branch": "two", "number": 0}
        yield None

    async def ask() -> tuple[list[Part], list[Part]]:
        desk = Desk()
        return await parts_of(desk, Job(("a",), make)), await parts_of(desk, Job(("a",), make))

    first, later = asyncio.run(ask())
    assert later == [{"branch": "one", "number": 2}, {"branch": "two", "number": 0}]
    assert first[-1] == later[-1] and later[0] in first


def test_a_short_job_is_over_long_before_the_long_ones_that_came_first() -> None:
    async def ask() -> None:
        desk = Desk(at_once=4)
        long = [Counting(f"long {number}", 150, seconds=0.01) for number in range(3)]
        short = Counting("short", 3, seconds=0.01)
        waiting = [asyncio.create_task(parts_of(desk, work.job)) for work in long]
        await soon(lambda: all(work.given for work in long))
        await parts_of(desk, short.job)
        assert all(work.given < 150 for work in long)
        await asyncio.gather(*waiting)
        # The long ones took turns, too: the last one began when the first had hardly begun.
        assert long[2].began < long[0].ended

    asyncio.run(ask())


def test_those_who_wait_are_told_how_many_are_before_them() -> None:
    async def ask() -> None:
        gate = threading.Semaphore(0)
        desk = Desk(at_once=1)
        first, *others = [Counting(str(number), 1, gate) for number in range(3)]
        begun = asyncio.create_task(parts_of(desk, first.job))
        await soon(lambda: first.made)
        told = []
        for work in others:
            coming = desk.follow(work.job)
            told.append((await anext(coming)).ahead)
            asyncio.create_task(anext(coming))  # noqa: RUF006
        assert told == [1, 2]
        assert desk.counts == {"waiting": 2, "begun": 1, "remembered": 0}
        for _ in range(3):
            gate.release()
        await begun

    asyncio.run(ask())


def test_a_job_that_nobody_follows_any_more_ends_within_a_part() -> None:
    async def ask() -> None:
        gate = threading.Semaphore(0)
        desk, work = Desk(), Counting("a", 1_000, gate)
        one, other = desk.follow(work.job), desk.follow(work.job)
        gate.release()
        assert await next_part(one) == await next_part(other) == {"branch": "b", "number": 0}
        await one.aclose()
        gate.release()
        assert await next_part(other) == {"branch": "b", "number": 1}
        await other.aclose()
        gate.release(5)
        await soon(work.is_closed.is_set)
        assert work.given <= 4
        # Asked for again, it begins anew: half a job is not remembered.
        again = desk.follow(work.job)
        gate.release()
        await next_part(again)
        assert work.made == 2
        await again.aclose()
        gate.release(5)

    asyncio.run(ask())


def test_who_leaves_the_line_never_begins() -> None:
    async def ask() -> None:
        gate = threading.Semaphore(0)
        desk = Desk(at_once=1)
        first, second = Counting("1", 1, gate), Counting("2", 1)
        begun = asyncio.create_task(parts_of(desk, first.job))
        await soon(lambda: first.made)
        coming = desk.follow(second.job)
        assert (await anext(coming)).ahead == 1
        await coming.aclose()
        assert desk.counts["waiting"] == 0
        gate.release()
        await begun
        assert second.made == 0

    asyncio.run(ask())


def test_an_error_reaches_all_and_is_not_remembered() -> None:
    tries = []
    all_here = threading.Event()

    def make() -> Iterator[Part | None]:
        tries.append(1)
        yield {"number": 0}
        assert all_here.wait(PATIENCE)
        raise EmptyPrompt(model="fake")

    async def ask() -> None:
        desk = Desk()
        asked = [asyncio.create_task(parts_of(desk, Job(("a",), make))) for _ in range(3)]
        await asyncio.sleep(0)
        all_here.set()
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(error) for error in found] == [EmptyPrompt] * 3
        with pytest.raises(EmptyPrompt):
            await parts_of(desk, Job(("a",), make))
        assert len(tries) == 2

    asyncio.run(ask())


def test_more_than_can_wait_are_turned_away_and_the_others_are_served() -> None:
    async def ask() -> None:
        gate = threading.Semaphore(0)
        desk = Desk(at_once=1, most_waiting=2)
        works = [Counting(str(number), 1, gate) for number in range(4)]
        asked = [asyncio.create_task(parts_of(desk, works[0].job))]
        await soon(lambda: works[0].made)
        asked += [asyncio.create_task(parts_of(desk, work.job)) for work in works[1:3]]
        await soon(lambda: desk.counts["waiting"] == 2)
        with pytest.raises(Busy):
            await parts_of(desk, works[3].job)
        gate.release(3)
        assert [len(parts) for parts in await asyncio.gather(*asked)] == [1, 1, 1]

    asyncio.run(ask())


def test_what_is_remembered_is_bounded_and_the_oldest_goes() -> None:
    async def ask() -> None:
        desk = Desk(remembered_bytes=100)
        works = [Counting(str(number), 1) for number in range(5)]
        for work in works:
            await parts_of(desk, work.job)
        await soon(lambda: desk.counts["begun"] == 0)
        assert 0 < desk.counts["remembered"] < 5
        await parts_of(desk, works[-1].job)
        await parts_of(desk, works[0].job)
        assert [works[0].made, works[-1].made] == [2, 1]

    asyncio.run(ask())


def visitors(*names: str) -> Callable[[], str]:
    """Who asks, one after the other."""
    coming = iter(names)
    return lambda: next(coming)


def test_no_visitor_has_all_that_can_be_begun_or_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "MOST_OF_ONE", 2)

    async def ask() -> None:
        gate = threading.Semaphore(0)
        desk = Desk(at_once=4, whose=visitors(*["greedy"] * 4, "other", "greedy"))
        works = [Counting(str(number), 1, gate) for number in range(6)]
        asked = []
        for number, work in enumerate(works[:4]):
            asked.append(asyncio.create_task(parts_of(desk, work.job)))
            await soon(lambda at=number: sum(desk.counts.values()) > at)
        await soon(lambda: (desk.counts["begun"] == 2 and desk.counts["waiting"] == 2) or desk.counts["waiting"] == 3)
        asked.append(asyncio.create_task(parts_of(desk, works[4].job)))
        await soon(lambda: works[4].made)
        assert sum(work.made for work in works[:4]) == 2, "two of four are left to others"
        with pytest.raises(Busy):
            await parts_of(desk, works[5].job)
        gate.release(20)
        await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(ask())


def test_work_of_one_part_is_left_within_a_pass() -> None:
    async def ask() -> None:
        passes, ended = [], threading.Event()

        def compute() -> Part:
            try:
                while True:
                    passes.append(1)
                    time.sleep(0.01)
                    go_on()
            finally:
                ended.set()

        desk = Desk()
        coming = desk.follow(job_of(("one part",), compute))
        await anext(coming)
        await soon(lambda: len(passes) > 3)
        await coming.aclose()
        before = len(passes)
        await soon(ended.is_set)
        assert len(passes) - before <= 3
        await soon(lambda: desk.counts == {"waiting": 0, "begun": 0, "remembered": 0})

    asyncio.run(ask())


@pytest.mark.parametrize("view", ["answers", "duel", "side", "run"])
def test_every_kind_of_work_asks_between_passes_whether_somebody_waits(
    view: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "BATCH_LOGITS", 1)

    lm = FakeLM()
    work: dict[str, Callable[[], object]] = {
        "answers": lambda: answer_probabilities(lm, "好きな", [["xxxx", "なな", "x な"], ["好き"]]),
        "duel": lambda: score_many(lm, ["好きな", "x"] * 4),
        "side": lambda: read_with(lm, "好きな", 20),
        "run": lambda: generate(lm, "好きな", 20),
    }

    def begin() -> None:
        watch(lambda: not lm.passes)
        with pytest.raises(Left):
            work[view]()

    copy_context().run(begin)


def test_a_job_is_kept_without_what_it_was_asked_with() -> None:
    async def ask() -> None:
        desk, size = Desk(), 2_000_000
        for number in range(20):
            await parts_of(desk, Job(("long", f"{number}" + "x" * size), lambda: iter([{"branch": "b"}])))
        await soon(lambda: desk.counts["remembered"] == 20)
        gc.collect()
        assert not [each for each in gc.get_objects() if type(each) is Job and len(each.key[-1]) > size]

    asyncio.run(ask())


def test_what_waits_is_bounded_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "WAITING_BYTES", 5_000)

    async def ask() -> None:
        gate = threading.Semaphore(0)
        desk = Desk(at_once=1)
        works = [Counting(f"{number}" + "x" * 2_000, 1, gate) for number in range(3)]
        asked = [asyncio.create_task(parts_of(desk, work.job)) for work in works[:2]]
        await soon(lambda: desk.counts["waiting"] == 1)
        with pytest.raises(Busy):
            await parts_of(desk, works[2].job)
        gate.release(3)
        await asyncio.gather(*asked)

    asyncio.run(ask())


def test_many_small_jobs_are_remembered_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "MOST_REMEMBERED", 10)

    async def ask() -> None:
        desk = Desk()
        for number in range(30):
            await parts_of(desk, Counting(str(number), 1).job)
        await soon(lambda: desk.counts["begun"] == 0)
        assert desk.counts["remembered"] == 10

    asyncio.run(ask())


def test_at_the_end_all_are_told_and_nobody_begins() -> None:
    async def ask() -> None:
        gate = threading.Semaphore(0)
        desk, work = Desk(), Counting("a", 100, gate)
        gate.release()
        coming = desk.follow(work.job)
        await next_part(coming)
        desk.close()
        with pytest.raises(Ending):
            async for _ in coming:
                pass
        with pytest.raises(Ending):
            await parts_of(desk, Counting("b", 1).job)
        gate.release(100)
        await soon(work.is_closed.is_set)
        assert work.given < 100

    asyncio.run(ask())
