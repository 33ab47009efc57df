"""Join single sentences into longer documents, so that a text goes on after its first full stop.

Half of the sentences are joined by twos to fives with others that share one of their rarer words; the other half stays
alone. Leaves out: sentences that share nothing, which stay alone as well.
"""

import random
import re
from collections import Counter

JOINED_SHARE = 0.5
LONGEST = 5
# A word that more sentences have says little of what they are about.
MOST_SENTENCES = 60
CONTENT_WORD = re.compile(r"[A-Za-z]{4,}|[\u30a1-\u30fa\u30fc]{2,}|[\u3400-\u4dbf\u4e00-\u9fff]+")


def join_related(sentences: list[str], between: str, rng: random.Random) -> list[str]:
    """The sentences, half of them joined, in no particular order."""
    chosen = [rng.random() < JOINED_SHARE for _ in sentences]
    alone = [sentence for sentence, join in zip(sentences, chosen, strict=True) if not join]
    groups: dict[str, list[str]] = {}
    words = [
        list(dict.fromkeys(CONTENT_WORD.findall(text))) for text, join in zip(sentences, chosen, strict=True) if join
    ]
    counts = Counter(word for found in words for word in found)
    joined = iter(words)
    for sentence, join in zip(sentences, chosen, strict=True):
        if join:
            groups.setdefault(_subject(next(joined), counts), []).append(sentence)
    alone += groups.pop("", [])
    for group in groups.values():
        alone += [between.join(part) for part in _parts(list(dict.fromkeys(group)), rng)]
    return alone


def _subject(words: list[str], counts: Counter[str]) -> str:
    """The word that most other sentences share, of those that are not everywhere; nothing if there is none."""
    shared = [word for word in words if 1 < counts[word] <= MOST_SENTENCES]
    return max(shared, key=lambda word: counts[word]) if shared else ""


def _parts(group: list[str], rng: random.Random) -> list[list[str]]:
    rng.shuffle(group)
    parts = []
    while group:
        size = rng.randint(2, LONGEST)
        parts.append(group[:size])
        group = group[size:]
    return parts
