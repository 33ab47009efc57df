"""Fifty different prompts through one worker of a Ray cluster, and through two: the same client, one after the other.

Leaves out: the page; a model of one's own (`cluster` takes the embedded one).
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ..served import serve_replicas
from .sentences import sentences

ROOT = Path(__file__).resolve().parents[2]
PROMPTS = 50
NEW_TOKENS = 20
AT_ONCE = 8


def replicas() -> dict[str, Any]:
    seconds = {count: _seconds(count) for count in (1, 2)}
    return {
        "one_worker_seconds": round(seconds[1], 2),
        "two_workers_seconds": round(seconds[2], 2),
        "times_faster": round(seconds[1] / seconds[2], 2),
    }


def _seconds(count: int) -> float:
    from model_utils import Sampling, generate, load

    served = serve_replicas(count)
    try:
        lm, greedy = load(f"ray:{served.url}"), Sampling(temperature=0.0)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda text: generate(lm, text, 2, greedy), sentences(AT_ONCE, seed=1)))
            begin = time.perf_counter()
            list(pool.map(lambda text: generate(lm, text, NEW_TOKENS, greedy), sentences(PROMPTS)))
            return time.perf_counter() - begin
    finally:
        served.stop()
