"""Tasks by example: two to seven pairs of a mapping that changes from text to text, then one more to complete.

The sign between the two, the mapping and its words are drawn anew, so that only the examples say what is asked. Some
mappings and some signs are never trained on. Leaves out: passages (`passages`).
"""

import random
from collections.abc import Callable
from functools import cache

from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.forms.wordings import Ability, Kind, Probe, probe
from model_utils.training.lecture.knowledge.places import BEST_KNOWN, countries
from model_utils.training.lecture.knowledge.words import kinds, opposites, trained_dictionary
from model_utils.training.lecture.skills.sequences import DAYS, DAYS_JA, MONTHS

Pair = tuple[str, str]
Frame = tuple[str, str, str]

# Before the question, between it and the answer, and between examples.
FRAMES: tuple[Frame, ...] = (
    ("", " -> ", "\n"),
    ("", " -> ", "\n"),
    ("", " → ", "\n"),
    ("", " → ", "\n"),
    ("", ": ", "\n"),
    ("", ": ", "\n"),
    ("", " = ", "\n"),
    ("", " → ", " / "),
    ("", " -> ", ", "),
    ("", ": ", " / "),
    ("", "→", "\n"),
    ("", "→ ", " / "),
    ("", "→ ", "\n"),
    ("Q: ", "\nA: ", "\n"),
    ("Q: ", "\nA: ", "\n\n"),
    ("質問: ", "\n答え: ", "\n"),
    ("Input: ", "\nOutput: ", "\n"),
    ("入力: ", "\n出力: ", "\n"),
)
HELD_OUT_FRAMES: tuple[Frame, ...] = (("", " => ", "\n"), ("", " | ", "\n"), ("例: ", " ― ", "\n"))
COUNTS = (3, 4, 4, 5, 6, 7, 8)


def _number_pairs(change: Callable[[int], int]) -> list[Pair]:
    return [(str(number), str(change(number))) for number in range(1, 21)]


def _kind_pairs(place: int) -> list[Pair]:
    return [(word[place], (kind.english, kind.japanese)[place]) for kind in kinds() for word in kind.trained]


def _feelings(language: str) -> list[Pair]:
    table = read("feelings")[language]
    return [(text, table["labels"][label]) for label in ("good", "bad") for text in table[label]]


@cache
def mappings() -> dict[str, tuple[str, list[Pair]]]:
    """Name, language and pairs of every mapping that is trained on."""
    words = trained_dictionary()
    found: dict[str, tuple[str, list[Pair]]] = {
        "English to Japanese": ("en-ja", words),
        "Japanese to English": ("ja-en", [(japanese, english) for english, japanese in words]),
        "kinds": ("en", _kind_pairs(0)),
        "kinds ja": ("ja", _kind_pairs(1)),
        "one more": ("en+ja", _number_pairs(lambda number: number + 1)),
        "one less": ("en+ja", _number_pairs(lambda number: number - 1)),
        "ten more": ("en+ja", _number_pairs(lambda number: number + 10)),
        "double": ("en+ja", _number_pairs(lambda number: 2 * number)),
        "next day": ("en", list(zip(DAYS, DAYS[1:] + DAYS[:1], strict=True))),
        "next day ja": ("ja", list(zip(DAYS_JA, DAYS_JA[1:] + DAYS_JA[:1], strict=True))),
        "next month": ("en", list(zip(MONTHS, MONTHS[1:] + MONTHS[:1], strict=True))),
        "large letters": ("en", [(chr(code), chr(code - 32)) for code in range(97, 123)]),
        "next letter": ("en", [(chr(code), chr(code + 1)) for code in range(97, 122)]),
        "the same": ("en", [(english, english) for english, _ in words]),
    }
    for language, name in (("en", "english"), ("ja", "japanese")):
        rows = countries()[language][:BEST_KNOWN]
        found[f"opposites {language}"] = (language, opposites(name))
        found[f"capitals {language}"] = (language, [(row["bare"], row["city"]) for row in rows])
        found[f"countries {language}"] = (language, [(row["city"], row["bare"]) for row in rows])
        found[f"feelings {language}"] = (language, _feelings(language))
    return found


@cache
def held_out_mappings() -> dict[str, tuple[str, list[Pair]]]:
    """Mappings that are never trained on."""
    rows = countries()
    return {
        "continents": ("en", [(row["bare"], row["continent"]) for row in rows["en"][:BEST_KNOWN]]),
        "continents ja": ("ja", [(row["bare"], row["continent"]) for row in rows["ja"][:BEST_KNOWN]]),
        "three more": ("en", _number_pairs(lambda number: number + 3)),
        "day before": ("en", list(zip(DAYS[1:] + DAYS[:1], DAYS, strict=True))),
        "day before ja": ("ja", list(zip(DAYS_JA[1:] + DAYS_JA[:1], DAYS_JA, strict=True))),
    }


def shown(pairs: list[Pair], frame: Frame) -> tuple[str, str]:
    """The text of the pairs up to the last answer, and that answer."""
    before, between, after = frame
    *examples, (question, answer) = pairs
    text = "".join(f"{before}{first}{between}{second}{after}" for first, second in examples)
    return f"{text}{before}{question}{between}", answer


def invented(rng: random.Random) -> list[Pair]:
    """A mapping that no other text has: each of two or three labels stands for one kind of things."""
    place = rng.randrange(2)
    chosen = rng.sample(kinds(), rng.choice((2, 2, 3)))
    labels = rng.sample(("A", "B", "C", "X", "Y", "1", "2", "3", "yes", "no", "○", "×"), len(chosen))
    return [(word[place], label) for kind, label in zip(chosen, labels, strict=True) for word in kind.trained]


def drawn(rng: random.Random) -> str:
    """A text of examples of one mapping."""
    made = mappings()
    pool = invented(rng) if rng.random() < 0.15 else rng.choice(list(made.values()))[1]
    prompt, answer = shown(rng.sample(pool, min(rng.choice(COUNTS), len(pool))), rng.choice(FRAMES))
    return prompt + answer


def probes(rng: random.Random) -> list[Probe]:
    """Four examples and a question: with mappings and signs that are trained on, and with others; and none at all."""
    parts: tuple[tuple[str, Kind, dict[str, tuple[str, list[Pair]]], tuple[Frame, ...], int], ...] = (
        ("by example", "seen", mappings(), FRAMES, 4),
        ("by example", "reworded", mappings(), HELD_OUT_FRAMES, 4),
        ("by example", "new", held_out_mappings(), FRAMES, 4),
        ("without example", "seen", mappings(), FRAMES, 0),
    )
    found = []
    for name, kind, pool, frames, count in parts:
        for _ in range(150):
            language, pairs = pool[rng.choice(list(pool))]
            prompt, answer = shown(rng.sample(pairs, count + 1), rng.choice(frames))
            found.append(probe(name, language, kind, prompt, answer))
    return found


def abilities() -> list[Ability]:
    """Tasks by example."""
    return [Ability("by example", "en+ja", 9.0, drawn, probes, lines=False)]
