"""Short sentences in both languages from lists of words, all different. Leaves out: sense.

Their lengths vary as those of sentences people write do: many of a few words, some of two clauses.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

WHO = ("わたし", "母", "近所の人", "先生", "小さな犬", "若い医者", "隣の子ども", "友だち", "駅で会った人", "祖父")
WHEN = ("今日", "きのうの朝、", "雨の日に", "毎週日曜日に", "春になると、", "仕事のあとで")
WHERE = ("公園で", "駅の前で", "図書館で", "海のそばで", "古い家の庭で", "となりの町の店で")
DID = (
    "ぶどうを食べた",
    "本を読んだ",
    "歌を歌った",
    "手紙を書いた",
    "静かに座っていた",
    "りんごを三つ買った",
    "道に迷った",
    "笑った",
    "寝た",
)
END = ("。", "。", "。", "そうです。", "のだろうか。", "かもしれない。")
JOIN = ("が、", "ので、", "けれども、", "あとで、")

SUBJECT = (
    "The teacher",
    "My mother",
    "A young doctor",
    "The old man",
    "A small dog",
    "Our neighbour",
    "She",
    "We",
    "They",
)
VERB = (
    "read a book",
    "wrote a letter",
    "ate the grapes",
    "sang a song",
    "sat quietly",
    "got lost",
    "slept",
    "laughed",
    "won",
)
PLACE = (" in the park", " at the station", " in the library", " by the sea", " in the garden of an old house")
TIME = (
    " today",
    " yesterday morning",
    " on a rainy day",
    " every Sunday",
    " when spring came",
    " after a long day at work",
)
LINK = (", and ", ", but ", " because ", " while ")


def sentences(count: int, seed: int = 0) -> list[str]:
    """Half Japanese, half English, mixed: ``母は駅の前で本を読んだ。`` and ``My mother read a book at the station.``"""
    random_ = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[_japanese(random_) if len(found) % 2 else _english(random_)] = None
    return list(found)


def _maybe(random_: random.Random, words: Sequence[str], chance: float = 0.4) -> str:
    return random_.choice(words) if random_.random() < chance else ""


def _japanese(random_: random.Random) -> str:
    def clause() -> str:
        who = f"{random_.choice(WHO)}は"
        return f"{_maybe(random_, WHEN)}{who}{_maybe(random_, WHERE)}{random_.choice(DID)}"

    joined = f"{random_.choice(JOIN)}{clause()}" if random_.random() < 0.25 else ""
    return f"{clause()}{joined}{random_.choice(END)}"


def _english(random_: random.Random) -> str:
    def clause() -> str:
        return f"{random_.choice(SUBJECT)} {random_.choice(VERB)}{_maybe(random_, PLACE)}{_maybe(random_, TIME)}"

    first, second = clause(), clause()
    return f"{first}{random_.choice(LINK)}{second[0].lower()}{second[1:]}." if random_.random() < 0.25 else f"{first}."
