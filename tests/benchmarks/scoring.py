"""`score_many` on 500 short sentences beside minicons' `IncrementalLMScorer.sequence_score` at its best batch size.

Same model in float32, same run, and the scores must agree. `score_many` also keeps 50 candidates, ranks and entropy of
every step, which minicons does not compute.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

import torch
from minicons.scorer import IncrementalLMScorer
from transformers import AutoModelForCausalLM, AutoTokenizer

from model_utils import catalog, load, score_many

from .measure import compare, seconds
from .sentences import sentences

BATCH_SIZES = (1, 5, 10, 25, 50, 100, 250)


def beside_minicons(folder: str | None, runs: int, count: int = 500) -> dict[str, Any]:
    source = catalog.find(folder)
    network = AutoModelForCausalLM.from_pretrained(source.folder, dtype=torch.float32).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scorer = IncrementalLMScorer(network, "cpu", tokenizer=AutoTokenizer.from_pretrained(source.folder))
    logging.getLogger("transformers").setLevel(logging.ERROR)
    lm, texts = load(folder), sentences(count)

    def theirs(size: int) -> list[float]:
        parts = [texts[begin : begin + size] for begin in range(0, len(texts), size)]
        return [nats for part in parts for nats in scorer.sequence_score(part, reduction=lambda row: row.sum().item())]

    def ours() -> list[float]:
        return [trace.logprob for trace in score_many(lm, texts)]

    theirs(25)
    sweep = {size: min(seconds(lambda size=size: theirs(size)) for _ in range(2)) for size in BATCH_SIZES}
    # The two best sizes are often within noise of each other: the one that does better in turns with ours counts.
    pairs = {
        size: compare(ours, lambda size=size: theirs(size), runs).summary()
        for size in sorted(sweep, key=lambda size: sweep[size])[:2]
    }
    best = max(pairs, key=lambda size: pairs[size]["ratio"])
    result = pairs[best]
    difference = max(abs(a - b) for a, b in zip(ours(), theirs(best), strict=True))
    return {
        "model": source.name,
        **result,
        "times_faster": round(1 / result["ratio"], 2),
        "sentences_per_second": round(count / result["ours_seconds"]),
        "minicons_best_batch": best,
        "minicons_sentences_per_second": {size: round(count / took) for size, took in sweep.items()},
        "largest_difference_nats": difference,
        "longest_text_tokens": max(len(lm.encode(text)) for text in texts),
    }
