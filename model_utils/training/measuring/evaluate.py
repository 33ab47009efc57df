"""Measure the published family: held-out text beside its references, minimal pairs, prompts, the lecture's example.

The result is plain data, written as JSON beside the models. Leaves out: how a number is measured (`measure`,
`compressor`, `ngram`, `grammar`, `abilities`, `answers`), how it is shown (`card`), and any text trained on.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerBase

from model_utils.training.errors import TrainingError
from model_utils.training.learning import hardware
from model_utils.training.learning.model import SIZES
from model_utils.training.measuring import abilities, answers, grammar
from model_utils.training.measuring.compressor import PRIMER_BYTES, PrimedCompressor
from model_utils.training.measuring.measure import (
    bits_per_byte,
    end_probability,
    greedy_continuation,
    logprobs,
    top_candidates,
)
from model_utils.training.measuring.ngram import SEPARATOR_ID, KneserNey
from model_utils.training.measuring.prompts import PROMPTS
from model_utils.training.text import corpus
from model_utils.training.text.packing import DTYPE

RESULTS_NAME = "evaluation.json"
BYTES_PER_SOURCE = 60_000
CANDIDATES = 5
CONTINUATION_TOKENS = 24
DUEL = ("好きな果物はぶどうです。", "好きな果物はたんすです。")
SENTENCES = 100
ONE_SENTENCE = re.compile(r"(?P<ja>[^。\n]+。)|[^.。\n]+\.")
XZ, NGRAM = "xz -9", "5-gram"


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


def published(models: Path) -> list[str]:
    """The names of the family's models that lie in `models`: the sizes in order, then the instruction-tuned ones."""
    names = [*SIZES, *(f"{size}-instruct" for size in SIZES)]
    return [name for name in names if (models / name / "config.json").exists()]


def evaluate(
    models: Path, folder: Path, tokens: Path, blimp: Path | None, seed: int = 0, thin: int = 1
) -> dict[str, Any]:
    """Everything the cards report, and `RESULTS_NAME` in `models` with the same content.

    `tokens` is the packed training text that the n-gram model counts; `blimp` the published pairs, if they are at hand;
    of the questions about abilities every `thin`th is asked.
    """
    texts = {
        source.name: sample
        for source in corpus.sources(folder)
        if (sample := heldout_sample(folder, source.name, BYTES_PER_SOURCE))
    }
    names = published(models)
    if not names:
        raise TrainingError(f"{models} holds no model of the family yet: train one first.")
    before = known(models / RESULTS_NAME, texts)
    references = before.get("references", {})
    if not references:
        # First, while nothing has started threads: the compressor forks.
        references = {XZ: by_xz(texts, corpus.mixture(folder, seed))}
        tokenizer = AutoTokenizer.from_pretrained(models / names[0])
        references[NGRAM] = by_ngram(texts, tokenizer, np.memmap(tokens, DTYPE, "r"))
    pairs = {"ja": grammar.read_minimal_pairs(grammar.JAPANESE_PAIRS)}
    if blimp and blimp.exists():
        pairs["en"] = grammar.read_minimal_pairs(blimp)
    # Sentences alone are what a base model reads; one that was tuned to converse is asked questions instead.
    tuned = [name for name in names if name.endswith("-instruct")]
    found = {name: measured(models / name, texts, {} if name in tuned else pairs, thin) for name in names}
    for name in tuned:
        asked = answers.lecture_questions() + answers.questions(folder)
        for each in (name, name.removesuffix("-instruct")):
            found[each]["answers"] = answered(models / each, asked)
    for name, one in before.get("models", {}).items():
        if name in found:
            found[name]["held_to"] = one.get("held_to", one["bits_per_byte"])
    results = {"hardware": hardware.facts(), "heldout": digest(texts), "references": references, "models": found}
    (models / RESULTS_NAME).write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return results


def known(path: Path, texts: dict[str, list[str]]) -> dict[str, Any]:
    """What the file at `path` says, if it is of these very texts; its references owe nothing to the models."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found if found.get("heldout") == digest(texts) else {}


def digest(texts: dict[str, list[str]]) -> str:
    """What tells these held-out texts from others."""
    return hashlib.blake2b(json.dumps(texts, sort_keys=True).encode(), digest_size=8).hexdigest()


def by_xz(texts: dict[str, list[str]], training: list[str]) -> dict[str, float]:
    """Bits per byte of each source for `xz -9` that has read the end of the training text."""
    ending: list[str] = []
    size = 0
    for document in reversed(training):
        if size >= PRIMER_BYTES:
            break
        ending.append(document)
        size += len(document.encode())
    compressor = PrimedCompressor("\n".join(reversed(ending)).encode())
    return {name: compressor.bits_per_byte("\n".join(sample).encode()) for name, sample in texts.items()}


def by_ngram(
    texts: dict[str, list[str]], tokenizer: PreTrainedTokenizerBase, training: NDArray[np.uint16]
) -> dict[str, float]:
    """Bits per byte of each source for a Kneser-Ney 5-gram over the same tokens, every document counted once.

    Repeated documents would mislead its discounts, which are estimated from how many n-grams are rare.
    """
    model = KneserNey.estimate(distinct_documents(training), len(tokenizer))
    found = {}
    for name, sample in texts.items():
        total = math.fsum(model.logprobs(np.array(tokenizer(text)["input_ids"])).sum() for text in sample)
        found[name] = -total / math.log(2) / sum(len(text.encode()) for text in sample)
    return found


def distinct_documents(ids: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The packed row without the documents that stand earlier in it already; each begins with the separator."""
    documents = np.split(ids, np.flatnonzero(ids == SEPARATOR_ID)[1:])
    return np.concatenate(list({document.tobytes(): document for document in documents}.values()))


def measured(
    folder: Path, texts: dict[str, list[str]], pairs: dict[str, list[grammar.Pair]], thin: int = 1
) -> dict[str, Any]:
    """What is measured of every model, in float32 on the published weights."""
    model, tokenizer = _load(folder)
    greedy = {prompt: greedy_continuation(model, tokenizer, prompt, CONTINUATION_TOKENS) for prompt in PROMPTS}
    judged = {language: grammar.accuracies(model, tokenizer, some) for language, some in pairs.items()}
    return {
        "parameters": model.num_parameters(),
        "end_probability": {
            language: end_probability(model, tokenizer, some) for language, some in sentences_alone(texts).items()
        },
        "bits_per_byte": {name: bits_per_byte(model, tokenizer, sample) for name, sample in texts.items()},
        "logprobs": dict(zip(DUEL, logprobs(model, tokenizer, DUEL), strict=True)),
        "pairs": {
            language: {"count": len(pairs[language]), "accuracy": accuracy, "by_paradigm": by_paradigm}
            for language, (accuracy, by_paradigm) in judged.items()
        },
        "abilities": abilities.measured(model, tokenizer, thin) if pairs else [],
        "candidates": {prompt: top_candidates(model, tokenizer, prompt, CANDIDATES) for prompt in PROMPTS},
        "continuations": {prompt: text for prompt, (text, _) in greedy.items()},
        "tokens_per_second": sorted(speed for _, speed in greedy.values())[len(greedy) // 2],
    }


def sentences_alone(texts: dict[str, list[str]]) -> dict[str, list[str]]:
    """The first held-out documents of one sentence, by language."""
    found: dict[str, list[str]] = {}
    for document in (document for sample in texts.values() for document in sample):
        if match := ONE_SENTENCE.fullmatch(document):
            found.setdefault("ja" if match["ja"] else "en", []).append(document)
    return {language: some[:SENTENCES] for language, some in sorted(found.items())}


def answered(folder: Path, asked: list[answers.Question]) -> dict[str, Any]:
    """The answers to held-out instructions, whether they ended, and in which language they are."""
    model, tokenizer = _load(folder)
    given, ended, in_language = answers.ask(model, tokenizer, asked)
    rows = [asdict(question) | {"answer": asdict(one)} for question, one in zip(asked, given, strict=True)]
    return {"ended": ended, "in_language": in_language, "rows": rows}


def _load(folder: Path) -> tuple[LlamaForCausalLM, PreTrainedTokenizerBase]:
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model, AutoTokenizer.from_pretrained(folder)


def means(by_source: dict[str, float], sources: Iterable[corpus.Source]) -> dict[str, float]:
    """The mean over the sources of each language."""
    grouped: dict[str, list[float]] = {}
    for source in sources:
        if source.name in by_source:
            grouped.setdefault(source.language, []).append(by_source[source.name])
    return {language: sum(values) / len(values) for language, values in grouped.items()}
