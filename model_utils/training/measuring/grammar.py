"""Minimal pairs: of two sentences that differ in little, does the model give the good one the higher probability?

A pair is a line of JSON with good, bad and paradigm; BLiMP (Warstadt et al. 2020) has this form, and so have the
Japanese pairs in `pairs/ja.jsonl`, written for this recipe. Leaves out: any reading of a sentence but its logprob.
"""

import json
import lzma
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

from model_utils.training.errors import CorpusError
from model_utils.training.measuring.measure import logprobs

JAPANESE_PAIRS = Path(__file__).resolve().parents[1] / "pairs" / "ja.jsonl"


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence that a speaker of the language accepts, and one that they do not."""

    good: str
    bad: str
    paradigm: str


def read_minimal_pairs(path: Path) -> list[Pair]:
    """The pairs of a file of JSON lines, compressed (`.xz`) or not."""
    opener = lzma.open if path.suffix == ".xz" else open
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        return [Pair(row["good"], row["bad"], row["paradigm"]) for row in rows]
    except (OSError, lzma.LZMAError, EOFError, ValueError, KeyError) as error:
        raise CorpusError(f"{path} is missing or not lines of good, bad and paradigm: {error}.") from error


def accuracies(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, pairs: list[Pair]
) -> tuple[float, dict[str, float]]:
    """The share of pairs whose good sentence is more probable, of all and by paradigm. A tie counts as wrong."""
    scores = logprobs(model, tokenizer, [text for pair in pairs for text in (pair.good, pair.bad)])
    by_paradigm = defaultdict[str, list[bool]](list)
    for pair, good, bad in zip(pairs, scores[::2], scores[1::2], strict=True):
        by_paradigm[pair.paradigm].append(good > bad)
    right = [is_right for paradigm in by_paradigm.values() for is_right in paradigm]
    return sum(right) / len(right), {name: sum(found) / len(found) for name, found in by_paradigm.items()}
