"""Decoding and scoring speed of every embedded model, each beside the peer on the same model in the same run."""

from __future__ import annotations

from typing import Any

from model_utils import catalog

from .generation import embedded
from .scoring import beside_minicons


def family(runs: int, new_tokens: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in catalog.embedded():
        decoding, scoring = embedded(name, runs, new_tokens), beside_minicons(name, max(2, runs // 4))
        found[f"{name}: tokens per second"] = round(1_000 / decoding["ours_ms_per_token"])
        found[f"{name}: beside model.generate"] = decoding["ratio"]
        found[f"{name}: sentences per second"] = scoring["sentences_per_second"]
        found[f"{name}: times minicons"] = scoring["times_faster"]
    return found
