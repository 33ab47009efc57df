"""What comes next: days, months, seasons, numbers by a step, letters, kana, and patterns that repeat.

A sequence is trained on as a whole and measured at one of its members. Held out are separators and starts of numbers.
Leaves out: sums (`sums`).
"""

import random
import string
from collections.abc import Callable, Sequence
from itertools import product

from model_utils.training.lecture.forms.wordings import Ability, Kind, Probe, is_held_out, marked, probe
from model_utils.training.lecture.knowledge.words import kinds

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July"]
MONTHS += ["August", "September", "October", "November", "December"]
SEASONS = ["spring", "summer", "autumn", "winter"]
DAYS_JA = [f"{day}曜日" for day in "月火水木金土日"]
SHORT_DAYS_JA = list("月火水木金土日")
MONTHS_JA = [f"{month}月" for month in range(1, 13)]
KANJI_MONTHS_JA = [f"{month}月" for month in [*"一二三四五六七八九十", "十一", "十二"]]
SEASONS_JA = list("春夏秋冬")
KANA = list("あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん")
KANJI_NUMBERS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]
NUMBER_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
ZODIAC_JA = list("子丑寅卯辰巳午未申酉戌亥")
COMPASS = ["north", "east", "south", "west"]

CYCLES: dict[str, dict[str, tuple[list[str], ...]]] = {
    "en": {"days": (DAYS,), "months": (MONTHS,), "seasons": (SEASONS,), "others": (COMPASS,)},
    "ja": {
        "days": (DAYS_JA, SHORT_DAYS_JA),
        "months": (MONTHS_JA, KANJI_MONTHS_JA),
        "seasons": (SEASONS_JA,),
        "others": (ZODIAC_JA,),
    },
}
LINES = {
    "en": (NUMBER_WORDS, ORDINALS, list(string.ascii_lowercase), list(string.ascii_uppercase)),
    "ja": (KANJI_NUMBERS, KANA),
}
SEPARATORS: dict[str, tuple[str, ...]] = {
    "en": (", ", ", ", ", ", "\n", " → ", " -> ", " "),
    "ja": ("、", "、", "、", "、", "\n", " → ", "→"),
}
HELD_OUT_SEPARATORS: dict[str, tuple[str, ...]] = {"en": ("; ", " - "), "ja": ("・", ",")}
STEPS = (1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5, 5, 10, 10, 20, 100, -1, -1, -2, -5, -10)
LARGEST = 120
HELD_OUT_SHARE = 0.15
AFTER: dict[str, tuple[str, ...]] = {
    "en": (
        "The day after {a} is| {b}|.",
        "If today is {a}, tomorrow is| {b}|.",
        "Q: Which day comes after {a}?\nA:| {b}|",
        "Yesterday was {a}, so today is| {b}|.",
        "The day before {b} is| {a}|.",
        "After {a} comes| {b}|.",
    ),
    "ja": (
        "{a}の次の日は|{b}|です。",
        "今日は{a}です。明日は|{b}|です。",
        "質問: {a}の次の日は?\n答え: |{b}|",
        "昨日は{a}だったので、今日は|{b}|です。",
        "{b}の前の日は|{a}|です。",
        "{a}の次は|{b}|です。",
    ),
}
MONTH_AFTER: dict[str, tuple[str, ...]] = {
    "en": (
        "The month after {a} is| {b}|.",
        "Q: Which month comes after {a}?\nA:| {b}|",
        "After {a} comes| {b}|.",
        "The month before {b} is| {a}|.",
    ),
    "ja": (
        "{a}の次の月は|{b}|です。",
        "質問: {a}の次の月は?\n答え: |{b}|",
        "{a}の次は|{b}|です。",
        "{b}の前の月は|{a}|です。",
    ),
}
AFTER_OF: dict[str, dict[str, tuple[str, ...]]] = {"days": AFTER, "months": MONTH_AFTER}
AFTER_HELD_OUT = {"en": "Who knows what follows {a}? It is| {b}|.", "ja": "{a}が終わると、|{b}|になります。"}
ENDINGS = {"en": ("", "", "."), "ja": ("", "", "。")}


def cycle(members: Sequence[str], start: int, length: int) -> list[str]:
    """`length` members from `start` on, around and around."""
    return [members[(start + number) % len(members)] for number in range(length)]


def numbers(start: int, step: int, length: int) -> list[str]:
    """An arithmetic progression, as long as it stays above zero."""
    return [str(start + step * number) for number in range(length) if start + step * number >= 0]


def progression(rng: random.Random) -> tuple[int, int]:
    """Start and step; starts that are held out for a step are not drawn."""
    while True:
        step = rng.choice(STEPS)
        start = rng.choice((step, 0, rng.randint(0, LARGEST))) if step > 0 else rng.randint(10, LARGEST)
        if not new_progression(start, step):
            return start, step


def new_progression(start: int, step: int) -> bool:
    """Whether this start of this step is held out; the plain countings never are."""
    return start not in (0, 1, step) and is_held_out(f"{start}+{step}", HELD_OUT_SHARE)


def pattern(rng: random.Random) -> list[str]:
    """A few words that repeat: ABAB, ABC, the waltz's ABB, AAB; from one of the kinds, or letters, or digits."""
    kind = rng.choice(kinds())
    place = rng.randrange(2)
    pool = rng.choice(([word[place] for word in kind.trained], list("ABCDEFGHXYZ"), list("0123456789"), list("○×△□◎★")))
    a, b, c = rng.sample(pool, 3) if len(pool) > 2 else (*pool, pool[0])
    period = rng.choice(([a, b], [a, b, c], [a, b, b], [a, a, b], [a, b, a, c]))
    return cycle(period, 0, rng.randint(2 * len(period), 5 * len(period)))


def _cyclic(language: str, name: str) -> Callable[[random.Random], str]:
    def text(rng: random.Random) -> str:
        members = rng.choice(CYCLES[language][name])
        if name in AFTER_OF and rng.random() < 0.35:
            place = rng.randrange(len(members))
            wording = rng.choice(AFTER_OF[name][language])
            return wording.format(a=members[place], b=members[(place + 1) % len(members)]).replace("|", "")
        shown = cycle(members, rng.choice((0, 0, rng.randrange(len(members)))), rng.randint(4, len(members) + 4))
        return rng.choice(SEPARATORS[language]).join(shown) + rng.choice(ENDINGS[language])

    return text


def _cyclic_probes(language: str, name: str) -> Callable[[random.Random], list[Probe]]:
    def probes(rng: random.Random) -> list[Probe]:
        found = []
        parts: tuple[tuple[Kind, tuple[str, ...]], ...]
        parts = (("seen", SEPARATORS[language]), ("reworded", HELD_OUT_SEPARATORS[language]))
        for kind, separators in parts:
            for separator, members in product(dict.fromkeys(separators), CYCLES[language][name]):
                found += [
                    asked(name, language, kind, cycle(members, start, 4), separator) for start in range(len(members))
                ]
        found += _after_probes(language, name)
        return rng.sample(found, min(160, len(found)))

    return probes


def _after_probes(language: str, name: str) -> list[Probe]:
    """What comes after each member, in sentences."""
    found = []
    if name in AFTER_OF:
        members = CYCLES[language][name][0]
        for a, b in zip(members, members[1:] + members[:1], strict=True):
            found += [marked(name, language, "seen", form.format(a=a, b=b)) for form in AFTER_OF[name][language]]
            found.append(marked(name, language, "reworded", AFTER_HELD_OUT[language].format(a=a, b=b)))
    return found


def asked(name: str, language: str, kind: Kind, members: Sequence[str], separator: str) -> Probe:
    """The probe for the last of the members."""
    return probe(name, language, kind, separator.join(members[:-1]) + separator, members[-1])


def _number_text(rng: random.Random) -> str:
    start, step = progression(rng)
    language = rng.choice(("en", "ja"))
    return rng.choice(SEPARATORS[language]).join(numbers(start, step, rng.randint(5, 14)))


def _number_probes(rng: random.Random) -> list[Probe]:
    found = []
    for step in dict.fromkeys(STEPS):
        for start in range(abs(step) * 6 if step < 0 else 0, 60):
            kind: Kind = "new" if new_progression(start, step) else "seen"
            for separator in (", ", "、"):
                found.append(
                    asked("counting", "en" if separator == ", " else "ja", kind, numbers(start, step, 5), separator)
                )
    kinds_found = {kind: [each for each in found if each.kind == kind] for kind in ("seen", "new")}
    return [each for some in kinds_found.values() for each in rng.sample(some, min(120, len(some)))]


def _line(language: str) -> Callable[[random.Random], str]:
    def text(rng: random.Random) -> str:
        members = rng.choice(LINES[language])
        start = rng.choice((0, rng.randrange(max(1, len(members) - 5))))
        return rng.choice(SEPARATORS[language]).join(members[start : start + rng.randint(5, 15)])

    return text


def _line_probes(language: str) -> Callable[[random.Random], list[Probe]]:
    def probes(rng: random.Random) -> list[Probe]:
        found = [
            asked("alphabet", language, "seen", members[start : start + 5], separator)
            for members in LINES[language]
            for separator in dict.fromkeys(SEPARATORS[language])
            for start in range(len(members) - 5)
        ]
        return rng.sample(found, min(100, len(found)))

    return probes


def _pattern_text(rng: random.Random) -> str:
    shown = pattern(rng)
    separator = rng.choice((", ", "、", " ", "\n"))
    return separator.join(shown)


def _pattern_probes(rng: random.Random) -> list[Probe]:
    found = []
    for _ in range(120):
        separator, language = rng.choice(((", ", "en"), ("、", "ja")))
        found.append(asked("patterns", language, "new", pattern(rng), separator))
    return found


def abilities() -> list[Ability]:
    """Cycles and lines of both languages, numbers and patterns of either."""
    made = [
        Ability(name, language, weight, _cyclic(language, name), _cyclic_probes(language, name))
        for language in CYCLES
        for name, weight in (("days", 1.0), ("months", 1.0), ("seasons", 0.4), ("others", 0.2))
    ]
    made += [Ability("alphabet", language, 0.7, _line(language), _line_probes(language)) for language in LINES]
    made.append(Ability("counting", "en+ja", 3.0, _number_text, _number_probes))
    made.append(Ability("patterns", "en+ja", 2.0, _pattern_text, _pattern_probes, lines=False))
    return made
