"""`generate` with all its per-step data beside transformers' greedy `model.generate` without, on a GPU, in bfloat16.

Random weights in the shapes of SmolLM2-135M, Qwen3-0.6B and Qwen3-1.7B. A token takes at least one walk over the
weights, so beside each time stands what part of the card's memory bandwidth that walk makes of it; the bandwidth is
measured by a large copy, bytes read and written. Leaves out: loading, and machines without a GPU, where it fails.
"""

from __future__ import annotations

import time
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen3Config, Qwen3ForCausalLM

from model_utils import generate
from model_utils.local.model import LocalLM

from .generation import GREEDY, made_up_tokenizer
from .measure import compare

ENDS = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": 0}
QWEN = {"vocab_size": 151_936, "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8} | ENDS
PROMPT = list(range(1_000, 1_032))


def shapes() -> dict[str, tuple[Any, Any]]:
    small = LlamaConfig(
        vocab_size=49_152,
        hidden_size=576,
        intermediate_size=1_536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        tie_word_embeddings=True,
        **ENDS,
    )
    middle = Qwen3Config(hidden_size=1_024, intermediate_size=3_072, head_dim=128, tie_word_embeddings=True, **QWEN)
    large = Qwen3Config(hidden_size=2_048, intermediate_size=6_144, head_dim=128, tie_word_embeddings=True, **QWEN)
    return {
        "135M": (LlamaForCausalLM, small),
        "0.6B": (Qwen3ForCausalLM, middle),
        "1.7B": (Qwen3ForCausalLM, large),
    }


def on_gpu(runs: int, new_tokens: int) -> dict[str, Any]:
    bandwidth = _bandwidth()
    result: dict[str, Any] = {"card": torch.cuda.get_device_name(), "copied_terabytes_per_second": bandwidth / 1e12}
    for name, (kind, config) in shapes().items():
        found = _beside(kind, config, runs, new_tokens, bandwidth)
        result |= {f"{name} {key}": value for key, value in found.items()}
    result["ratio"] = max(result[f"{name} ratio"] for name in shapes())
    return result


def _beside(kind: Any, config: Any, runs: int, new_tokens: int, bandwidth: float) -> dict[str, Any]:
    torch.manual_seed(0)
    with torch.device("cuda"):
        network = kind(config).bfloat16().eval()
    network.generation_config.eos_token_id = None
    lm = LocalLM(network, made_up_tokenizer(config.vocab_size), kind.__name__)
    lm.end_ids = frozenset()
    ids = torch.tensor([PROMPT], device="cuda")

    def ours() -> list[int]:
        return list(generate(lm, PROMPT, new_tokens, GREEDY).ids)

    def theirs() -> list[int]:
        settings = {"max_new_tokens": new_tokens, "do_sample": False}
        output: list[int] = network.generate(ids, attention_mask=torch.ones_like(ids), **settings)[0].tolist()
        return output

    same = sum(one == other for one, other in zip(ours(), theirs(), strict=True)) - len(PROMPT)
    measured = compare(ours, theirs, runs).summary()
    walked = sum(weight.numel() * weight.element_size() for weight in network.parameters())
    seconds = measured["ours_seconds"] / new_tokens
    return {
        "ours_ms_per_token": round(1e3 * seconds, 3),
        "theirs_ms_per_token": round(1e3 * measured["theirs_seconds"] / new_tokens, 3),
        "ratio": measured["ratio"],
        "of_bandwidth": round(walked / seconds / bandwidth, 3),
        "captured": [each.is_captured for each in lm.decoders.idle] == [True],
        "same_tokens": f"{same} of {new_tokens}",
    }


def _bandwidth() -> float:
    """Bytes read and written by a second of copying, on the device."""
    one = torch.randn(2**29, device="cuda")
    other = torch.empty_like(one)
    best = float("inf")
    for _ in range(5):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        other.copy_(one)
        torch.cuda.synchronize()
        best = min(best, time.perf_counter() - begin)
    return 2 * one.numel() * one.element_size() / best
