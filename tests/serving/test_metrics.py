"""What Prometheus reads and what the log keeps of jobs: their kinds, ends and times, and nothing of what was typed."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing

import pytest
from prometheus_client.parser import text_string_to_metric_families

from model_utils.errors import EmptyPrompt
from model_utils.serving.job_queue import Desk
from model_utils.serving.metrics import Metrics
from model_utils.views.protocol.jobs import Part, job_of

SECRET = "what somebody typed"


async def ask(desk: Desk, kind: str, fails: bool = False) -> None:
    def compute() -> Part:
        if fails:
            raise EmptyPrompt(model=SECRET)
        return {"shown": SECRET}

    async with aclosing(desk.follow(job_of((kind, SECRET), compute))) as coming:
        async for _ in coming:
            pass


async def asks(desk: Desk) -> None:
    for _ in range(3):
        await ask(desk, "duel")
    with pytest.raises(EmptyPrompt):
        await ask(desk, "run", fails=True)


def test_jobs_are_counted_by_kind_and_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tsuzuki.jobs")
    metrics = Metrics()
    desk = Desk(note=metrics.note)
    metrics.watch(desk)
    asyncio.run(asks(desk))
    text = metrics.text().decode()
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["tsuzuki_jobs_total", "duel", "done"] == 1
    assert found["tsuzuki_shared_total", "duel"] == 2
    assert found["tsuzuki_jobs_total", "run", "failed"] == 1
    assert found["tsuzuki_job_seconds_count", "duel"] == 1
    assert found["tsuzuki_jobs_remembered",] == 1 and found["tsuzuki_jobs_waiting",] == 0
    assert found["process_resident_memory_bytes",] > 0
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert SECRET not in text and SECRET not in logged
    assert [(record.kind, record.outcome) for record in caplog.records] == [("duel", "done"), ("run", "failed")]  # type: ignore[attr-defined]
