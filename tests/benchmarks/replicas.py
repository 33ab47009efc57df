"""Fifty different prompts through one worker of a Ray cluster, and through two: the same client, one after the other.

Of the embedded model, and of one of 94 million parameters with random weights: a token of the first is read in the time
that the client and the web server need for it, one of the second takes a worker, which has one core, ten times as
long. Leaves out: the page.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from model_utils.catalog import DEFAULT

from ..made import save_llama
from ..served import serve_replicas
from .sentences import sentences

PROMPTS = 50
NEW_TOKENS = 20
AT_ONCE = 8
LARGER: dict[str, Any] = {
    "hidden_size": 768,
    "intermediate_size": 2_048,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "max_position_embeddings": 1_024,
    "tie_word_embeddings": True,
}


def replicas() -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        save_llama(Path(folder), **LARGER)
        return _beside("embedded", DEFAULT) | _beside("larger", folder)


def _beside(name: str, model: str) -> dict[str, Any]:
    seconds = {count: _seconds(model, count) for count in (1, 2)}
    return {
        f"{name}_one_worker_seconds": round(seconds[1], 2),
        f"{name}_two_workers_seconds": round(seconds[2], 2),
        f"{name}_times_faster": round(seconds[1] / seconds[2], 2),
    }


def _seconds(model: str, count: int) -> float:
    from model_utils import Sampling, generate, load

    served = serve_replicas(count, model)
    try:
        lm, greedy = load(f"ray:{served.url}"), Sampling(temperature=0.0)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda text: generate(lm, text, 2, greedy), sentences(AT_ONCE, seed=1)))
            begin = time.perf_counter()
            list(pool.map(lambda text: generate(lm, text, NEW_TOKENS, greedy), sentences(PROMPTS)))
            return time.perf_counter() - begin
    finally:
        served.stop()
