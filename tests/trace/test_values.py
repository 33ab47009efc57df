"""The values check themselves at birth, and their sums are the field's."""

from __future__ import annotations

import math

import msgspec
import pytest

from model_utils import Candidate, Fork, Sampling, Step, Token, Trace
from model_utils.errors import InvalidFork, InvalidSettings, NotWhole
from model_utils.trace.utf8 import decode, hex_label

A, B, C = (Token(id=at, bytes=text.encode(), label=text) for at, text in enumerate("abc"))
BOS = Token(id=9, bytes=b"<s>", label="<s>", special=True)
HALF = Token(id=7, bytes="か".encode()[:2], label="‹E3 81›")
REST = Token(id=8, bytes="か".encode()[2:], label="‹8B›か")


def candidates(*probabilities: float) -> tuple[Candidate, ...]:
    tokens = (A, B, C)
    return tuple(Candidate(tokens[at], at + 1, math.log(p)) for at, p in enumerate(probabilities))


def step(chosen: Candidate | None = None, **changes: object) -> Step:
    shown = candidates(0.5, 0.25)
    fields = {"chosen": chosen or shown[0], "given": True, "candidates": shown, "entropy": 1.0, **changes}
    return Step(**fields)  # type: ignore[arg-type]


def trace(*steps: Step, **changes: object) -> Trace:
    return Trace(**{"model": "m", "revision": "1", "vocab_size": 10, "context": (BOS,), "steps": steps, **changes})


def test_probability_and_surprisal() -> None:
    quarter = candidates(0.5, 0.25)[1]
    assert quarter.probability == pytest.approx(0.25) and quarter.surprisal_bits == pytest.approx(2.0)


def test_entropy_in_bits() -> None:
    assert step(entropy=math.log(2)).entropy_bits == pytest.approx(1.0)


def test_a_text_of_halves_of_probability_multiplies() -> None:
    scored = trace(step(), step(candidates(0.5, 0.25)[1]), step(Candidate(C, 3, math.log(0.125))))
    assert math.exp(scored.logprob) == pytest.approx(0.5 * 0.25 * 0.125)
    assert scored.perplexity == pytest.approx((0.5 * 0.25 * 0.125) ** (-1 / 3))
    assert scored.text == "abc" and scored.ids == (9, 0, 1, 2)


def test_no_steps_no_perplexity() -> None:
    assert math.isnan(trace().perplexity) and trace().logprob == 0 and trace().text == ""


def test_halves_make_one_character_and_a_half_alone_shows_its_bytes() -> None:
    first, second = (step(Candidate(token, 5, -3.0)) for token in (HALF, REST))
    assert trace(first, second).text == "か" and trace(first).text == "‹E3 81›"
    assert decode(b"a\xffb") == "a‹FF›b" and hex_label(b"\xe3\x81") == "‹E3 81›"
    assert decode("\N{REPLACEMENT CHARACTER}".encode()) == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"candidates": candidates(0.5, 0.25)[::-1]}, "rank", id="ranks out of order"),
        pytest.param({"candidates": candidates(0.5, 0.25)[1:]}, "rank", id="ranks with a gap"),
        pytest.param({"candidates": candidates(0.25, 0.5)}, "more likely", id="rising logprobs"),
        pytest.param({"candidates": candidates(1.5)}, "more likely", id="probability above 1"),
        pytest.param({"candidates": (Candidate(A, 1, math.nan),)}, "number", id="candidate nan"),
        pytest.param({"candidates": (Candidate(A, 1, -math.inf),)}, "number", id="candidate infinite"),
        pytest.param({"candidates": (*candidates(0.5, 0.25), Candidate(A, 3, -2.0))}, "twice", id="a token twice"),
        pytest.param({"chosen": Candidate(C, 1, -0.7)}, "chosen", id="another token at the chosen rank"),
        pytest.param({"chosen": Candidate(A, 3, -3.0)}, "chosen", id="a candidate chosen under another rank"),
        pytest.param({"chosen": Candidate(C, 3, -0.1)}, "chosen", id="chosen outside and too likely"),
        pytest.param({"chosen": Candidate(C, 0, -3.0)}, "chosen", id="rank 0"),
        pytest.param({"chosen": Candidate(C, 3, 0.5)}, "chosen", id="chosen above 1"),
        pytest.param({"chosen": Candidate(C, 3, math.nan)}, "chosen", id="chosen nan"),
        pytest.param({"entropy": -0.1}, "entropy", id="negative entropy"),
        pytest.param({"entropy": math.nan}, "entropy", id="entropy nan"),
        pytest.param({"entropy": math.inf}, "entropy", id="entropy infinite"),
        pytest.param({"cut": (3,)}, "cut", id="cut beyond the candidates"),
        pytest.param({"cut": (2, 1)}, "cut", id="cut falling"),
        pytest.param({"cut": (2, 2)}, "cut", id="cut twice"),
    ],
)
def test_a_step_refuses(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        step(**changes)


@pytest.mark.parametrize(
    ("steps", "changes", "message"),
    [
        pytest.param([], {"vocab_size": 0}, "vocab_size", id="no vocabulary"),
        pytest.param([], {"end": "context_full"}, "sampling", id="generated without settings"),
        pytest.param([], {"sampling": Sampling()}, "sampling", id="scored with settings"),
        pytest.param([step(Candidate(C, 11, -9.0))], {}, "rank", id="rank beyond the vocabulary"),
        pytest.param([step()], {"vocab_size": 1}, "candidates", id="more candidates than the vocabulary"),
    ],
)
def test_a_trace_refuses(steps: list[Step], changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        trace(*steps, **changes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", -0.1),
        ("temperature", math.nan),
        ("temperature", math.inf),
        ("temperature", "1"),
        ("temperature", True),
        ("top_k", -1),
        ("top_k", 2.5),
        ("top_k", True),
        ("top_p", 1.1),
        ("top_p", -0.1),
        ("min_p", 1.5),
        ("min_p", None),
        ("repetition_penalty", 0.0),
        ("repetition_penalty", math.inf),
        ("seed", -1),
        ("seed", 2**53),
    ],
    ids=lambda value: str(value),
)
def test_sampling_refuses(name: str, value: object) -> None:
    with pytest.raises(InvalidSettings) as error:
        Sampling(**{name: value})  # type: ignore[arg-type]
    assert error.value.params["name"] == name and name in str(error.value)


@pytest.mark.parametrize(("name", "value"), [("top_k", 1.5), ("seed", 2.0), ("top_k", math.nan)])
def test_what_is_whole_is_never_rounded(name: str, value: float) -> None:
    with pytest.raises(NotWhole, match=f"{name} is {value}; it must be a whole number from 0 to "):
        Sampling(**{name: value})  # type: ignore[arg-type]


def test_sampling_takes_its_bounds() -> None:
    Sampling(temperature=0, top_k=0, top_p=0, min_p=1, repetition_penalty=100, seed=2**53 - 1)


def test_values_are_frozen_and_equal_by_content() -> None:
    with pytest.raises(AttributeError):
        step().given = False  # type: ignore[misc]
    assert trace(step()) == trace(step()) and hash(step()) == hash(step())
    assert trace(step()) != trace(step(given=False))
    assert not hasattr(step(), "__dict__") and issubclass(Step, msgspec.Struct)


def test_a_fork_is_by_ids() -> None:
    whole = trace(step(), step(candidates(0.5, 0.25)[1]))
    assert whole.fork(1, 2) == Fork("m", "1", (BOS,), whole.steps[:1], (2,), whole.steps[1])
    assert whole.fork(1, 2).ids == (9, 0, 2) and whole.fork(0, 7).ids == (9, 7) and whole.fork(2, 5).ids == (9, 0, 1, 5)


@pytest.mark.parametrize("place", [-1, 3], ids=["before the beginning", "behind the end"])
def test_a_fork_needs_a_place(place: int) -> None:
    with pytest.raises(InvalidFork):
        trace(step(), step()).fork(place, 1)
