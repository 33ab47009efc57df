"""The sampler against transformers' own processors and warpers, row by row, and against worked examples."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from model_utils import Sampling, generate
from model_utils.logits.sampling import draw, greedy, process
from tests.fakes import FakeLM
from tests.random_examples import share_of

Row = NDArray[np.float32]


def reference(sampling: Sampling) -> LogitsProcessorList:
    """In the order in which `generate` applies them."""
    parts: list[Any] = []
    if sampling.repetition_penalty != 1:
        parts.append(RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty))
    if sampling.temperature != 1:
        parts.append(TemperatureLogitsWarper(sampling.temperature))
    if sampling.top_k:
        parts.append(TopKLogitsWarper(sampling.top_k))
    if sampling.top_p < 1:
        parts.append(TopPLogitsWarper(sampling.top_p))
    if sampling.min_p:
        parts.append(MinPLogitsWarper(sampling.min_p))
    return LogitsProcessorList(parts)


def rows(vocabulary: int, count: int, seed: int) -> list[Row]:
    """From nearly flat to nearly certain, and one as a trained model gives: a few high, a long falling tail."""
    random = np.random.default_rng((vocabulary, seed))
    spreads = np.geomspace(0.05, 12, count - 1)
    shaped = [random.normal(0, spread, vocabulary) for spread in spreads]
    shaped.append(-1.1 * np.log1p(random.permutation(vocabulary)) + random.normal(0, 0.3, vocabulary))
    return [row.astype(np.float32) for row in shaped]


GRID = [
    Sampling(temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p, repetition_penalty=penalty)
    for temperature, top_k, top_p, min_p, penalty in itertools.product(
        (0.3, 1.0, 1.7), (0, 1, 40), (1.0, 0.9, 0.35), (0.0, 0.08), (1.0, 1.3)
    )
]
ALONE = [
    *(Sampling(top_p=p) for p in (0.0, 0.001, 0.1, 0.5, 0.8, 0.95, 0.999, 0.999999)),
    *(Sampling(min_p=p) for p in (1e-6, 0.001, 0.5, 1.0)),
    *(Sampling(top_k=k) for k in (1, 2, 999, 10**9)),
    *(Sampling(temperature=t) for t in (0.01, 0.5, 100.0)),
    *(Sampling(repetition_penalty=p) for p in (0.01, 0.5, 2.0, 100.0)),
]


def name(sampling: Sampling) -> str:
    return (
        " ".join(
            f"{k}={getattr(sampling, k)}"
            for k in sampling.__struct_fields__
            if getattr(sampling, k) != getattr(Sampling(), k)
        )
        or "default"
    )


def compare(row: Row, ids: list[int], sampling: Sampling) -> int:
    """Equal scores, equal cuts. Returns how many tokens stand so close to the edge of top-p or min-p, within float32's
    rounding, that the two may tell them apart differently (0 or 1)."""
    ours = process(row, ids, sampling)
    theirs = reference(sampling)(torch.tensor([ids]), torch.from_numpy(row)[None].clone())[0].numpy()
    kept, expected = np.isfinite(ours), np.isfinite(theirs)
    both = kept & expected
    np.testing.assert_allclose(ours[both], theirs[both], rtol=3e-7, atol=1e-30)
    different = kept != expected
    return int(different.sum())


@pytest.mark.parametrize("vocabulary", [1_000, 12_000, 50_257])
@pytest.mark.parametrize("sampling", GRID, ids=name)
def test_the_grid_is_transformers(vocabulary: int, sampling: Sampling) -> None:
    made = rows(vocabulary, 6 if vocabulary < 50_000 else 3, seed=1)
    ids = np.random.default_rng(vocabulary).integers(0, vocabulary, 60).tolist()
    differences = [compare(row, ids, sampling) for row in made]
    assert max(differences) <= 1 and sum(differences) <= 1


@pytest.mark.parametrize("sampling", ALONE, ids=name)
def test_each_setting_alone_is_transformers(sampling: Sampling) -> None:
    ids = [3, 5, 5, 999, 0]
    differences = [compare(row, ids, sampling) for seed in range(8) for row in rows(1_000, 10, seed)]
    assert max(differences) <= 1 and sum(differences) <= 1


def test_equal_logits_stay_together_in_top_k() -> None:
    row = np.array([1, 3, 2, 2, 2, 0], dtype=np.float32)
    assert np.flatnonzero(np.isfinite(process(row, [], Sampling(top_k=2)))).tolist() == [1, 2, 3, 4]
    assert compare(row, [0], Sampling(top_k=2)) == 0


@pytest.mark.parametrize("count", [2, 4, 5, 8, 10])
def test_a_sum_that_is_exactly_the_rest_is_cut(count: int) -> None:
    """Of ten equal tokens top-p .9 keeps nine, as transformers does, though 1 - .9 in float64 is below .1."""
    row = np.zeros(count, dtype=np.float32)
    for p in np.round(np.arange(0, 1, 0.05), 2).tolist():
        ours = np.isfinite(process(row, [], Sampling(top_p=p)))
        assert ours.sum() == reference(Sampling(top_p=p))(None, torch.zeros(1, count)).isfinite().sum()
        assert ours[: ours.sum()].all(), "of equals, the lower id has the better rank and stays"


def kept(probabilities: list[float], **settings: float) -> list[int]:
    row = np.log(np.array(probabilities, dtype=np.float32))
    return np.flatnonzero(np.isfinite(process(row, [], Sampling(**settings)))).tolist()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"top_p": 0.8}, [0, 1]),
        ({"top_p": 0.59}, [0]),
        ({"top_p": 0.61}, [0, 1]),
        ({"top_p": 0.95}, [0, 1, 2]),
        ({"top_p": 0.0}, [0]),
        ({"top_p": 1.0}, [0, 1, 2]),
        ({"min_p": 0.4}, [0, 1]),
        ({"min_p": 0.6}, [0]),
        ({"min_p": 1.0}, [0]),
        ({"top_k": 1}, [0]),
        ({"top_k": 2, "top_p": 0.66}, [0]),
        ({"temperature": 0.0}, [0]),
        ({"temperature": 2.0, "top_p": 0.8}, [0, 1]),
        ({"temperature": 2.0, "top_p": 0.81}, [0, 1, 2]),
    ],
    ids=str,
)
def test_worked_examples(settings: dict[str, float], expected: list[int]) -> None:
    """(.6, .3, .1): top-p .8 keeps the token that crosses it; after top-k 2 the two are .667 and .333;
    at temperature 2 the three are .473, .334, .193."""
    assert kept([0.6, 0.3, 0.1], **settings) == expected


def test_the_penalty_comes_first_and_by_sign() -> None:
    row = np.array([4, 2, -1, -3], dtype=np.float32)
    scores = process(row, [0, 2, 2], Sampling(temperature=0.5, repetition_penalty=2.0))
    assert scores.tolist() == [4.0, 4.0, -4.0, -6.0]
    assert row.tolist() == [4, 2, -1, -3], "the model's own logits stay as they are"


def test_temperature_0_is_the_penalised_argmax() -> None:
    row = np.array([4, 3, 3, -3], dtype=np.float32)
    scores = process(row, [0], Sampling(temperature=0.0, repetition_penalty=2.0, top_p=0.1))
    assert np.flatnonzero(np.isfinite(scores)).tolist() == [1]
    assert greedy(row, [0], 2.0) == 1 and greedy(row, [], 2.0) == 0


@pytest.mark.parametrize("temperature", [1e-45, 1e-40, 1e-38, 1e-30, 1e-3])
@pytest.mark.parametrize(
    "row", [[3.0, 80.0, -50.0], [-3.0, -0.5, -80.0], [0.0, 1.0, -1.0]], ids=["mixed", "negative", "zero"]
)
def test_a_temperature_near_0_is_the_most_likely(temperature: float, row: list[float]) -> None:
    scores = process(np.array(row, dtype=np.float32), [], Sampling(temperature=temperature))
    assert {draw(scores, seed, 1) for seed in range(20)} == {1}


def test_draws_follow_the_distribution() -> None:
    """Chi-square over 4,000 seeds: 7 degrees of freedom, beyond 24.3 once in a thousand."""
    row = np.random.default_rng(5).normal(0, 1.3, 8).astype(np.float32)
    expected = np.exp(row - row.max()) / np.exp(row - row.max()).sum()
    for place in (0, 1, 77):
        counts = np.bincount([draw(row, seed, place) for seed in range(4_000)], minlength=8)
        assert ((counts - 4_000 * expected) ** 2 / (4_000 * expected)).sum() < 24.3


def test_draws_of_one_seed_follow_the_distribution_over_places() -> None:
    row = np.log(np.array([0.5, 0.25, 0.125, 0.125], dtype=np.float32))
    counts = np.bincount([draw(row, 7, place) for place in range(4_000)], minlength=4)
    expected = 4_000 * np.exp(row)
    assert ((counts - expected) ** 2 / expected).sum() < 16.3  # 3 degrees of freedom


def test_neighbouring_draws_are_independent() -> None:
    row = np.zeros(2, dtype=np.float32)
    pairs = [(draw(row, seed, place), draw(row, seed, place + 1)) for seed in range(50) for place in range(0, 80, 2)]
    counts = np.bincount([2 * a + b for a, b in pairs], minlength=4)
    assert ((counts - 500) ** 2 / 500).sum() < 16.3


def test_what_is_cut_is_never_drawn() -> None:
    row = np.array([0, -np.inf, 0, -np.inf], dtype=np.float32)
    assert {draw(row, seed, 0) for seed in range(200)} == {0, 2}


def test_the_same_seed_gives_the_same_trace() -> None:
    settings = Sampling(temperature=1.3, top_p=0.9, seed=11)
    first, second = (generate(FakeLM(), "好き", 20, settings) for _ in range(2))
    assert first == second
    others = {generate(FakeLM(), "好き", 20, Sampling(temperature=1.3, top_p=0.9, seed=seed)).ids for seed in range(8)}
    assert len(others) == 8


def test_a_seed_is_a_place_in_the_text() -> None:
    """Going on from the ids of a trace draws what the trace drew, so that a fork changes only what it must."""
    whole = generate(FakeLM(), "好き", 12, Sampling(seed=5))
    assert generate(FakeLM(), whole.ids[:6], 8, Sampling(seed=5)).ids == whole.ids


def sorted_top_p(scores: Row, p: float) -> Row:
    """By sorting the whole row, the lower of equals first."""
    order = np.argsort(-scores, kind="stable")[::-1]
    exponentials = np.exp(scores - scores.max())
    sums = np.cumsum((exponentials / exponentials.sum())[order], dtype=np.float64).astype(np.float32)
    cut = order[:-1][sums[:-1] <= np.float32(1 - p)]
    kept = scores.copy()
    kept[cut] = -np.inf
    return kept


@settings(max_examples=share_of(300), deadline=None)
@given(
    size=st.sampled_from([1, 2, 5, 999, 1_001, 30_000]),
    spread=st.sampled_from([0.0, 1e-38, 1e-6, 0.05, 1.0, 3.0, 12.0, 300.0]),
    kind=st.sampled_from(["float32", "bfloat16", "whole", "masked", "signed zeros"]),
    p=st.sampled_from([0.0, 1e-9, 0.001, 0.25, 0.5, 0.75, 0.9, 0.95, 0.999, 0.999999]) | st.floats(0, 0.999),
    seed=st.integers(0, 2**32),
)
def test_top_p_without_sorting_keeps_what_sorting_keeps(
    size: int, spread: float, kind: str, p: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    row = random.normal(0, spread, size).astype(np.float32)
    if kind == "bfloat16":
        row = (row.view(np.int32) & -(2**16)).view(np.float32)
    elif kind == "whole":
        row = np.round(row)
    elif kind == "masked":
        row[random.random(size) < 0.5] = -np.inf
        row[random.integers(size)] = 1.0
    elif kind == "signed zeros":
        row = np.where(random.random(size) < 0.5, np.float32(0.0), np.float32(-0.0))
    np.testing.assert_array_equal(process(row, [], Sampling(top_p=p)), sorted_top_p(row, p))
