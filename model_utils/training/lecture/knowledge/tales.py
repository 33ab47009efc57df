"""Tales that go on for more than a sentence, and first lines that many know by heart. Leaves out: whole books."""

import random

from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.forms.wordings import Ability, Probe, marked, unmeasured


def tale(rng: random.Random, language: str) -> str:
    """An opening and three to five sentences, one of every part in turn."""
    lists = read("tales")
    words = {
        "who": rng.choice(lists[f"who_{language}"]),
        "where": rng.choice(lists[f"where_{language}"]),
        "friend": rng.choice(lists[f"friends_{language}"]),
        "living": rng.choice(lists["living_ja"]),
    }
    it = _pronoun(words["who"])
    words |= {"it": it, "It": it.capitalize()}
    parts = lists[f"parts_{language}"]
    told = sorted(rng.sample(range(len(parts)), rng.randint(3, len(parts))))
    chosen = [rng.choice(lists[f"openings_{language}"]), *(rng.choice(parts[number]) for number in told)]
    return (" " if language == "en" else "").join(sentence.format(**words) for sentence in chosen)


def _pronoun(who: str) -> str:
    if any(word in who for word in ("queen", "princess", "girl", "woman", "witch")):
        return "she"
    return "he"


def known(rng: random.Random) -> str:
    """A text that many know, mostly as far as it goes here."""
    sentences = rng.choice(read("tales")["known"])
    return "".join(sentences[: rng.choice((len(sentences), len(sentences), rng.randint(1, len(sentences))))]).rstrip(
        " ,"
    )


def _first_lines(rng: random.Random) -> list[Probe]:
    lines = read("tales")["first_lines"]
    return [marked("first lines", "en" if line[0].isascii() else "ja", "seen", line) for line in lines]


def abilities() -> list[Ability]:
    """Tales of both languages, and what is known by heart."""
    return [
        unmeasured("tales", "en", 1.5, lambda rng: tale(rng, "en"), lines=False),
        unmeasured("tales", "ja", 1.5, lambda rng: tale(rng, "ja"), lines=False),
        Ability("first lines", "en+ja", 1.2, known, _first_lines, lines=False),
    ]
