"""The references agree with slow, obvious ones: whole compressions, and the paper's formulas over dictionaries."""

import lzma
import math
import random
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from model_utils.training.errors import CorpusError
from model_utils.training.measuring.compressor import FILTERS, PrimedCompressor
from model_utils.training.measuring.ngram import FALLBACK_DISCOUNTS, KneserNey

VOCABULARY = 9
ORDERS = [1, 2, 3, 5]
Gram = tuple[int, ...]


class ObviousKneserNey:
    """Chen & Goodman's equations, one n-gram at a time."""

    def __init__(self, ids: list[int], order: int) -> None:
        self.order = order
        plain = [Counter(tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)) for n in range(order + 1)]
        self.counts = [Counter[Gram](), *(Counter[Gram]() for _ in range(order))]
        for n in range(1, order):
            for gram in plain[n + 1]:
                self.counts[n][gram[1:]] += 1
            if n > 1:
                self.counts[n].update(dict.fromkeys(plain[n], 0))
                self.counts[n] |= Counter({gram: count for gram, count in plain[n].items() if gram[0] == 0})
        self.counts[order] = plain[order]
        self.discounts = [[0.0] * 4, *(self.estimate(counts) for counts in self.counts[1:])]

    @staticmethod
    def estimate(counts: Counter[Gram]) -> list[float]:
        n = Counter(counts.values())
        if n[1] and n[2] and n[3]:
            y = n[1] / (n[1] + 2 * n[2])
            found = [0.0] + [k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3)]
            if all(0 <= found[k] <= k for k in (1, 2, 3)):
                return found
        return [0.0, *FALLBACK_DISCOUNTS]

    def probability(self, context: Gram, token: int) -> float:
        n = len(context) + 1
        lower = self.probability(context[1:], token) if context else 1 / VOCABULARY
        followers = [count for gram, count in self.counts[n].items() if gram[:-1] == context and count]
        if not followers:
            return lower
        taken = sum(self.discounts[n][min(count, 3)] for count in followers)
        count = self.counts[n][(*context, token)]
        return (count - self.discounts[n][min(count, 3)] + taken * lower) / sum(followers)

    def logprobs(self, ids: list[int]) -> list[float]:
        contexts = [tuple(ids[max(0, i - self.order + 1) : i]) for i in range(1, len(ids))]
        return [math.log(self.probability(context, ids[i])) for i, context in enumerate(contexts, start=1)]


def stream(seed: int, tokens: int) -> list[int]:
    """Documents of ids with skewed frequencies; the highest id never occurs."""
    rng = random.Random(seed)
    ids = [0]
    while len(ids) < tokens:
        ids.append(min(rng.randrange(VOCABULARY - 1), rng.randrange(VOCABULARY - 1)))
    return ids


def packed(ids: list[int]) -> NDArray[np.uint16]:
    return np.array(ids, dtype="<u2")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("tokens", [6, 60, 400])
def test_every_probability_is_the_papers(order: int, tokens: int) -> None:
    ids, unseen = stream(1, tokens), [0, *stream(2, 80), VOCABULARY - 1, 3, 2, 1]
    model, obvious = KneserNey.estimate(packed(ids), VOCABULARY, order), ObviousKneserNey(ids, order)
    for text in (ids, unseen):
        assert model.logprobs(packed(text)) == pytest.approx(obvious.logprobs(text), abs=1e-9)


def test_the_comparison_covers_estimated_and_fallback_discounts() -> None:
    fallback = [0.0, *FALLBACK_DISCOUNTS]
    assert any(found != fallback for found in ObviousKneserNey(stream(1, 400), 5).discounts[3:])
    assert ObviousKneserNey(stream(1, 6), 5).discounts[5] == fallback


@pytest.mark.parametrize("context", [[0], [1, 2], [0, 1], [3, 1, 0, 2], [8], [8, 8, 8, 8, 8], [1, 8, 1]])
def test_probabilities_sum_to_one_after_any_context(context: list[int]) -> None:
    model = KneserNey.estimate(packed(stream(1, 400)), VOCABULARY)
    last = [model.logprobs(packed([*context, token]))[-1] for token in range(VOCABULARY)]
    assert math.fsum(np.exp(last)) == pytest.approx(1, abs=1e-12)


def test_a_text_without_scored_tokens_has_no_logprobs() -> None:
    assert KneserNey.estimate(packed(stream(1, 60)), VOCABULARY).logprobs(packed([0])).shape == (0,)


@pytest.mark.parametrize("ids", [[0, 1, 2], [0, 1, 2, 3, VOCABULARY]])
def test_ids_that_cannot_be_counted_are_refused(ids: list[int]) -> None:
    with pytest.raises(CorpusError, match="at least 5 ids, all below 9"):
        KneserNey.estimate(packed(ids), VOCABULARY)


def test_a_primed_text_costs_what_it_adds_to_the_whole() -> None:
    def size(data: bytes) -> int:
        return len(lzma.compress(data, lzma.FORMAT_RAW, filters=FILTERS))

    rng = random.Random(0)
    primer, news = rng.randbytes(40_000), rng.randbytes(3_000)
    compressor = PrimedCompressor(primer)
    for text in (news, primer[5_000:9_000], "猫がいます。".encode() * 50):
        expected = 8 * (size(primer + text) - size(primer)) / len(text)
        assert compressor.bits_per_byte(text) == PrimedCompressor(primer).bits_per_byte(text) == expected
    assert compressor.bits_per_byte(news) >= 8 > 2 > compressor.bits_per_byte(primer[5_000:9_000])
