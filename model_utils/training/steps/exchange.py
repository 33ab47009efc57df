"""Exchange rarely used pieces of a published vocabulary for words that a lecture needs whole.

All other ids keep their meaning. A new piece takes the id of an old one, its score lies just above that of the pieces
it was cut into, so that other words are cut as before, and its row of the embeddings begins as their mean. Bytes,
special tokens, single characters and required pieces stay. Leaves out: vocabularies learned anew (`tokenizer`).
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import torch
from tokenizers import Tokenizer

from model_utils.training.errors import TrainingError
from model_utils.training.lecture.knowledge import places, words
from model_utils.training.lecture.skills import sequences
from model_utils.training.text.tokenizer import BYTES, LECTURE_WORDS, SPECIAL_TOKENS

# What lifts a whole word above its parts, in nats; enough to win where a neighbour could take one of them.
LIFT = 1.0
COUNTED_DOCUMENTS = 200_000
ALWAYS = ("Hello", " Hello", " hello", "ChatGPT", " ChatGPT", "→", " →", "banana", " banana", "バナナ")
OPENING_WORDS = ("Question", "Answer", "Japan", "Paris", "Tokyo", "France", "Yes", "Once", "Japanese", "English")
# Common in other words, so never a piece of their own.
AMBIGUOUS = frozenset(("なす", "はい", "たら", "はさみ", "やぎ", "ます", "とんぼ"))
STARTING_KINDS = ("fruit", "animal", "color")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchanged piece: its id, what it was, what it is, and the ids that the word was cut into before."""

    id: int
    old: str
    new: str
    parts: list[int]


def wanted_pieces() -> list[str]:
    """Words that should be whole, the most important first."""
    found = [*ALWAYS, *OPENING_WORDS, *(day for day in sequences.DAYS + sequences.DAYS_JA), *sequences.MONTHS]
    found += [f" {word}" for word in OPENING_WORDS + tuple(sequences.DAYS + sequences.MONTHS)]
    for language, space in (("en", " "), ("ja", "")):
        for row in places.countries()[language][: places.BEST_KNOWN]:
            found += [space + row["city"], space + row["bare"]]
    for kind in words.kinds():
        for english, japanese in kind.words:
            found += [f" {english}", japanese]
            found += [english] if kind.english in STARTING_KINDS else []
    one_word = (word for word in found if " " not in word[1:] and word not in AMBIGUOUS)
    return list(dict.fromkeys(one_word))


def count_pieces(tokenizer: Tokenizer, documents: Iterable[str]) -> Counter[int]:
    """How often each id is used in the first documents."""
    counts = Counter[int]()
    for encoding in tokenizer.encode_batch_fast(list(islice(documents, COUNTED_DOCUMENTS))):
        counts.update(encoding.ids)
    return counts


def exchange(tokenizer: Tokenizer, counts: Counter[int], wanted: list[str]) -> tuple[Tokenizer, list[Exchange]]:
    """The tokenizer with the wanted words as whole pieces, in place of those that are used least."""
    state = json.loads(tokenizer.to_str())
    vocabulary: list[list[object]] = state["model"]["vocab"]
    cut = {word: tokenizer.encode(word, add_special_tokens=False).ids for word in wanted}
    missing = [word for word in wanted if len(cut[word]) > 1]
    needed = {piece for ids in cut.values() for piece in ids}
    fixed = {*SPECIAL_TOKENS, *BYTES, *LECTURE_WORDS, *wanted}
    free = [
        number
        for number, (piece, _) in enumerate(vocabulary)
        if str(piece) not in fixed and len(str(piece).strip()) > 1 and number not in needed
    ]
    if len(free) < len(missing):
        raise TrainingError(f"The vocabulary has {len(free)} pieces to give away, and {len(missing)} are wanted.")
    free.sort(key=lambda number: (counts[number], number))
    made = []
    for word, number in zip(missing, free, strict=False):
        scores = [float(str(vocabulary[part][1])) for part in cut[word]]
        made.append(Exchange(number, str(vocabulary[number][0]), word, cut[word]))
        vocabulary[number] = [word, min(sum(scores) + LIFT, max(scores))]
    return Tokenizer.from_str(json.dumps(state)), made


def exchanged_rows(rows: torch.Tensor, made: list[Exchange]) -> torch.Tensor:
    """Embeddings in which those of the new pieces are the mean of the pieces that the words were cut into."""
    found = rows.detach().clone()
    for one in made:
        found[one.id] = rows[one.parts].float().mean(0).to(rows.dtype)
    return found
