"""`generate` with all its per-step data beside transformers' greedy `model.generate` without scores, in float32.

Two models: the embedded one, and one of GPT-2 small's shape with random weights (124 million, vocabulary 50,257).
Both must choose the same tokens, and neither stops at an end of text, so that they go on equally long. Leaves out:
sampling.
"""

from __future__ import annotations

import copy
from itertools import islice, product
from typing import Any

import torch
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from model_utils import LM, Sampling, catalog, generate, load
from model_utils.local.model import LocalLM

from .measure import compare

PROMPTS = ("好きな果物は", "The capital of France is", "今日はいい天気なので、", "The old man looked at the sea and")
GREEDY = Sampling(temperature=0.0)


def embedded(folder: str | None, runs: int, new_tokens: int) -> dict[str, Any]:
    source = catalog.find(folder)
    network = AutoModelForCausalLM.from_pretrained(source.folder, dtype=torch.float32).eval()
    lm = load(folder)
    return {"model": source.name, **_beside(lm, network, [lm.encode(text) for text in PROMPTS], runs, new_tokens)}


def gpt2_shape(runs: int, new_tokens: int) -> dict[str, Any]:
    torch.manual_seed(0)
    network = GPT2LMHeadModel(GPT2Config(bos_token_id=None, eos_token_id=None, pad_token_id=0)).eval()
    lm = LocalLM(copy.deepcopy(network), made_up_tokenizer(network.config.vocab_size), "gpt2-shape")
    prompts = [torch.randint(0, 50_000, (8,)).tolist() for _ in range(2)]
    return {"model": "gpt2-shape", **_beside(lm, network, prompts, runs, new_tokens)}


def _beside(lm: LM, network: Any, prompts: list[list[int]], runs: int, new_tokens: int) -> dict[str, Any]:
    lm.end_ids = frozenset()
    network.generation_config.eos_token_id = None
    settings = {"max_new_tokens": new_tokens, "do_sample": False}

    def ours() -> list[list[int]]:
        return [list(generate(lm, ids, new_tokens, GREEDY).ids) for ids in prompts]

    def theirs() -> list[list[int]]:
        return [
            network.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)), **settings)[0].tolist()
            for ids in prompts
        ]

    same = ours() == theirs()
    made = sum(map(len, ours())) - sum(map(len, prompts))
    result = compare(ours, theirs, runs).summary()
    per_token = {f"{who}_ms_per_token": round(1_000 * result[f"{who}_seconds"] / made, 3) for who in ("ours", "theirs")}
    return {**result, **per_token, "new_tokens": made, "same_tokens": same}


def made_up_tokenizer(size: int) -> PreTrainedTokenizerFast:
    """As many pieces as the model has ids, so that each has bytes and a label to be made."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = ("".join(word) for length in (1, 2, 3) for word in product(letters, repeat=length))
    pieces = list(islice(words, size))
    tokenizer = Tokenizer(models.BPE(vocab={piece: at for at, piece in enumerate(pieces)}, merges=[]))
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)
