"""The example traces that the page shows before any model is loaded, and the command that records them anew:

    python -m model_utils.recorded

They belong to one revision of the embedded model; a test says when they are stale. Leaves out: where they are shown.
"""

from __future__ import annotations

from pathlib import Path

from .settings import Sampling
from .values import Trace

EXAMPLES = Path(__file__).resolve().parent.parent / "assets" / "examples"

PROMPTS = {
    "fruit": ("好きな果物は", Sampling(temperature=0.0)),
    "coffee": ("I would like a cup of", Sampling(temperature=0.0)),
    "capital": ("The capital of France is", Sampling(temperature=0.0)),
    "weather": ("今日はいい天気なので、", Sampling(temperature=0.8, top_p=0.9, seed=1)),
    "story": ("The old man looked at the sea and", Sampling(temperature=0.8, top_p=0.9, seed=1)),
    "count": ("1, 2, 3,", Sampling(temperature=0.0)),
}
"""What is continued, in the order in which the page offers it."""

TEXTS = {"grape": "好きな果物はぶどう", "chest": "好きな果物はたんす"}
"""What is scored: the lecture's pair."""

NEW_TOKENS = 20


def recorded(name: str) -> Trace:
    """The trace recorded under a key of PROMPTS or TEXTS."""
    return Trace.from_json((EXAMPLES / f"{name}.json").read_bytes())


def record() -> None:
    from . import generate, load, score

    lm = load()
    traces = {name: generate(lm, prompt, NEW_TOKENS, sampling) for name, (prompt, sampling) in PROMPTS.items()}
    traces |= {name: score(lm, text) for name, text in TEXTS.items()}
    for name, trace in traces.items():
        (EXAMPLES / f"{name}.json").write_text(trace.to_json() + "\n", encoding="utf-8")
        print(f"{name}: {trace.text!r}")


if __name__ == "__main__":
    record()
