"""Instructions and answers for the tuned model, in both languages, with two kinds of polite refusal.

Facts, sums and words are those of the other generators, the rest is written by hand. An answer is short, is in the
language asked for, and ends. Leaves out: instructions of the corpus (`instruct`).
"""

import random
from collections.abc import Callable, Iterator

from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.knowledge.places import BEST_KNOWN, countries
from model_utils.training.lecture.knowledge.words import kinds, opposites, trained_dictionary
from model_utils.training.lecture.skills import sums

SOURCE = "lecture"
Pair = tuple[str, str, str]
SHARE_BY_HAND = 0.3
CAPITALS_EN = (
    "What is the capital of {country}?",
    "Tell me the capital of {country}.",
    "Which city is the capital of {country}?",
)
CAPITALS_JA = (
    "{country}の首都はどこですか?",
    "{country}の首都は?",
    "{country}の首都を教えて",
    "{country}の首都を教えてください。",
)
SUMS_EN = ("What is {a} + {b}?", "{a} + {b} = ?", "What is {a}+{b}?", "How much is {a} plus {b}?")
SUMS_JA = ("{a}+{b}は?", "{a} + {b} は?", "{a}足す{b}はいくつですか?", "{a}+{b}を計算して")
TRANSLATE = (
    ("「{japanese}」を英語に訳して", "{english}", "ja-en"),
    ("「{japanese}」を英語に訳してください。", "{english}", "ja-en"),
    ("「{japanese}」は英語で何ですか?", "{english}", "ja-en"),
    ("Translate into English: {japanese}", "{english}", "ja-en"),
    ('Translate "{english}" into Japanese.', "{japanese}", "en-ja"),
    ("{english} to Japanese", "{japanese}", "en-ja"),
    ("「{english}」を日本語に訳して", "{japanese}", "en-ja"),
    ('How do you say "{english}" in Japanese?', "{japanese}", "en-ja"),
)
LIST_EN = ("Name three kinds of {kind}.", "Give me three examples of {kind}.", "List three kinds of {kind}.")
LIST_JA = ("{kind}を三つ挙げて", "{kind}を三つ挙げてください。", "{kind}の例を三つ教えて")
YES_NO_EN = ("Answer only yes or no: Is {city} in {country}?", "Yes or no: is {city} the capital of {country}?")
YES_NO_JA = (
    "はい か いいえ だけで答えて: {city}は{country}にありますか",
    "はいかいいえで答えてください。{city}は{country}の首都ですか?",
)


def _capital(rng: random.Random) -> Pair:
    language = rng.choice(("en", "ja"))
    row = rng.choice(countries()[language][:BEST_KNOWN])
    form = rng.choice(CAPITALS_EN if language == "en" else CAPITALS_JA).format(**row)
    full = "The capital of {country} is {city}." if language == "en" else "{country}の首都は{city}です。"
    short = "{city}." if language == "en" else "{city}です。"
    return form, rng.choice((full, short, short)).format(**row), language


def _sum(rng: random.Random) -> Pair:
    a, b = sums.pair(rng)
    if rng.random() < 0.5:
        return rng.choice(SUMS_EN).format(a=a, b=b), f"{a + b}.", "en"
    return rng.choice(SUMS_JA).format(a=a, b=b), f"{a + b}です。", "ja"


def _translation(rng: random.Random) -> Pair:
    ask, answer, language = rng.choice(TRANSLATE)
    english, japanese = rng.choice(read("sentences")["trained"] if rng.random() < 0.6 else trained_dictionary())
    if rng.random() < 0.4:
        english, japanese = english.removesuffix("."), japanese.removesuffix("。")
    words = {"english": english, "japanese": japanese}
    return ask.format(**words), answer.format(**words), language


def _opposite(rng: random.Random) -> Pair:
    if rng.random() < 0.5:
        a, b = rng.choice(opposites("english"))
        return (
            rng.choice(("What is the opposite of {a}?", 'Give me the opposite of "{a}".')).format(a=a),
            f"{b[0].upper()}{b[1:]}.",
            "en",
        )
    a, b = rng.choice(opposites("japanese"))
    return (
        rng.choice(("「{a}」の反対は?", "「{a}」の反対は何ですか?", "{a}の反対語を教えて")).format(a=a),
        f"{b}です。",
        "ja",
    )


def _list(rng: random.Random) -> Pair:
    kind = rng.choice([kind for kind in kinds() if len(kind.trained) > 3])
    words = rng.sample(kind.trained, 3)
    if rng.random() < 0.5:
        first, second, third = (english for english, _ in words)
        return (
            rng.choice(LIST_EN).format(kind=kind.english),
            f"{first[0].upper()}{first[1:]}, {second} and {third}.",
            "en",
        )
    return rng.choice(LIST_JA).format(kind=kind.japanese), "、".join(japanese for _, japanese in words) + "です。", "ja"


def _yes_or_no(rng: random.Random) -> Pair:
    language = rng.choice(("en", "ja"))
    row, other = rng.sample(countries()[language][:BEST_KNOWN], 2)
    right = rng.random() < 0.5
    form = rng.choice(YES_NO_EN if language == "en" else YES_NO_JA)
    asked = form.format(city=row["city"], country=(row if right else other)["country"])
    answers = ("Yes.", "No.") if language == "en" else ("はい。", "いいえ。")
    return asked, answers[0 if right else 1], language


def _by_hand(rng: random.Random) -> Pair:
    language = rng.choice(("en", "ja"))
    asked, answer = rng.choice(read("instructions")["answers"][language])
    return asked, answer, language


MADE: tuple[Callable[[random.Random], Pair], ...] = (
    _capital,
    _sum,
    _translation,
    _translation,
    _opposite,
    _list,
    _yes_or_no,
)


def pairs(count: int, seed: int) -> Iterator[dict[str, str]]:
    """`count` pairs in the form of the corpus: prompt, response, lang, source."""
    rng = random.Random(seed)
    for _ in range(count):
        make = _by_hand if rng.random() < SHARE_BY_HAND else rng.choice(MADE)
        prompt, response, language = make(rng)
        yield {"prompt": prompt, "response": response, "lang": language, "source": SOURCE}
