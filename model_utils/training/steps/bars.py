"""What the default model must reach before the recipe publishes it: abilities, and bits per byte as before.

Leaves out: how they are measured (`abilities`, `measure`), and the smaller sizes, which are to be seen falling short.
"""

import json
import math
from pathlib import Path
from typing import Any

from model_utils.training.errors import BarError

BARRED = "small"
# The most that bits per byte of any source may grow over the published card's.
DEARER = 0.02
REMEMBERED, REWORDED = 0.95, 0.80
AT_LEAST = {
    ("capitals", "seen"): REMEMBERED,
    ("capitals", "reworded"): REWORDED,
    ("days", "seen"): 0.97,
    ("months", "seen"): 0.97,
    ("counting", "seen"): 0.97,
    ("sums", "new"): 0.95,
    ("opposites", "seen"): 0.90,
    ("kinds", "seen"): 0.90,
    ("colors", "seen"): 0.90,
    ("passages", "new"): 0.90,
    ("words", "seen"): 0.85,
    ("three terms by steps", "new"): 0.90,
}
AT_MOST = {("three terms at once", "new"): 0.50}
# Minimal pairs, by language: the share whose good sentence is more probable.
PAIRS = {"en": 0.70, "ja": 0.98}
# The lecture's first example: one of these words is among the ten likeliest after its prompt.
FRUIT_PROMPT, FRUITS, LIKELIEST = "好きな果物は", ("ぶどう", "りんご", "みかん"), 10
# How much four examples must add to the accuracy without any.
GAIN_BY_EXAMPLE = 0.40


def of_abilities(rows: list[dict[str, Any]]) -> list[str]:
    """A sentence for every bar that these measurements fail."""
    failed = []
    for row in rows:
        key, accuracy = (row["ability"], row["kind"]), row["accuracy"]
        name = f"{row['ability']} ({row['language']}, {row['kind']})"
        least, most = AT_LEAST.get(key, 0.0), AT_MOST.get(key, 1.0)
        if accuracy < least:
            failed.append(f"{name}: {accuracy:.0%} right, at least {least:.0%} wanted")
        if accuracy > most:
            failed.append(f"{name}: {accuracy:.0%} right, at most {most:.0%} wanted")
    gain = share(rows, "by example", "seen") - share(rows, "without example", "seen")
    # Nothing was asked of a model that has no rows for either.
    if math.isfinite(gain) and gain < GAIN_BY_EXAMPLE:
        failed.append(f"four examples add {gain:.0%} to what is right, at least {GAIN_BY_EXAMPLE:.0%} wanted")
    return failed


def of_grammar(accuracies: dict[str, float]) -> list[str]:
    """A sentence for every language whose minimal pairs are judged rightly too seldom."""
    return [
        f"minimal pairs ({language}): {accuracies[language]:.1%} right, at least {least:.0%} wanted"
        for language, least in PAIRS.items()
        if language in accuracies and accuracies[language] < least
    ]


def of_example(logprobs: list[float], likeliest: list[str]) -> list[str]:
    """A sentence for what the lecture's first example lacks: `logprobs` are those of its good and its odd sentence."""
    good, odd = logprobs
    failed = [] if good > odd else ["the odd sentence of the lecture's example is more probable than the good one"]
    if not any(word in text for text in likeliest for word in FRUITS):
        failed.append(f"after {FRUIT_PROMPT} none of {', '.join(FRUITS)} is among the {LIKELIEST} likeliest")
    return failed


def share(rows: list[dict[str, Any]], ability: str, kind: str) -> float:
    """The accuracy over all languages; not a number where nothing was asked."""
    found = [row for row in rows if (row["ability"], row["kind"]) == (ability, kind)]
    count = sum(row["count"] for row in found)
    return sum(row["accuracy"] * row["count"] for row in found) / count if count else math.nan


def of_text(now: dict[str, float], before: dict[str, float]) -> list[str]:
    """A sentence for every source whose bits per byte grew too much."""
    return [
        f"{source}: {now[source]:.3f} bits per byte, {known:.3f} published, at most {1 + DEARER:.0%} of that wanted"
        for source, known in before.items()
        if source in now and now[source] > known * (1 + DEARER)
    ]


def published_bits(evaluation: Path, name: str) -> dict[str, float]:
    """The bits per byte that this model is held to: those of its first weights; none where none are known."""
    if not evaluation.exists():
        return {}
    models = json.loads(evaluation.read_text(encoding="utf-8"))["models"]
    known = models.get(name, {})
    found: dict[str, float] = known.get("held_to", known.get("bits_per_byte", {}))
    return found


def refuse(failed: list[str], name: str) -> None:
    """Raise `BarError` with all that was failed, if anything was."""
    if failed:
        listed = "".join(f"\n- {sentence}" for sentence in failed)
        raise BarError(f"{name} is not published, because it fails (publish it --anyway, or train on):{listed}")
