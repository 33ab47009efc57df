"""Short sentences in both languages from lists of words, all different, of varied length. Leaves out: sense."""

from __future__ import annotations

import random

WHO = ("わたし", "母", "近所の人", "先生", "小さな犬", "若い医者", "隣の子ども", "友だち")
WHEN = ("", "今日", "きのうの朝、", "雨の日に", "毎週日曜日に", "春になると、")
WHERE = ("", "公園で", "駅の前で", "図書館で", "海のそばで", "古い家の庭で")
DID = (
    "ぶどうを食べた",
    "本を読んだ",
    "歌を歌った",
    "手紙を書いた",
    "静かに座っていた",
    "りんごを三つ買った",
    "道に迷った",
)
END = ("。", "そうです。", "のだろうか。", "かもしれない。")

SUBJECT = ("The teacher", "My mother", "A young doctor", "The old man", "A small dog", "Our neighbour", "Her friend")
VERB = (
    "read a book",
    "wrote a letter",
    "ate the grapes",
    "sang a song",
    "sat quietly",
    "bought three apples",
    "got lost",
)
PLACE = ("", " in the park", " at the station", " in the library", " by the sea", " in the garden of an old house")
TIME = ("", " today", " yesterday morning", " on a rainy day", " every Sunday", " when spring came")


def sentences(count: int, seed: int = 0) -> list[str]:
    """Half Japanese, half English, mixed: ``母は駅の前で本を読んだ。`` and ``My mother read a book at the station.``"""
    random_ = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[_japanese(random_) if len(found) % 2 else _english(random_)] = None
    return list(found)


def _japanese(random_: random.Random) -> str:
    return f"{random_.choice(WHEN)}{random_.choice(WHO)}は{''.join(map(random_.choice, (WHERE, DID, END)))}"


def _english(random_: random.Random) -> str:
    return "".join(map(random_.choice, (SUBJECT, (" ",), VERB, PLACE, TIME))) + "."
