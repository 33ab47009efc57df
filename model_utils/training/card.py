"""Write the model card from what was measured: nothing in it is typed by hand but the sentences around the numbers.

Leaves out: measuring (`evaluate`).
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from model_utils.training import corpus
from model_utils.training.evaluate import BYTES_PER_SOURCE, CONTINUATION_TOKENS, DUEL, evaluate
from model_utils.training.export import PUBLISHED_CURVE
from model_utils.training.optimizer import DECAY_SHARE
from model_utils.training.recipe import run_facts

LANGUAGES = {"en": "English", "ja": "Japanese", "en+ja": "English and Japanese"}

FRONT_MATTER = """---
license: cc-by-sa-4.0
language:
- en
- ja
pipeline_tag: text-generation
library_name: transformers
---
"""

INTRODUCTION = """
# Tsuzuki {name}

A small causal language model for English and Japanese, made to be looked into: it is the model that Tsuzuki steps
through when there is no network. It continues text; it was not tuned to follow instructions.

**What it is good for.** Showing tokens, distributions, sampling and scoring on simple modern sentences in two
languages, on any computer.

**What it is not.** A source of facts, advice or finished text. It has {millions:.1f} million parameters and was
trained for {minutes:.0f} minutes on {cores} CPU cores; it loses the thread after a sentence or two, invents, and
repeats the biases of its sources. Some of the training text is chat, written by people in roles or generated; do not
use the model to identify or impersonate anyone.
"""

FIGURES = """
## Size and training

| | |
|---|---|
| architecture | Llama: {layers} layers, hidden {hidden}, {heads} heads, intermediate {intermediate}, tied embeddings |
| parameters | {parameters:,} |
| weights on disk | {megabytes:.1f} MB, bfloat16 safetensors |
| vocabulary | {vocabulary:,} pieces: unigram with byte fallback, readable words of both languages |
| context | {context} tokens |
| optimiser | Muon (matrices) and AdamW (embeddings, norms); linear decay over the last {decay:.0%} of the time |
| steps | {steps:,} |
| tokens seen | {tokens:,} |
| hardware | {cores} CPU cores ({processor}), no GPU |
| time | {minutes:.0f} minutes |
| greedy decoding | {speed:.0f} tokens per second on the same machine, median over the prompts below |

`<|endoftext|>` begins a text, ends it and separates documents, so the first token of a text has a probability.
`<|user|>` and `<|assistant|>` are reserved and untrained. The training curve is in `{curve}`.
"""

DATA = """
## Data

All sources have open licences; the weights are published under CC BY-SA 4.0, with this table as attribution. The weight
says how often each document is in one pass over the mixture. Duplicates were dropped, and so was every sentence that
answers the example below.

"""

HELDOUT = f"""
## Held-out text

Bits per UTF-8 byte (lower is better) on documents that were never trained on, about the first
{BYTES_PER_SOURCE // 1000} kB of each source. A Japanese character is three bytes, so the two languages are not
comparable with each other.

"""

PROMPTS_HEAD = f"""
## Prompts

The five likeliest next tokens, and what temperature 0 writes (at most {CONTINUATION_TOKENS} tokens).

"""


def evaluate_and_describe(corpus_folder: Path, work: Path, out: Path) -> None:
    """Measure the model in `out` and write its card, `README.md`, beside it."""
    results = evaluate(out, corpus_folder)
    text = card(out, results, run_facts(work), corpus.sources(corpus_folder))
    (out / "README.md").write_text(text, encoding="utf-8")


def card(out: Path, results: dict[str, Any], facts: dict[str, Any], sources: list[corpus.Source]) -> str:
    """The model card as Markdown."""
    values = _values(out, results, facts)
    parts = [
        FRONT_MATTER,
        INTRODUCTION.format(**values),
        FIGURES.format(**values),
        _data_section(sources),
        _heldout_section(results, sources),
        _example_section(results),
        _prompt_section(results),
    ]
    return "".join(parts)


def _values(out: Path, results: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    curve = (out / PUBLISHED_CURVE).read_text(encoding="utf-8").splitlines()
    last = json.loads(curve[-1])
    return {
        "name": out.name,
        "layers": config["num_hidden_layers"],
        "hidden": config["hidden_size"],
        "heads": config["num_attention_heads"],
        "intermediate": config["intermediate_size"],
        "context": config["max_position_embeddings"],
        "vocabulary": config["vocab_size"],
        "parameters": results["parameters"],
        "millions": results["parameters"] / 1e6,
        "megabytes": (out / "model.safetensors").stat().st_size / 1e6,
        "steps": last["step"],
        "tokens": last["tokens"],
        "minutes": last["seconds"] / 60,
        "decay": DECAY_SHARE,
        "speed": results["tokens_per_second"],
        "curve": PUBLISHED_CURVE,
    } | {key: facts[key] for key in ("cores", "processor")}


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _language(source: corpus.Source) -> str:
    return LANGUAGES.get(source.language, "not stated")


def _data_section(sources: list[corpus.Source]) -> str:
    rows = [
        (source.title or source.name, _language(source), f"{source.weight:g}", source.home, source.licence)
        for source in sources
        if source.weight
    ]
    return DATA + _table(("source", "language", "weight", "home", "licence"), rows)


def _heldout_section(results: dict[str, Any], sources: list[corpus.Source]) -> str:
    languages = {source.name: _language(source) for source in sources}
    rows = [
        (f"**all {LANGUAGES.get(language, 'others')}** (mean)", "", f"**{value:.3f}**")
        for language, value in results["bits_per_byte_by_language"].items()
    ]
    rows += [(name, languages[name], f"{value:.3f}") for name, value in results["bits_per_byte"].items()]
    return HELDOUT + _table(("source", "language", "bits per byte"), rows)


def _example_section(results: dict[str, Any]) -> str:
    likely, absurd = (results["logprobs"][text] for text in DUEL)
    verdict = "The first is likelier, as it should be." if likely > absurd else "The second is likelier: wrong."
    rows = [(text, f"{value:.2f}") for text, value in results["logprobs"].items()]
    return f"\n## The lecture's example\n\n{verdict}\n\n" + _table(("text", "logprob (nats)"), rows)


def _prompt_section(results: dict[str, Any]) -> str:
    rows = []
    for prompt, candidates in results["candidates"].items():
        best = ", ".join(f"{_code(token)} {probability:.1%}" for token, probability in candidates)
        rows.append((prompt, best, _code(results["continuations"][prompt])))
    return PROMPTS_HEAD + _table(("prompt", "candidates", "temperature 0"), rows)


def _code(text: str) -> str:
    """`text` as Markdown code that stands in a table cell whatever it holds."""
    return "`` " + text.replace("\n", "⏎").replace("|", "\\|") + " ``"
