"""A thousand times what would stop the others, and meanwhile somebody who asks whether the app is there.

For each kind of input: the slowest of a hundred answers of /health while it runs, and the app's memory after it beside
that before. `HOSTILE_TIMES=100` makes it shorter. Leaves out: what each is answered (`tests/serving`).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from ..served import serve_app
from ..serving.inputs import INPUTS, Attacker
from .page import QUIET

TIMES = int(os.environ.get("HOSTILE_TIMES", 1_000))
WARM = 200
AT_ONCE = 8
SETTLE_SECONDS = 15.0


def hostile() -> dict[str, Any]:
    served = serve_app({"TSUZUKI_PUBLIC": "1", "TSUZUKI_MODELS": ""}, "health", **QUIET)
    try:
        attacker = Attacker(served.url)
        attacker.run_to_end("Hello")
        found = {name: _one(served.url, lambda at, send=send: send(attacker, at)) for name, send in INPUTS.items()}
    finally:
        served.stop()
    rows = {f"{name}_{what}": value for name, row in found.items() for what, value in row.items()}
    return {
        "times": TIMES,
        "worst_p99_seconds": max(row["p99_seconds"] for row in found.values()),
        "worst_growth": max(row["growth"] for row in found.values()),
        **rows,
    }


def _one(url: str, send: Callable[[int], object]) -> dict[str, float]:
    _many(send, WARM, 0)
    time.sleep(SETTLE_SECONDS)
    before = _memory(url)
    command = [sys.executable, "-m", "tests.benchmarks.probe", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8") as probe:
        begin = time.monotonic()
        _many(send, TIMES, WARM)
        spent = time.monotonic() - begin
        time.sleep(1)
        waits = json.loads(probe.communicate("")[0])
    time.sleep(SETTLE_SECONDS)
    return {
        "seconds": round(spent, 1),
        "p99_seconds": round(statistics.quantiles(waits, n=100, method="inclusive")[-1], 3),
        "slowest_seconds": round(max(waits), 3),
        "growth": round(_memory(url) / before - 1, 3),
    }


def _many(send: Callable[[int], object], times: int, first: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(send, range(first, first + times)))


def _memory(url: str) -> float:
    text = urllib.request.urlopen(f"{url}metrics", timeout=30).read().decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return next(sample.value for sample in samples if sample.name == "process_resident_memory_bytes")
