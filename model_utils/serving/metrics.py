"""Metrics of a running app, in the format of Prometheus, and one log line per job.

Neither says what anybody typed. Leaves out: serving them.
"""

from __future__ import annotations

import logging
from functools import partial

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    GC_COLLECTOR,
    PLATFORM_COLLECTOR,
    PROCESS_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from .job_queue import Desk, Outcome

SECONDS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100)

log = logging.getLogger("tsuzuki.jobs")


class Metrics:
    """Counts the jobs of a desk. `note` is what the desk calls at the end of each."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (PROCESS_COLLECTOR, PLATFORM_COLLECTOR, GC_COLLECTOR):
            self.registry.register(collector)
        self._jobs = Counter("tsuzuki_jobs", "Jobs that ended", ["kind", "outcome"], registry=self.registry)
        self._seconds = Histogram(
            "tsuzuki_job_seconds", "From asking to the end", ["kind"], buckets=SECONDS, registry=self.registry
        )
        self._joined = Counter("tsuzuki_shared", "Times a job was there already", ["kind"], registry=self.registry)

    def note(self, kind: str, outcome: Outcome, seconds: float) -> None:
        """A job ended, or (`shared`) somebody asked for one that was there."""
        if outcome == "shared":
            self._joined.labels(kind).inc()
            return
        self._jobs.labels(kind, outcome).inc()
        self._seconds.labels(kind).observe(seconds)
        log.info("job ended", extra={"kind": kind, "outcome": outcome, "seconds": round(seconds, 3)})

    def watch(self, desk: Desk) -> None:
        """Show how many jobs of this desk wait, are begun, and are remembered."""
        for name in desk.counts:
            gauge = Gauge(f"tsuzuki_jobs_{name}", f"Jobs that are {name}", registry=self.registry)
            gauge.set_function(partial(_count, desk, name))

    def text(self) -> bytes:
        return generate_latest(self.registry)


def _count(desk: Desk, name: str) -> float:
    return desk.counts[name]
