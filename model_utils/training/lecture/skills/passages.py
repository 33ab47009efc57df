"""What a passage says, asked at its end: who lives where, owns what, is called what, and when something begins.

One to four people, drawn anew for every text, so that only reading helps; some passages contradict the world (the
capital of France is Sakura), some do not hold the answer. Names and words of some combinations are held out.
Leaves out: longer texts.
"""

import random
from dataclasses import dataclass

from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.forms.wordings import BAR, Ability, Probe, is_held_out, marked
from model_utils.training.lecture.knowledge.places import known_and_new

HELD_OUT_SHARE = 0.2
UNANSWERED = {"en": "The text does not say.", "ja": "本文には書いてありません。"}


@dataclass(frozen=True, slots=True)
class Scene:
    """Statements about several people, and the ways to ask for one of them; templates of `name` and `value`."""

    statements: tuple[str, ...]
    questions: tuple[str, ...]
    values: tuple[str, ...]
    held_out: str


def scenes(language: str) -> list[Scene]:
    """All scenes of a language."""
    return [
        Scene(tuple(table["statements"]), tuple(table["questions"]), tuple(table["values"]), table["held_out"])
        for table in read("passages")[language]
    ]


def is_new(name: str, value: str) -> bool:
    """Whether this name is never asked for with this value in training."""
    return is_held_out(f"{name} {value}", HELD_OUT_SHARE)


def passage(rng: random.Random, language: str, new: bool = False, reworded: bool = False) -> str:
    """A passage and a question whose answer stands between bars, about a combination that is `new` or is not."""
    names = read("passages")["names"][language]
    while True:
        scene = rng.choice(scenes(language))
        count = rng.choice((1, 2, 2, 3, 3, 4))
        people, values = rng.sample(names, count), rng.sample(scene.values, count)
        asked = rng.randrange(count)
        if is_new(people[asked], values[asked]) is new:
            break
    statement = rng.choice(scene.statements)
    told = [statement.format(name=name, value=value) for name, value in zip(people, values, strict=True)]
    question = scene.held_out if reworded else rng.choice(scene.questions)
    return _joined(told, language) + question.format(name=people[asked], value=values[asked])


def unanswered(rng: random.Random, language: str) -> str:
    """A passage and a question about somebody else."""
    scene = rng.choice(scenes(language))
    count = rng.choice((1, 2, 3))
    *people, other = rng.sample(read("passages")["names"][language], count + 1)
    values = rng.sample(scene.values, count)
    statement = rng.choice(scene.statements)
    told = [statement.format(name=name, value=value) for name, value in zip(people, values, strict=True)]
    question = next(question for question in scene.questions if question.startswith("\n"))
    return (
        _joined(told, language)
        + question.format(name=other, value="").split(BAR)[0].rstrip()
        + " "
        + UNANSWERED[language]
    )


def _joined(sentences: list[str], language: str) -> str:
    return (" " if language == "en" else "").join(sentences)


def counterfactual(rng: random.Random, language: str) -> str:
    """A country whose capital is another one than in the world, and the question for it."""
    rows, _ = known_and_new(language)
    row, city = rng.choice(rows), rng.choice(rows)["city"]
    if rng.random() < 0.5:
        city = rng.choice(read("passages")["towns"][language])
    form = rng.choice(read("passages")["counterfactual"][language])
    return str(form.format(country=row["country"], city=city))


def meeting(rng: random.Random, language: str, reworded: bool = False) -> str:
    """When something begins, and once more the time."""
    tables = read("passages")["times"][language]
    form = tables["held_out"] if reworded else rng.choice(tables["forms"])
    hour = rng.choice(tables["hours"])
    return str(form.format(event=rng.choice(tables["events"]), part=rng.choice(tables["parts"]), hour=hour))


def drawn(rng: random.Random, language: str) -> str:
    """One of all of them."""
    kind = rng.random()
    if kind < 0.68:
        return passage(rng, language).replace(BAR, "")
    if kind < 0.76:
        return unanswered(rng, language)
    return (counterfactual if kind < 0.84 else meeting)(rng, language).replace(BAR, "")


def probes(language: str, rng: random.Random) -> list[Probe]:
    """Passages with known combinations, with new ones, and with a question that is not trained on."""
    found = [marked("passages", language, "seen", passage(rng, language)) for _ in range(100)]
    found += [marked("passages", language, "new", passage(rng, language, new=True)) for _ in range(100)]
    found += [marked("passages", language, "reworded", passage(rng, language, reworded=True)) for _ in range(100)]
    found += [marked("meetings", language, "seen", meeting(rng, language)) for _ in range(60)]
    found += [marked("meetings", language, "reworded", meeting(rng, language, reworded=True)) for _ in range(60)]
    return found + [marked("counterfactual", language, "seen", counterfactual(rng, language)) for _ in range(60)]


def abilities() -> list[Ability]:
    """Passages of both languages."""
    return [
        Ability("passages", "en", 7.0, lambda rng: drawn(rng, "en"), lambda rng: probes("en", rng)),
        Ability("passages", "ja", 7.0, lambda rng: drawn(rng, "ja"), lambda rng: probes("ja", rng)),
    ]
