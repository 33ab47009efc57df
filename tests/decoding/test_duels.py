"""A hundred duels: the same log-ratio as transformers' own scores of both texts, one by one."""

from __future__ import annotations

import random

import pytest
import torch
from transformers import AutoModelForCausalLM

from model_utils import load, score_many
from tests.fakes import AWKWARD_TEXTS, PAGE
from tests.models import FolderOf

PAIRS = 100
NATS = 1e-4


def texts(count: int) -> list[str]:
    """Pieces of the page and of the awkward texts, of all lengths."""
    random_ = random.Random(9)
    pool = [*PAGE, *AWKWARD_TEXTS.values()]
    found = []
    while len(found) < count:
        text = random_.choice(pool) + random_.choice(pool)
        start = random_.randrange(len(text))
        found.append(text[start : start + random_.randrange(2, 40)] + random_.choice(["", "。", " x", "ぶどう"]))
    return found


@pytest.mark.parametrize(("architecture", "tokenizer"), [("llama", "unigram-bos"), ("gpt2", "byte-level-bpe")])
def test_the_log_ratio_is_that_of_transformers(folder_of: FolderOf, architecture: str, tokenizer: str) -> None:
    folder = folder_of(architecture, tokenizer)
    lm, network = load(str(folder)), AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def expected(ids: tuple[int, ...]) -> float:
        sequence = torch.tensor([ids])
        with torch.inference_mode():
            logits = network(sequence).logits
        rows = tuple(logits[:, at] for at in range(len(ids) - 1))
        if not rows:
            return 0.0
        return float(network.compute_transition_scores(sequence, rows, normalize_logits=True).double().sum())

    sides = texts(2 * PAIRS)
    for a, b in zip(sides[::2], sides[1::2], strict=True):
        one, other = score_many(lm, [a, b])
        ratio = expected(one.ids) - expected(other.ids)
        assert one.logprob - other.logprob == pytest.approx(ratio, abs=NATS)
