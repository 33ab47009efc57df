"""The world's best-known facts, each in wordings of its own, the last one held out. Leaves out: capitals."""

import random

from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.forms.wordings import BAR, Ability, Probe, marked

WEIGHTS = {"english": 2.5, "japanese": 2.5}
CODES = {"english": "en", "japanese": "ja"}


def _ability(language: str) -> Ability:
    facts: list[list[str]] = read("facts")[language]

    def text(rng: random.Random) -> str:
        return rng.choice(rng.choice(facts)[:-1]).replace(BAR, "")

    def probes(rng: random.Random) -> list[Probe]:
        code = CODES[language]
        seen = [marked("facts", code, "seen", wording) for fact in facts for wording in fact[:-1]]
        return seen + [marked("facts", code, "reworded", fact[-1]) for fact in facts]

    return Ability("facts", CODES[language], WEIGHTS[language], text, probes)


def abilities() -> list[Ability]:
    """Facts in both languages."""
    return [_ability(language) for language in CODES]
