"""Reference for held-out text: an interpolated modified Kneser-Ney n-gram model over the same token ids.

Chen & Goodman 1999, "An empirical study of smoothing techniques for language modeling", as KenLM's `lmplz` estimates
it (Heafield et al. 2013): three discounts per order from the counts of counts, continuation counts below the highest
order, unigrams interpolated with the uniform distribution over the vocabulary. N-grams that begin with the separator
keep their plain counts, because a document has nothing before it. The packed ids are one stream: n-grams across a
separator are counted too, and cost nothing but room, a little of the discounts, and no text's score. Leaves out:
pruning, an unknown token (every id has its share of the uniform), and the texts (`packing`, `evaluate`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from model_utils.training.errors import CorpusError

ORDER = 5
SEPARATOR_ID = 0
# What `lmplz --discount_fallback` subtracts from counts of 1, 2, and 3 or more.
FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)


@dataclass(frozen=True, slots=True)
class Level:
    """The distinct n-grams of one order, numbered in the order of their keys, and what they weigh.

    The key of an n-gram is (number of its first n-1 ids at the order below) * vocabulary size + last id.
    """

    keys: NDArray[np.int64]  # (n-grams,), ascending
    shares: NDArray[np.float64]  # (n-grams,): discounted count / total count of the context
    backoffs: NDArray[np.float64]  # (n-grams of the order below,): weight of the order below after each context

    def find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of the n-grams with these keys, -1 where there is none."""
        numbers = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        return np.where(self.keys[numbers] == keys, numbers, -1)


class KneserNey:
    """An estimated model; `estimate` makes one."""

    def __init__(self, levels: list[Level], vocabulary_size: int) -> None:
        self._levels = levels
        self._vocabulary_size = vocabulary_size

    @classmethod
    def estimate(cls, ids: NDArray[np.integer[Any]], vocabulary_size: int, order: int = ORDER) -> Self:
        """Count and weigh every n-gram of the stream `ids` (tokens,), n = 1 ... `order`.

        Takes one sort of int64 keys per order: some 45 s and 5 GB for 49 million tokens and order 5. Documents that
        stand there several times spoil the counts of counts of the highest order: better give each one once.
        """
        if len(ids) < order or ids.max() >= vocabulary_size:
            raise CorpusError(f"An n-gram model needs at least {order} ids, all below {vocabulary_size}.")
        levels: list[Level] = []
        begins_text = np.zeros(1, np.bool_)
        for keys, counts, extensions in _counted(ids, vocabulary_size, order):
            contexts = keys // vocabulary_size
            begins_text = begins_text[contexts] if levels else keys == SEPARATOR_ID
            if len(levels) == order - 1:
                adjusted = counts
            else:
                # As a unigram the separator is what ends a text, so there it has what stands before it.
                adjusted = np.where(begins_text, counts, extensions) if levels else extensions
            levels.append(_weigh(keys, adjusted, contexts, len(levels[-1].keys) if levels else 1))
        return cls(levels, vocabulary_size)

    def logprobs(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """Logprobs, in nats, of `ids[1:]`, each given up to order - 1 ids before it: (tokens - 1,)."""
        probabilities = np.full(len(ids), 1 / self._vocabulary_size)
        numbers = np.zeros(len(ids) + 1, np.int64)
        for n, level in enumerate(self._levels, start=1):
            # A number of -1 is an unseen n-gram; it makes a negative key, so longer ones are not found either.
            contexts = numbers[:-1]
            numbers = level.find(contexts * self._vocabulary_size + ids[n - 1 :])
            lower = probabilities[n - 1 :]
            mixed = np.where(numbers < 0, 0, level.shares[numbers]) + level.backoffs[contexts] * lower
            probabilities[n - 1 :] = np.where(contexts < 0, lower, mixed)
        found: NDArray[np.float64] = np.log(probabilities[1:])
        return found


def _counted(
    ids: NDArray[np.integer[Any]], vocabulary_size: int, order: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """Of each order the keys, the plain counts and the numbers of left extensions (none at the highest): (n-grams,)."""
    keys = counts = np.empty(0, np.int64)
    # The number of the n-gram that starts at each position; at first of the only 0-gram.
    numbers = np.zeros(len(ids) + 1, np.int64)
    for n in range(1, order + 1):
        longer = np.unique(numbers[:-1] * vocabulary_size + ids[n - 1 :], return_inverse=True, return_counts=True)
        longer_keys, longer_numbers, longer_counts = longer
        if n > 1:
            suffixes = np.empty(len(longer_keys), np.int64)
            suffixes[longer_numbers] = numbers[1:]
            yield keys, counts, np.bincount(suffixes, minlength=len(keys))
        keys, numbers, counts = longer_keys, longer_numbers, longer_counts
    yield keys, counts, np.empty(0, np.int64)


def _weigh(keys: NDArray[np.int64], counts: NDArray[np.int64], context_of: NDArray[np.int64], contexts: int) -> Level:
    """A level from the adjusted counts (n-grams,) of its n-grams and the numbers (n-grams,) of their contexts."""
    taken = np.array((0.0, *discounts(counts)))[np.minimum(counts, 3)]
    totals = np.bincount(context_of, weights=counts, minlength=contexts)
    freed = np.bincount(context_of, weights=taken, minlength=contexts)
    # Nothing ever followed a context that stands only at the end of the stream.
    backoffs = np.divide(freed, totals, out=np.ones(contexts), where=totals > 0)
    shares = np.divide(counts - taken, totals[context_of], out=np.zeros(len(keys)), where=counts > 0)
    return Level(keys, shares, backoffs)


def discounts(counts: NDArray[np.int64]) -> tuple[float, float, float]:
    """D1, D2 and D3+ from the adjusted counts of one order (Chen & Goodman, equation 26).

    Counts of counts that allow no estimate, as in a tiny corpus, give the fallback for the whole order, as in `lmplz`.
    """
    ones, twos, threes, fours = (int(n) for n in np.bincount(np.minimum(counts, 5), minlength=6)[1:5])
    if not (ones and twos and threes):
        return FALLBACK_DISCOUNTS
    y = ones / (ones + 2 * twos)
    found = (1 - 2 * y * twos / ones, 2 - 3 * y * threes / twos, 3 - 4 * y * fours / threes)
    return (
        found if all(0 <= value <= most for value, most in zip(found, (1, 2, 3), strict=True)) else FALLBACK_DISCOUNTS
    )
