"""Write the made text as sources of a corpus, one for each language, and list what is asked to measure it.

Documents are drawn one by one from the abilities, by their weights; a document may hold several texts of one ability
or of a few. The seed decides everything. Leaves out: how much of a mixture is made text (`recipe`).
"""

import lzma
import random
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from model_utils.training.lecture import further
from model_utils.training.lecture.forms.wordings import Ability, Probe
from model_utils.training.lecture.knowledge import facts, places, sentences, tales, words
from model_utils.training.lecture.skills import passages, sequences, shots, sums
from model_utils.training.text.corpus import JAPANESE, SEPARATOR, without_lecture_example

NAMES = {"en": "lecture_en", "ja": "lecture_ja"}
BOTH = "lecture_enja"
# How many texts stand in one document.
LENGTHS = (1, 1, 1, 2, 3, 4, 6)
OF_ONE_ABILITY = 0.7
PROBE_SEED = 7
FULL_WIDTH_COLONS = 0.15
ON_ONE_LINE = 0.15
ANSWER_BELOW = re.compile(r"\n(A:|Answer:|答え:)")
COLON_AFTER_JAPANESE = re.compile(rf"(?<=[{JAPANESE}]): ?")


def abilities() -> list[Ability]:
    """Everything that is made, in a fixed order."""
    modules = (places, facts, words, sequences, sums, passages, shots, tales, sentences, further)
    return [one for module in modules for one in module.abilities()]


def probes(seed: int = PROBE_SEED) -> list[Probe]:
    """What is asked of a model; the same for the same seed."""
    rng = random.Random(seed)
    return [probe for one in abilities() for probe in one.probes(rng)]


def documents(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """`count` documents, each with the name of its source."""
    rng = random.Random(seed)
    every = abilities()
    weights = [one.weight for one in every]
    made = 0
    while made < count:
        first = rng.choices(every, weights)[0]
        text = without_lecture_example(as_typed(document(rng, first, every), rng))
        if text:
            made += 1
            yield NAMES.get(first.language, BOTH), text


def document(rng: random.Random, first: Ability, every: list[Ability]) -> str:
    """One document: a text of the ability `first`, and often more of it, or of others of its language."""
    texts = [first.text(rng)]
    if first.lines:
        others = [one for one in every if one.lines and one.language == first.language]
        alone = rng.random() < OF_ONE_ABILITY
        for _ in range(rng.choice(LENGTHS) - 1):
            texts.append((first if alone else rng.choice(others)).text(rng))
    return _between(rng, first, texts).join(texts)


def as_typed(text: str, rng: random.Random) -> str:
    """The text as people type it: sometimes an answer stands behind its question, or a colon after Japanese is wide."""
    if rng.random() < ON_ONE_LINE:
        text = ANSWER_BELOW.sub(r" \1", text)
    if rng.random() < FULL_WIDTH_COLONS:
        text = COLON_AFTER_JAPANESE.sub("：", text)
    return text


def _between(rng: random.Random, first: Ability, texts: list[str]) -> str:
    if any("\n" in text or not text.endswith((".", "。")) for text in texts) or rng.random() < 0.4:
        return "\n"
    return "" if first.language == "ja" else " "


def write(folder: Path, count: int, seed: int = 0) -> None:
    """Write `count` documents into `folder`, as sources that `corpus` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(lzma.open(folder / f"{name}.txt.xz", "wt", encoding="utf-8", preset=1))
            for name in (*NAMES.values(), BOTH)
        }
        for name, text in documents(count, seed):
            files[name].write(f"{text}\n{SEPARATOR}\n")
