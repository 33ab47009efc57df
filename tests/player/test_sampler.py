"""The page's own sampler against transformers' processors over whole rows: 200 rows, 16 settings each.

The probability of every candidate is within 1e-3, and within 1e-6 where all that is kept lies inside the candidates.
That of all other tokens together sums over the vocabulary, and the edge of what is kept may lie in a box: it is within
2.5e-3, and of the 800 cases of each size within 1e-3 in all but two.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Page
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from model_utils.logits.readings import readings
from model_utils.trace.settings import Sampling
from model_utils.trace.values import Candidate, Step, Token, Trace
from model_utils.trace.wire import to_wire
from tests.logits.rows import SIZES, rows

CANDIDATES = 50
SEEDS = range(5)
GRID = {
    "temperature": (0.05, 0.3, 0.7, 1.0, 1.0, 1.4, 2.0),
    "top_k": (0, 0, 1, 5, 40, 50, 60, 150),
    "top_p": (1.0, 1.0, 0.95, 0.9, 0.5, 0.1, 0.0),
    "min_p": (0.0, 0.0, 0.02, 0.1, 0.5, 1.0),
    "repetition_penalty": (1.0, 1.0, 1.3, 0.8, 2.0),
}
ALONE = [
    Sampling(),
    Sampling(temperature=0.0),
    Sampling(temperature=2.0),
    Sampling(top_p=0.9),
    Sampling(top_k=40),
    Sampling(min_p=0.05),
    Sampling(repetition_penalty=1.5),
    Sampling(temperature=0.0, repetition_penalty=2.0),
]

Row = NDArray[np.float32]


def settings(seed: int) -> Iterator[Sampling]:
    """Each knob alone, and eight mixtures."""
    rng = random.Random(seed)
    yield from ALONE
    for _ in range(8):
        yield Sampling(**{name: rng.choice(values) for name, values in GRID.items()})


def text_of(row: Row, seed: int) -> list[int]:
    """What stands before the step: likely tokens, and any."""
    rng = np.random.default_rng(seed)
    likely = np.argsort(-row)[:200]
    return [*rng.choice(likely, 20).tolist(), *rng.integers(0, len(row), 40).tolist()]


def trace_of(row: Row, text: Sequence[int]) -> Trace:
    """A trace whose last step is this row; those before it only say what has been seen."""

    def token(token_id: int) -> Token:
        return Token(id=token_id, bytes=b"x", label="x")

    (reading,) = readings(row[None], np.array([*text, int(row.argmax())]), CANDIDATES, "m")
    candidates = tuple(
        Candidate(token(i), rank, logprob)
        for rank, (i, logprob) in enumerate(zip(reading.top, reading.top_logprobs, strict=True), start=1)
    )
    before = tuple(Step(Candidate(token(i), 1, -1.0), True, (), 1.0) for i in text[1:])
    step = Step(candidates[0], True, candidates, reading.entropy, (), reading.tail)
    return Trace("m", "r", len(row), (token(text[0]),), (*before, step))


def reference(row: Row, text: Sequence[int], sampling: Sampling) -> torch.Tensor:
    """The probabilities that transformers would draw from: what it keeps in float32, with weights in float64.

    In float32 itself a logit of 20 over a temperature of 0.05 is a score right to 3e-5, more than is asked here.
    """
    processors = LogitsProcessorList()
    if sampling.repetition_penalty != 1:
        processors.append(RepetitionPenaltyLogitsProcessor(sampling.repetition_penalty))
    if sampling.temperature not in (0, 1):
        processors.append(TemperatureLogitsWarper(sampling.temperature))
    scored = len(processors)
    if sampling.temperature and sampling.top_k:
        processors.append(TopKLogitsWarper(sampling.top_k))
    if sampling.temperature and sampling.top_p < 1:
        processors.append(TopPLogitsWarper(sampling.top_p))
    if sampling.temperature and sampling.min_p > 0:
        processors.append(MinPLogitsWarper(sampling.min_p))
    ids, logits = torch.tensor([list(text)]), torch.from_numpy(row.copy())[None]
    kept = processors(ids, logits.clone())[0].isfinite()
    scores = LogitsProcessorList(processors[:scored])(ids, logits.double())[0]
    if sampling.temperature == 0:
        return torch.nn.functional.one_hot(scores.argmax(), len(row)).double()
    return scores.masked_fill(~kept, -torch.inf).softmax(-1)


def knobs(sampling: Sampling) -> dict[str, Any]:
    return {name: getattr(sampling, name) for name in GRID}


@pytest.fixture
def shaped(open_trace: Callable[..., Any]) -> Callable[[Trace, list[Sampling]], list[dict[str, Any]]]:
    page: Page = open_trace(trace_of(next(rows(1_000, 0)), [1, 2])).page

    def run(trace: Trace, many: list[Sampling]) -> list[dict[str, Any]]:
        script = """([wire, all]) => {
            const trace = new Tsuzuki[`player/trace/trace`].Trace(wire);
            return all.map((knobs) => {
                const { probabilities, others } = trace.shaped(trace.length - 1, knobs);
                return { probabilities, others };
            });
        }"""
        return page.evaluate(script, [to_wire(trace), [knobs(sampling) for sampling in many]])

    return run


@pytest.mark.parametrize("size", SIZES)
def test_probabilities_are_those_of_the_whole_row(size: int, shaped: Callable[..., Any]) -> None:
    errors_of_others = []
    for seed in SEEDS:
        for number, row in enumerate(rows(size, seed)):
            text = text_of(row, seed)
            trace = trace_of(row, text)
            top = [candidate.token.id for candidate in trace.steps[-1].candidates]
            many = list(settings(100 * seed + number))
            for sampling, found in zip(many, shaped(trace, many), strict=True):
                expected = reference(row, text, sampling)
                is_inside = int((expected > 0).sum()) == int((expected[top] > 0).sum())
                error = (torch.tensor(found["probabilities"]).double() - expected[top]).abs().max().item()
                assert error <= (1e-6 if is_inside else 1e-3), (size, seed, number, sampling)
                others = 1 - expected[top].sum().item()
                errors_of_others.append(abs(found["others"]["probability"] - others))
    assert len(errors_of_others) == 800 and max(errors_of_others) <= 2.5e-3
    assert sorted(errors_of_others)[-3] <= 1e-3
