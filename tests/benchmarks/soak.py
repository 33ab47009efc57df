"""Ten minutes of mixed use at five requests a second: what stays in memory, and whether anybody went without an answer.

Each is that of a page with no other under way: a run that is pressed anew before its first token ends without one. The
memory at the end is set beside that after five minutes, or after a quarter of a shorter time. `SOAK_SECONDS=3600`
makes it an hour. Leaves out: waiting times.
"""

from __future__ import annotations

import os
import random
import time
import urllib.request
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from ..served import serve_app
from .page import QUIET
from .sentences import sentences
from .visitors import Visitor

SECONDS = float(os.environ.get("SOAK_SECONDS", 600))
A_SECOND = 5
PAGES = 20


def soak() -> dict[str, Any]:
    served = serve_app(**QUIET)
    rng, prompts = random.Random(0), sentences(3_000)
    try:
        guests = [Visitor(served.url) for _ in range(PAGES)]
        guests[0].run("Hello")
        idle: SimpleQueue[Visitor] = SimpleQueue()
        for guest in guests:
            idle.put(guest)
        with ThreadPoolExecutor(PAGES * 2) as pool:
            asked: list[Future[Any]] = []
            begin, early = time.monotonic(), 0.0
            while (now := time.monotonic() - begin) < SECONDS:
                asked.append(pool.submit(_one, idle, rng.choice(prompts), rng.random()))
                if not early and now > min(300.0, SECONDS / 4):
                    early = _memory(served.url)
                time.sleep(max(0.0, begin + len(asked) / A_SECOND - time.monotonic()))
            troubles = Counter(filter(None, map(_trouble, asked)))
        late = _memory(served.url)
    finally:
        served.stop()
    return {
        "seconds": round(SECONDS),
        "requests": len(asked),
        "unanswered": sum(troubles.values()),
        "why": dict(troubles),
        "early_mb": round(early / 1e6),
        "late_mb": round(late / 1e6),
        "growth": round(late / early - 1, 3),
    }


def _trouble(future: Future[Any]) -> str:
    error = future.exception()
    return repr(error)[:80] if error else "" if future.result() else "nothing came"


def _one(idle: SimpleQueue[Visitor], text: str, chance: float) -> Any:
    guest = idle.get()
    try:
        return _ask(guest, text, chance)
    finally:
        idle.put(guest)


def _ask(guest: Visitor, text: str, chance: float) -> Any:
    if chance < 0.6:
        return guest.run(text, 5 + int(chance * 50))
    if chance < 0.8:
        return guest.press("score", text, text.upper(), "", "", "", "", "small", "en")
    return guest.press("answers-run", text, "a / b\nc", "small", "en")


def _memory(url: str) -> float:
    text = urllib.request.urlopen(f"{url}metrics", timeout=10).read().decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return next(sample.value for sample in samples if sample.name == "process_resident_memory_bytes")
