"""Arithmetic within forty: sums, differences, small products, three and four terms by steps, and stories.

The steps of a longer sum stand in the text that goes on from it, so that the model can write them itself. A part of
the pairs is held out in both orders. A longer sum is never shown without its steps. Leaves out: larger numbers.
"""

import random

from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.forms.wordings import BAR, Ability, Kind, Probe, is_held_out, marked

LARGEST = 20
HELD_OUT_SHARE = 0.1
FORMS = (
    "{a} + {b} =| {c}|",
    "{a} + {b} =| {c}|",
    "{a} + {b} =| {c}|",
    "{a}+{b}=|{c}|",
    "{a} plus {b} is| {c}|.",
    "{a} and {b} make| {c}|.",
    "Q: What is {a} + {b}?\nA:| {c}|",
    "Q: {a} + {b} = ?\nA:| {c}|",
    "What is {a} + {b}? It is| {c}|.",
    "{a} + {b} equals| {c}|.",
)
FORMS_JA = (
    "{a}足す{b}は|{c}|です。",
    "質問: {a} + {b} は?\n答え: |{c}|",
    "{a} + {b} は|{c}|です。",
    "{a}+{b}は|{c}|です。",
    "{a}と{b}を足すと|{c}|になります。",
    "質問: {a}足す{b}はいくつですか。\n答え: |{c}|",
)
LESS = (
    "{a} - {b} =| {c}|",
    "{a} - {b} =| {c}|",
    "{a}-{b}=|{c}|",
    "{a} minus {b} is| {c}|.",
    "Q: What is {a} - {b}?\nA:| {c}|",
)
LESS_JA = ("{a}引く{b}は|{c}|です。", "質問: {a} - {b} は?\n答え: |{c}|", "{a}から{b}を引くと|{c}|になります。")
TIMES = ("{a} × {b} =| {c}|", "{a} * {b} =| {c}|", "{a} times {b} is| {c}|.", "Q: What is {a} × {b}?\nA:| {c}|")
TIMES_JA = ("{a}掛ける{b}は|{c}|です。", "質問: {a} × {b} は?\n答え: |{c}|")
HELD_OUT_FORMS = ("Question: How much is {a} + {b}?\nAnswer:| {c}|", "If you add {b} to {a}, you get| {c}|.")
HELD_OUT_FORMS_JA = ("問題: {a} + {b} の答えは何でしょう。\n正解: |{c}|", "{a}に{b}を加えると|{c}|になります。")
THINK = ("Let's think step by step.", "Step by step:", "Let's add them one by one.")
THINK_JA = ("順番に考えましょう。", "一つずつ足します。", "式:")
# A longer sum asked at once, and so that the steps come first.
CHAIN_PROMPTS = (
    ("en", "Q: {terms} = ?\nA:", "Q: {terms} = ?\nLet's think step by step."),
    ("ja", "質問: {terms} は?\n答え:", "質問: {terms} は?\n順番に考えましょう。"),
)
RESULT_MARKS = r"The answer is|答えは|A:|答え:"


def is_new(a: int, b: int) -> bool:
    """Whether this pair is held out, in both orders."""
    return is_held_out(f"{min(a, b)}+{max(a, b)}", HELD_OUT_SHARE)


def pair(rng: random.Random, largest: int = LARGEST) -> tuple[int, int]:
    """Two numbers that are not held out; small ones are drawn more often."""
    while True:
        top = rng.choice((10, largest, largest))
        a, b = rng.randint(0, top), rng.randint(0, top)
        if not is_new(a, b):
            return a, b


def steps(terms: list[int]) -> list[str]:
    """The sums of two that lead to the sum of all."""
    found, total = [], terms[0]
    for term in terms[1:]:
        found.append(f"{total} + {term} = {total + term}")
        total += term
    return found


def known_terms(rng: random.Random, count: int) -> list[int]:
    """Terms whose every step is a pair that is not held out."""
    while True:
        terms = [rng.randint(1, 12 if count > 3 else 15) for _ in range(count)]
        totals = [sum(terms[: number + 1]) for number in range(count - 1)]
        if not any(is_new(total, term) for total, term in zip(totals, terms[1:], strict=True)):
            return terms


def _drawn(rng: random.Random, language: str) -> str:
    kind = rng.random()
    if kind < 0.62:
        a, b = pair(rng)
        form, c = rng.choice(FORMS if language == "en" else FORMS_JA), a + b
    elif kind < 0.87:
        b, c = pair(rng)
        form, a = rng.choice(LESS if language == "en" else LESS_JA), b + c
    else:
        a, b = rng.randint(0, 10), rng.randint(0, 10)
        form, c = rng.choice(TIMES if language == "en" else TIMES_JA), a * b
    return form.format(a=a, b=b, c=c).replace(BAR, "")


def english(rng: random.Random) -> str:
    """One to eight sums; those of a document often have one form."""
    return "\n".join(_drawn(rng, "en") for _ in range(rng.choice((1, 1, 3, 6, 8))))


def japanese(rng: random.Random) -> str:
    """One to eight sums in Japanese."""
    return "\n".join(_drawn(rng, "ja") for _ in range(rng.choice((1, 1, 3, 6, 8))))


def chained(rng: random.Random) -> str:
    """A sum of three or four terms, mostly with its steps."""
    terms = known_terms(rng, rng.choice((3, 3, 4)))
    shown, total, way = " + ".join(map(str, terms)), sum(terms), steps(terms)
    if rng.random() < 0.5:
        think = rng.choice(THINK)
        forms = (
            f"Q: {shown} = ?\n{think} {'. '.join(way)}. The answer is {total}.",
            f"Q: What is {shown}?\nA: {think} {'. '.join(way)}. The answer is {total}.",
            f"{shown} = ?\n{think} {', '.join(way)}.\nA: {total}",
        )
    else:
        think = rng.choice(THINK_JA)
        forms = (
            f"質問: {shown} は?\n{think} {'。'.join(way)}。答えは{total}です。",
            f"質問: {shown} はいくつですか。\n答え: {think} {'。'.join(way)}。答えは{total}です。",
            f"{shown} = ?\n{think} {'、'.join(way)}\n答え: {total}",
        )
    bare = (". ".join(way) + ".", "\n".join(way))
    return rng.choice((*forms, *forms, *bare))


def _story(rng: random.Random, language: str, told: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    lists = read("stories")
    a, b = pair(rng)
    more = rng.random() < 0.7
    if not more:
        a, b = a + b, b
    c = a + b if more else a - b
    thing = rng.choice(lists["things"][language])
    names = lists["names"][language]
    form = rng.choice([form for form in told if ("-" in form[0]) != more])[1:]
    return form, {"name": rng.choice(names), "thing": thing, "a": str(a), "b": str(b), "c": str(c)}


def story(rng: random.Random, language: str, key: str) -> str:
    """A word problem with its answer between bars."""
    form, words = _story(rng, language, tuple(read("stories")[key][language]))
    return form.format(**words)


def _pair_probes(language: str) -> list[Probe]:
    found = []
    shown = ((FORMS, HELD_OUT_FORMS), (FORMS_JA, HELD_OUT_FORMS_JA))[language == "ja"]
    for a in range(LARGEST + 1):
        for b in range(LARGEST + 1 - a):
            new = is_new(a, b)
            kinds: tuple[tuple[Kind, tuple[str, ...]], ...] = (
                (("new", shown[0]),) if new else (("seen", shown[0]), ("reworded", shown[1]))
            )
            for kind, forms in kinds:
                found += [
                    marked("sums", language, kind, form.format(a=a, b=b, c=a + b)) for form in dict.fromkeys(forms)
                ]
    return found


def pair_probes(language: str, rng: random.Random) -> list[Probe]:
    """Sums within twenty: 120 of each kind."""
    every = _pair_probes(language)
    kinds = {kind: [probe for probe in every if probe.kind == kind] for kind in ("seen", "reworded", "new")}
    return [probe for some in kinds.values() for probe in rng.sample(some, min(120, len(some)))]


def story_probes(language: str, rng: random.Random) -> list[Probe]:
    """Word problems: in wordings that are trained on, and in others."""
    kinds: tuple[tuple[Kind, str], ...] = (("seen", "told"), ("reworded", "held_out"))
    return [marked("stories", language, kind, story(rng, language, key)) for kind, key in kinds for _ in range(80)]


def abilities() -> list[Ability]:
    """Sums, chains of sums, and stories with numbers."""
    return [
        Ability("sums", "en", 5.0, english, lambda rng: pair_probes("en", rng)),
        Ability("sums", "ja", 4.0, japanese, lambda rng: pair_probes("ja", rng)),
        Ability("steps", "en+ja", 4.0, chained, lambda rng: []),
        Ability(
            "stories",
            "en",
            2.0,
            lambda rng: story(rng, "en", "told").replace(BAR, ""),
            lambda rng: story_probes("en", rng),
        ),
        Ability(
            "stories",
            "ja",
            2.0,
            lambda rng: story(rng, "ja", "told").replace(BAR, ""),
            lambda rng: story_probes("ja", rng),
        ),
    ]
