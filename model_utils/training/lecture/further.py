"""Lists of instructions and of questions, as base models have read them: after one of them the next one follows.

Leaves out: answers, which a tuned model gives (`instructions`).
"""

import random

from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.forms.wordings import Ability, unmeasured


def tasks(rng: random.Random, language: str) -> str:
    """Two to five instructions, one below the other."""
    lists = read("instructions")
    forms = lists["tasks"][language]
    few = rng.sample(forms, rng.choice((1, 2, 4)))
    texts = []
    for _ in range(rng.randint(2, 5)):
        topic, other = rng.sample(lists["topics"][language], 2)
        texts.append(rng.choice(few).format(topic=topic, other=other))
    stopped = rng.random() < 0.3
    return "\n".join(text.removesuffix("。") if stopped else text for text in dict.fromkeys(texts))


def questions(rng: random.Random, language: str) -> str:
    """Two to five questions, one below the other or one after the other."""
    found = rng.sample(read("instructions")["questions"][language], rng.randint(2, 5))
    return rng.choice(("\n", "\n", " " if language == "en" else "")).join(found)


def drawn(rng: random.Random, language: str) -> str:
    """A list of either."""
    return rng.choice((tasks, questions))(rng, language)


def abilities() -> list[Ability]:
    """Lists in both languages."""
    return [
        unmeasured("further tasks", "en", 0.6, lambda rng: drawn(rng, "en"), lines=False),
        unmeasured("further tasks", "ja", 0.8, lambda rng: drawn(rng, "ja"), lines=False),
    ]
