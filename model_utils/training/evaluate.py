"""Measure a published model on held-out text, the lecture's example, prompts and speed; the result is plain data.

Leaves out: how a number is measured (`measure`), how it is shown (`card`), and any text the model was trained on.
"""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from model_utils.training import corpus
from model_utils.training.measure import bits_per_byte, greedy_continuation, logprobs, top_candidates

BYTES_PER_SOURCE = 60_000
CANDIDATES = 5
CONTINUATION_TOKENS = 24
DUEL = ("好きな果物はぶどうです。", "好きな果物はたんすです。")
PROMPTS = (
    "The capital of France is",
    "My favorite fruit is",
    "I would like a cup of",
    "It was raining, so he took his",
    "She went to the store to buy",
    "Good morning! How are",
    "Once upon a time, there was a",
    "If you are tired, you should go to",
    "好きな果物は",
    "フランスの首都は",
    "今日は天気が",
    "昨日、友達と映画を",
    "朝ごはんにパンを",
    "雨が降っているので、",
    "私の趣味は",
    "昔々、あるところに",
)


def heldout_sample(folder: Path, name: str, most_bytes: int) -> list[str]:
    """The first held-out documents of source `name`, up to about `most_bytes`; the last one may be cut short."""
    sample: list[str] = []
    for document in corpus.heldout(folder, name):
        if most_bytes <= 0:
            break
        part = document.encode()[:most_bytes].decode(errors="ignore")
        most_bytes -= len(part.encode())
        sample.append(part)
    return sample


def evaluate(model_folder: Path, corpus_folder: Path) -> dict[str, Any]:
    """Everything the model card reports, measured in float32 on the published weights."""
    model = LlamaForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    by_source: dict[str, float] = {}
    by_language: dict[str, list[float]] = {}
    for source in corpus.sources(corpus_folder):
        if sample := heldout_sample(corpus_folder, source.name, BYTES_PER_SOURCE):
            by_source[source.name] = bits_per_byte(model, tokenizer, sample)
            by_language.setdefault(source.language, []).append(by_source[source.name])
    greedy = {prompt: greedy_continuation(model, tokenizer, prompt, CONTINUATION_TOKENS) for prompt in PROMPTS}
    return {
        "parameters": model.num_parameters(),
        "bits_per_byte": by_source,
        "bits_per_byte_by_language": {key: sum(values) / len(values) for key, values in by_language.items()},
        "logprobs": dict(zip(DUEL, logprobs(model, tokenizer, DUEL), strict=True)),
        "candidates": {prompt: top_candidates(model, tokenizer, prompt, CANDIDATES) for prompt in PROMPTS},
        "continuations": {prompt: text for prompt, (text, _) in greedy.items()},
        "tokens_per_second": sorted(speed for _, speed in greedy.values())[len(greedy) // 2],
    }
