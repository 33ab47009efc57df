"""The examples that the page shows before any model is loaded, and the command that records them anew:

    python -m model_utils.views.lecture.examples

Traces, and in each language the greedy text beside a more probable one that a beam search finds. They belong to one
revision of the embedded model; a test says when they are stale. Leaves out: where they are shown.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from functools import cache

from ...asset_folder import ASSETS
from ...decoding.beam_search import GREEDY, beam
from ...decoding.beams import Beams
from ...decoding.tracing import generate, score
from ...lm import LM
from ...trace.settings import Sampling
from ...trace.values import Trace
from ..map import side_by_side
from ..protocol.branches import Saved, branches_to_wire, decode_branches

EXAMPLES = ASSETS / "examples"

PROMPTS = {
    "fruit": ("好きな果物は", Sampling(temperature=0.0)),
    "coffee": ("I would like a cup of", Sampling(temperature=0.0)),
    "capital": ("The capital of France is", Sampling(temperature=0.0)),
    "weather": ("今日はいい天気なので、", Sampling(temperature=0.8, top_p=0.9, seed=1)),
    "story": ("The old man looked at the sea and", Sampling(temperature=0.8, top_p=0.9, seed=1)),
    "wish": ("When I grow up, I want to be", Sampling(temperature=0.0)),
}
"""Prompts to continue, in the order of the page."""

TEXTS = {"grape": "好きな果物はぶどう", "chest": "好きな果物はたんす"}
"""What is scored: the lecture's pair."""

NEW_TOKENS = 20

BEAM_PROMPTS = {
    "ja": (
        "駅の前に",
        "私は毎朝",
        "彼女の名前は",
        "昨日、友だちと",
        "どうして",
        "昨日、私は",
        "先生は生徒に",
        "夏休みに家族で",
        "公園で",
    ),
    "en": (
        "It is",
        "I have a",
        "The doctor told me",
        "My mother told me",
        "Can you",
        "We went to",
        "When I was young,",
        "Tom is",
    ),
}
"""Prompts for which greedy may miss the most probable text, in the order in which they are tried."""

BEAM_NAMES = {"ja": ("貪欲法", "ビームサーチ"), "en": ("greedy", "beam search")}
"""Of the two branches, in the words of the page."""

BEAM_LENGTHS = range(10, 4, -1)
"""Counts of new tokens of both texts, tried from the longest until both are whole sentences."""

BEAM_WIDTH = 4
LEAST_GAIN_NATS = 0.3
SENTENCE_ENDS = tuple("。！？.!?")


@cache
def recorded(name: str) -> Trace:
    """The trace recorded under a key of PROMPTS or TEXTS."""
    return Trace.from_json((EXAMPLES / f"{name}.json").read_bytes())


@cache
def recorded_beam(language: str) -> Saved:
    """A greedy text, the more probable one of a beam search, and the search."""
    return decode_branches((EXAMPLES / f"beam_{language}.json").read_bytes())


def find_beam(lm: LM, language: str) -> Saved:
    """The value of `recorded_beam` for the first prompt that passes `is_telling`. Raises LookupError if none does."""
    for prompt in BEAM_PROMPTS[language]:
        for length in BEAM_LENGTHS:
            texts = generate(lm, prompt, length, GREEDY), beam(lm, prompt, BEAM_WIDTH, length)
            if is_telling(*texts):
                return side_by_side(*texts, BEAM_NAMES[language])
    raise LookupError(f"beam search finds no clearly more probable text behind any of {BEAM_PROMPTS[language]}")


def is_telling(greedy: Trace, found: Beams) -> bool:
    """Whether both are whole sentences of equally many tokens, and the beam search's is clearly more probable."""
    return (
        len(greedy.steps) == len(found.steps)
        and found.logprob - greedy.logprob > LEAST_GAIN_NATS
        and all(trace.end == "end_of_text" or trace.text.endswith(SENTENCE_ENDS) for trace in (greedy, found))
    )


def record() -> None:
    from ... import load

    lm = load()
    traces = {name: generate(lm, prompt, NEW_TOKENS, sampling) for name, (prompt, sampling) in PROMPTS.items()}
    traces |= {name: score(lm, text) for name, text in TEXTS.items()}
    for name, trace in traces.items():
        (EXAMPLES / f"{name}.json").write_text(trace.to_json() + "\n", encoding="utf-8")
        print(f"{name}: {trace.text!r}")
    for language in BEAM_PROMPTS:
        saved = find_beam(lm, language)
        text = json.dumps(branches_to_wire(*saved), ensure_ascii=False, separators=(",", ":"))
        (EXAMPLES / f"beam_{language}.json").write_text(text + "\n", encoding="utf-8")
        print(f"beam_{language}: {[branch.trace.text for branch in saved.branches]}")


if __name__ == "__main__":
    ArgumentParser(
        "python -m model_utils.views.lecture.examples", description="Record the examples of the page anew."
    ).parse_args()
    record()
