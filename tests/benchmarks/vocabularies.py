"""`score` with every step's data beside one forward pass with `log_softmax`, at small and large vocabularies.

Models of Qwen3's shape with few layers and random weights, in float32, both sides in one run. The clock's time is
compared, and the processors', which says the same where other work keeps the machine busy. Leaves out: what a text's
own tokens cost to draw (`generation`), and batches of short texts (`scoring`).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from model_utils import score, score_many
from model_utils.local.model import LocalLM

from .generation import made_up_tokenizer

SIZES = (12_000, 151_936, 262_144)
LAYERS = 4
TOKENS = 300


def large_vocabularies(runs: int) -> dict[str, Any]:
    return {name: value for size in SIZES for name, value in _beside(size, runs).items()}


def _beside(size: int, runs: int) -> dict[str, float]:
    torch.manual_seed(0)
    shape = {"hidden_size": 1024, "intermediate_size": 3072, "head_dim": 128}
    heads = {"num_attention_heads": 16, "num_key_value_heads": 8}
    config = Qwen3Config(vocab_size=size, num_hidden_layers=LAYERS, tie_word_embeddings=True, **shape, **heads)
    network = Qwen3ForCausalLM(config).eval()
    lm = LocalLM(network, made_up_tokenizer(size), "qwen3-shape")
    ids = torch.randint(0, size, (TOKENS,)).tolist()

    def limit() -> object:
        with torch.inference_mode():
            return torch.log_softmax(network(torch.tensor([ids]), use_cache=False).logits, -1)

    sides = {"limit": limit, "tails": lambda: score(lm, ids), "bare": lambda: score_many(lm, [ids])}
    spent = _seconds(sides, runs)
    found = {f"{size}: limit seconds": round(statistics.median(by_clock for by_clock, _ in spent["limit"]), 3)}
    for place, clock in enumerate((" by the clock", "")):
        ours, bare, limits = ([both[place] for both in spent[side]] for side in ("tails", "bare", "limit"))
        found[f"{size}: ratio{clock}"] = _ratio(ours, limits)
        found[f"{size}: ratio without tails{clock}"] = _ratio(bare, limits)
    return found


def _seconds(sides: dict[str, Callable[[], object]], runs: int) -> dict[str, list[tuple[float, float]]]:
    """By the clock and of the processors, run by run in turns; a first run of each warms up."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for number in range(runs + 1):
        for name, run in sides.items():
            begin = time.perf_counter(), time.process_time()
            run()
            if number:
                spent[name].append((time.perf_counter() - begin[0], time.process_time() - begin[1]))
    return spent


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return round(statistics.median(one / other for one, other in zip(ours, theirs, strict=True)), 2)
