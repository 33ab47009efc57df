"""`beam` with its search and all data of its best text beside transformers' `model.generate(num_beams=…)`, in float32.

Both must find the same sequences, and neither stops at an end of text, so that they go on equally long. The peer is
timed without its scores, which it computes once more to compare them.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoModelForCausalLM

from model_utils import beam, catalog, load

from .generation import PROMPTS
from .measure import compare


def beside_beam_search(folder: str | None, width: int, runs: int, new_tokens: int) -> dict[str, Any]:
    source = catalog.find(folder)
    network = AutoModelForCausalLM.from_pretrained(source.folder, dtype=torch.float32).eval()
    network.generation_config.eos_token_id = None
    lm = load(folder)
    lm.end_ids = frozenset()
    prompts = [lm.encode(text) for text in PROMPTS]
    settings = {"num_beams": width, "num_return_sequences": width, "max_new_tokens": new_tokens, "do_sample": False}

    def ours() -> list[Any]:
        return [beam(lm, ids, width, new_tokens) for ids in prompts]

    def theirs(**more: Any) -> list[Any]:
        return [
            network.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)), **settings, **more)
            for ids in prompts
        ]

    pairs = list(zip(ours(), theirs(return_dict_in_generate=True, output_scores=True), prompts, strict=True))
    same = all(
        [[*ids, *one.ids] for one in found.sequences] == output.sequences.tolist() for found, output, ids in pairs
    )
    differences = [
        abs(one.score - expected)
        for found, output, _ in pairs
        for one, expected in zip(found.sequences, output.sequences_scores.tolist(), strict=True)
    ]
    result = compare(ours, theirs, runs).summary()
    steps = new_tokens * len(prompts)
    per_step = {f"{who}_ms_per_step": round(1_000 * result[f"{who}_seconds"] / steps, 3) for who in ("ours", "theirs")}
    return {
        "model": source.name,
        **result,
        **per_step,
        "steps": steps,
        "same_sequences": same,
        "largest_score_difference": max(differences),
    }
