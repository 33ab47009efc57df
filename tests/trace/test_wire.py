"""JSON out and in: nothing is lost, and nothing that is not a trace gets in or raises anything but InvalidTrace."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from model_utils import Sampling, Trace, TsuzukiError, generate, score
from model_utils.errors import InvalidTrace
from model_utils.logits.readings import readings
from model_utils.tokens.vocabulary import label
from model_utils.trace import golomb
from model_utils.trace.values import Candidate, Step, Token, from_wire
from model_utils.trace.wire import part_to_wire, to_wire
from model_utils.trace.wire_steps import step_to_wire
from model_utils.views.protocol.branches import branches_from_wire, branches_to_wire
from tests.fakes import FakeLM
from tests.logits.rows import SIZES, rows
from tests.random_examples import share_of

OLDER = Path(__file__).parent / "older"
"""Files as earlier versions wrote them."""
nats = st.floats(-60, 0, allow_nan=False).map(lambda value: round(value, 7) + 0.0)


@st.composite
def tokens(draw: st.DrawFn, count: int) -> list[Token]:
    ids = draw(st.lists(st.integers(0, 10**6), min_size=count, max_size=count, unique=True))
    raws = draw(st.lists(st.binary(max_size=6), min_size=count, max_size=count))
    return [Token(id_, raw, label(raw), draw(st.booleans())) for id_, raw in zip(ids, raws, strict=True)]


@st.composite
def steps(draw: st.DrawFn) -> Step:
    kept = draw(st.integers(0, 5))
    pool = draw(tokens(kept + 1))
    logprobs = sorted(draw(st.lists(nats, min_size=kept, max_size=kept)), reverse=True)
    candidates = tuple(Candidate(pool[at], at + 1, logprob) for at, logprob in enumerate(logprobs))
    outside = Candidate(pool[kept], draw(st.integers(kept + 1, 10**6)), (logprobs or [0.0])[-1] - draw(st.floats(0, 9)))
    return Step(
        chosen=draw(st.sampled_from([*candidates, outside])),
        given=draw(st.booleans()),
        candidates=candidates,
        entropy=-draw(nats) + 0.0,
        cut=tuple(sorted(draw(st.sets(st.integers(1, kept))))) if kept else (),
    )


samplings = st.builds(
    Sampling,
    temperature=st.floats(0, 100),
    top_k=st.integers(0, 2**31),
    top_p=st.floats(0, 1),
    min_p=st.floats(0, 1),
    repetition_penalty=st.floats(0.01, 100),
    seed=st.integers(0, 2**53 - 1),
)
names = st.text(st.characters(exclude_categories=["Cs"]))


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    sampling = draw(st.none() | samplings)
    end = (
        draw(st.sampled_from(["unfinished", "max_new_tokens", "end_of_text", "context_full"])) if sampling else "given"
    )
    context = tuple(draw(tokens(draw(st.integers(0, 2)))))
    shown = tuple(draw(st.lists(steps(), max_size=4)))
    return Trace(draw(names), draw(names), 10**6 + 1, context, shown, sampling, end)  # type: ignore[arg-type]


@given(traces())
@settings(max_examples=share_of(150), deadline=None)
def test_round_trip(trace: Trace) -> None:
    text = trace.to_json()
    assert Trace.from_json(text) == trace == Trace.from_json(text.encode())
    assert "\n" not in text and from_wire(to_wire(trace)) == trace
    assert Trace.from_json(text).to_json() == text


@pytest.mark.parametrize("prompt", ["好きな", "葡 the<b>", "x\n"], ids=["japanese", "halves and html", "line end"])
def test_round_trip_of_what_a_model_did(prompt: str) -> None:
    for trace in (generate(FakeLM(), prompt, 8, Sampling(seed=3, top_k=4)), score(FakeLM(), prompt, candidates=2)):
        assert Trace.from_json(trace.to_json()) == trace


def good() -> dict[str, Any]:
    return json.loads(generate(FakeLM(), "好きな", 3, Sampling(temperature=0.5), candidates=4).to_json())


def put(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return change


def without(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        del data[path[-1]]

    return change


def encoded(*raw: bytes) -> str:
    return base64.b64encode(b"".join(raw)).decode()


FIELDS = ("schema", "model", "revision", "vocab_size", "end", "sampling", "tokens", "context", "steps")
STEP_FIELDS = ("chosen", "given", "entropy", "candidates")
WRONG: dict[str, Callable[[dict[str, Any]], None]] = {
    **{f"no {name}": without(name) for name in FIELDS},
    **{f"no step {name}": without("steps", 0, name) for name in STEP_FIELDS},
    **{f"{name} an object": put(name, value={"a": 1}) for name in FIELDS if name != "sampling"},
    **{f"{name} true": put(name, value=True) for name in FIELDS},
    **{f"step {name} a string": put("steps", 0, name, value="1") for name in STEP_FIELDS},
    "unknown field": put("html", value="<b>"),
    "unknown step field": put("steps", 0, "html", value="<b>"),
    "unknown sampling field": put("sampling", "beam", value=4),
    "schema of tomorrow": put("schema", value=3),
    "schema huge": put("schema", value=10**400),
    "end of another kind": put("end", value="bored"),
    "end given with sampling": put("end", value="given"),
    "sampling null": put("sampling", value=None),
    "temperature below 0": put("sampling", "temperature", value=-1),
    "temperature huge": put("sampling", "temperature", value=10**300),
    "top_k fraction": put("sampling", "top_k", value=1.5),
    "seed huge": put("sampling", "seed", value=10**30),
    "vocab_size 0": put("vocab_size", value=0),
    "vocab_size 1": put("vocab_size", value=1),
    "token id negative": put("tokens", 0, 0, value=-1),
    "token id huge": put("tokens", 0, 0, value=10**40),
    "token bytes not base64": put("tokens", 0, 1, value="***"),
    "token bytes of a broken length": put("tokens", 0, 1, value="abcde"),
    "token bytes not ascii": put("tokens", 0, 1, value="好き"),
    "token label a number": put("tokens", 0, 2, value=4),
    "token label with a lone surrogate": put("tokens", 0, 2, value="\ud800"),
    "token special a number": put("tokens", 0, 3, value=1),
    "token too short": put("tokens", 0, value=[1, "", "a"]),
    "token too long": put("tokens", 0, value=[1, "", "a", False, 0]),
    "context beyond the tokens": put("context", value=[99]),
    "context negative": put("context", value=[-1]),
    "context huge": put("context", value=[10**30]),
    "candidate beyond the tokens": put("steps", 0, "candidates", 0, value=golomb.pack([0, 1, 2, 99])),
    "candidate beyond the tokens in a list": put("steps", 0, "candidates", 0, value=[0, 1, 2, 99]),
    "candidate negative": put("steps", 0, "candidates", 0, value=[0, 1, 2, -1]),
    "candidate twice": put("steps", 0, "candidates", 0, value=golomb.pack([0, 1, 2, 1])),
    "candidates beyond a thousand": put("steps", 0, "candidates", value=[golomb.pack([0] * 1001)] * 2),
    "candidates of an order beyond all": put("steps", 0, "candidates", 0, value=encoded(b"\xff\xff")),
    "candidates that end within one": put("steps", 0, "candidates", 0, value=encoded(b"\x09\x80")),
    "candidates with a number beyond all": put("steps", 0, "candidates", 0, value=encoded(b"\0" * 8, b"\xff" * 8)),
    "fewer logprobs than candidates": put("steps", 0, "candidates", 1, value=golomb.pack([10**7])),
    "fewer logprobs than candidates in a list": put("steps", 0, "candidates", 1, value=[-1.0]),
    "logprobs rising": put("steps", 0, "candidates", 1, value=[-3.0, -2.0, -1.0, -0.5]),
    "logprob above 0": put("steps", 0, "candidates", 1, value=[1.0, -1.0, -2.0, -3.0]),
    "logprob null": put("steps", 0, "candidates", 1, value=[None, -1.0, -2.0, -3.0]),
    "chosen beyond the tokens": put("steps", 0, "chosen", 0, value=99),
    "chosen of rank 0": put("steps", 0, "chosen", 1, value=0),
    "chosen of rank -1": put("steps", 0, "chosen", 1, value=-1),
    "chosen of huge rank": put("steps", 0, "chosen", value=[0, 10**30, -50.0]),
    "chosen of another token's rank": put("steps", 0, "chosen", value=[0, 1, -1.0]),
    "chosen above 0": put("steps", 0, "chosen", 2, value=0.1),
    "entropy negative": put("steps", 0, "entropy", value=-1),
    "cut beyond the candidates": put("steps", 0, "cut", value=[9]),
    "cut falling": put("steps", 0, "cut", value=[3, 2]),
    "cut huge": put("steps", 0, "cut", value=[10**30]),
    "cut from rank 0": put("steps", 0, "cut", value=0),
    "cut from beyond the candidates": put("steps", 0, "cut", value=5),
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_a_wrong_trace_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    data = good()
    change(data)
    with pytest.raises(InvalidTrace) as error:
        Trace.from_json(json.dumps(data))
    assert "msgspec" not in str(error.value) and "$" not in str(error.value)


def test_what_was_changed_was_right_before() -> None:
    assert isinstance(Trace.from_json(json.dumps(good())), Trace)


TEXTS: dict[str, str | bytes] = {
    "nothing": "",
    "null": "null",
    "a list": "[]",
    "a number": "17",
    "not json": "{schema: 1}",
    "half": json.dumps(good())[:200],
    "two": json.dumps(good()) * 2,
    "html": "<!doctype html>",
    "not utf-8": b"\xff\xfe{",
    "utf-16": json.dumps(good()).encode("utf-16"),
    "lone surrogate outside": "\ud800",
    "lone surrogate inside": json.dumps(good(), ensure_ascii=False).replace("fake", "\ud83d"),
    "NaN": json.dumps(good()).replace('"entropy": ', '"entropy": NaN, "x": '),
    "Infinity": json.dumps(good()).replace('"entropy": ', '"entropy": Infinity, "x": '),
    "1e999": json.dumps(good()).replace('"entropy": ', '"entropy": 1e999, "x": '),
    "digits without end": '{"schema":' + "9" * 100_000 + "}",
    "a fraction without end": json.dumps(good()).replace('"vocab_size": ', '"vocab_size": 1' + "0" * 5000 + ', "x": '),
    "nested in an unknown field": '{"schema":1,"x":' + "[" * 200_000 + "]" * 200_000 + "}",
    "nested lists": "[" * 200_000,
    "nested objects": '{"a":' * 200_000,
    "nested tokens": '{"schema":1,"tokens":' + "[" * 200_000,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_no_trace_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidTrace):
        Trace.from_json(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5))
@settings(max_examples=share_of(300), deadline=None)
def test_any_json_anywhere_is_a_trace_or_refused(value: Any) -> None:
    for path in (
        ("steps", 0, "chosen"),
        ("steps", 0, "candidates", 1),
        ("tokens", 0),
        ("sampling", "top_p"),
        ("context",),
    ):
        data = good()
        put(*path, value=value)(data)
        try:
            trace = Trace.from_json(json.dumps(data))
        except InvalidTrace:
            continue
        assert Trace.from_json(trace.to_json()) == trace


@given(st.binary(max_size=60) | st.text(max_size=60))
@settings(max_examples=share_of(300), deadline=None)
def test_noise_is_refused(noise: bytes | str) -> None:
    with pytest.raises(InvalidTrace):
        Trace.from_json(noise)


def test_the_error_says_where() -> None:
    data = good()
    data["steps"][1]["candidates"][0] = [0, 1, 99, 2]
    with pytest.raises(TsuzukiError, match=r"step 2.*position 99"):
        from_wire(data)
    data = good()
    data["steps"][1]["entropy"] = "much"
    with pytest.raises(TsuzukiError, match=r"steps.*entropy"):
        from_wire(data)


def test_from_wire_refuses_what_json_cannot_say() -> None:
    for value in (math.nan, object(), {1: 2}, "\ud800"):
        with pytest.raises(InvalidTrace):
            from_wire({**good(), "model": value})
        with pytest.raises(InvalidTrace):
            from_wire({**good(), "vocab_size": value})


def test_a_token_is_written_once() -> None:
    """Sixty steps of the same few tokens cost few tokens."""
    data = json.loads(generate(FakeLM(context_length=None), "x", 60, Sampling(temperature=0.3)).to_json())
    assert len(data["steps"]) == 61
    assert len({tuple(row) for row in data["tokens"]}) == len(data["tokens"]) < 20


def test_a_part_of_a_trace_is_the_rest_of_it_with_its_own_tokens() -> None:
    trace = generate(FakeLM(), "好きな", 6, Sampling(seed=1))
    part = part_to_wire(trace, 5)
    assert part.pop("after") == {"steps": 5}
    rest = from_wire(part)
    assert rest.steps == trace.steps[5:] and rest.context == trace.context and rest.end == trace.end
    assert len(part["tokens"]) == len({tuple(row) for row in part["tokens"]})


@pytest.mark.parametrize("seen", [10, 401])
@pytest.mark.parametrize("size", SIZES)
def test_a_step_takes_about_a_kilobyte_whatever_the_vocabulary(size: int, seen: int) -> None:
    rng = np.random.default_rng(0)
    for row in rows(size, 7):
        (reading,) = readings(row[None], rng.integers(0, size, seen), 50, "m")
        tokens = [Token(id=i, bytes=f"word{i}".encode(), label=f"word{i}") for i in reading.top]
        candidates = tuple(map(Candidate, tokens, range(1, 51), reading.top_logprobs))
        step = Step(candidates[0], True, candidates, reading.entropy, (), reading.tail)
        trace = Trace("m", "r", size, (tokens[0],), (step,))
        assert Trace.from_json(trace.to_json()) == trace
        # In a long trace the positions are larger than in one of a single step.
        places = dict(zip(tokens, rng.permutation(5_000).tolist(), strict=False))
        assert len(msgspec.json.encode(step_to_wire(step, places.__getitem__))) <= 1_150, size


def test_a_trace_of_the_older_form_is_what_its_numbers_say() -> None:
    raw = (OLDER / "trace.json").read_bytes()
    trace, data = Trace.from_json(raw), json.loads(raw)
    assert data["schema"] == 1
    for step, wire in zip(trace.steps, data["steps"], strict=True):
        ids = [data["tokens"][position][0] for position in wire["candidates"][0]]
        assert [candidate.token.id for candidate in step.candidates] == ids
        assert [candidate.logprob for candidate in step.candidates] == wire["candidates"][1]
        assert step.cut == tuple(wire.get("cut", ())) and step.tail is not None
        # What the boxes hold is what the candidates leave.
        mass = sum(candidate.probability for candidate in step.candidates)
        for box in step.tail.boxes:
            mass += box.count * math.exp(box.logprob) * math.sinh(box.half_width or 1e-9) / (box.half_width or 1e-9)
        assert mass == pytest.approx(1, abs=1e-5)
        assert step.tail.count + 50 == trace.vocab_size
    assert Trace.from_json(trace.to_json()) == trace
    assert json.loads(trace.to_json())["schema"] == 2
    assert len(trace.to_json()) < 0.75 * len(raw)


def test_branches_of_the_older_form_still_open() -> None:
    data = json.loads((OLDER / "branches.json").read_bytes())
    saved = branches_from_wire(data)
    assert data["schema"] == 1 and len(saved.branches) == len(data["branches"]) == 2
    assert branches_from_wire(json.loads(json.dumps(branches_to_wire(*saved)))) == saved


@given(st.lists(st.integers(0, 2**53 - 1) | st.integers(0, 300)))
def test_packed_numbers_are_what_was_packed(numbers: list[int]) -> None:
    assert golomb.unpack(golomb.pack(numbers), "they") == numbers


@given(st.text("ABCDEFgh019+/", max_size=40).map(lambda text: text + "=" * (-len(text) % 4)) | st.text(max_size=9))
def test_whatever_is_said_to_be_packed_is_numbers_or_refused(text: str) -> None:
    try:
        numbers = golomb.unpack(text, "they")
    except ValueError as error:
        assert str(error).startswith("they")
    else:
        assert all(0 <= number < 2**54 for number in numbers)


ONE = golomb.pack([1])
PACKED_TAILS = {
    "too short": [0.0, ONE],
    "a place that is not there": [0.0, ONE, golomb.pack([5]), ONE, ONE, ONE, ""],
    "a seen box that is not there": [0.0, ONE, "", "", "", "", golomb.pack([1])],
    "fewer depths than places": [0.0, "", golomb.pack([0, 0]), ONE, ONE, ONE, ""],
    "not base64": [0.0, "***", "", "", "", "", ""],
    "a shift beyond all": [1e308, "", "", "", "", "", ""],
    "the largest numbers": [0.0, golomb.pack([2**53 - 1] * 30), "", "", "", "", ""],
}


@pytest.mark.parametrize("tail", PACKED_TAILS.values(), ids=PACKED_TAILS)
def test_a_packed_tail_that_no_row_has_is_refused(tail: list[Any]) -> None:
    data = json.loads(score(FakeLM(), "x").to_json())
    data["steps"][0]["tail"] = tail
    with pytest.raises(InvalidTrace):
        Trace.from_json(json.dumps(data))


@pytest.mark.parametrize("boxes", ["AAAA", "not base64", "AAAAAAAAAAAA"])
def test_a_broken_tail_is_refused(boxes: str) -> None:
    data = json.loads(score(FakeLM(), "x").to_json())
    data["steps"][0]["tail"] = {"shift": 0.0, "boxes": boxes}
    with pytest.raises(InvalidTrace):
        Trace.from_json(json.dumps(data))


LARGE = b"\xff" * 7 + b"\x7f"
"""The largest number that a tail can say."""
TAILS = {
    "a number without an end": {"shift": 0.0, "boxes": encoded(b"\xff" * 300_000, b"\x01")},
    "a number of two hundred bytes": {"shift": 0.0, "boxes": encoded(b"\xff" * 200, b"\x01")},
    "a seen one without an end": {"shift": 0.0, "boxes": encoded(b"\x01"), "seen": encoded(b"\xff" * 9_000, b"\x01")},
    "half a number": {"shift": 0.0, "boxes": encoded(b"\x01\xff")},
    "half a seen one": {"shift": 0.0, "boxes": encoded(b"\x01"), "seen": encoded(b"\x80")},
    "the largest numbers": {"shift": 0.0, "boxes": encoded(b"\0", LARGE, LARGE, LARGE)},
    "a seen box that is not there": {"shift": 0.0, "boxes": encoded(b"\x01" * 6), "seen": encoded(LARGE)},
    "seen boxes of which the last is not there": {
        "shift": 0.0,
        "boxes": encoded(b"\x01" * 6),
        "seen": encoded(b"\0" * 7),
    },
    "a million boxes": {"shift": 0.0, "boxes": encoded(b"\x01" * 1_000_000)},
    "a shift beyond all": {"shift": 1e308, "boxes": ""},
}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
def test_a_tail_that_no_row_has_is_refused_at_once(tail: dict[str, Any]) -> None:
    data = json.loads(score(FakeLM(), "x").to_json())
    data["steps"][0]["tail"] = tail
    begun = process_time()
    with pytest.raises(InvalidTrace):
        Trace.from_json(json.dumps(data))
    with pytest.raises(InvalidTrace):
        from_wire(data)
    assert process_time() - begun < 1


@pytest.mark.parametrize("logprob", [-1e300, -1e308, -1.7976931348623157e308])
def test_logprobs_that_cannot_be_added_up_are_refused(logprob: float) -> None:
    data = good()
    data["tokens"].append([10**6, "", "unlikely", False])
    for step in data["steps"]:
        step["chosen"] = [len(data["tokens"]) - 1, None, logprob]
    with pytest.raises(InvalidTrace):
        from_wire(data)


def test_a_perplexity_beyond_all_floats_is_infinite() -> None:
    trace = score(FakeLM(), "x")
    unlikely = Candidate(Token(10**6, b"u", "u"), None, -1e9)
    steps = tuple(replace(step, chosen=unlikely) for step in trace.steps)
    assert replace(trace, steps=steps).perplexity == math.inf
    assert math.isnan(replace(trace, steps=()).perplexity)
