"""Records of earlier versions, and the comparisons that they are held to. Leaves out: the tests.

    traces    asked, wire, csv, candidates, text and table by language, page, hand_out, notebook
    views     asked, value, shown, page         branches  asked, forks, value, shown, page
    links     text, read                        tables    model, texts, csv, value
    models    revisions of the embedded models that computed them
    verdicts  words, duels (name, traces, sentences by language), alignments (two texts in hex, cuts)
    schema1   traces, branches, views, an example and links in the form that was written before

Commit 19ae367, the last one whose modules stood in no rooms, wrote most of them. The verdicts are of bc5772b, the last
one with verdicts and alignment in Python; schema1 is of eb22604, which did not pack the numbers of a step yet. Files,
pages' data and links are text, byte for byte. None of it is ever written anew: where a form changes on purpose, its
records are read as the older form.
"""

from __future__ import annotations

import base64
import gzip
import json
import lzma
import re
import zlib
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from model_utils import LM, Sampling, Step, Trace, catalog, generate, load, score
from model_utils.trace.values import from_wire
from tests.fakes import FakeLM

FOLDER = Path(__file__).parent
NATS = 1e-3
"""Another processor rounds a model's numbers otherwise, by less than this."""
FAKE = "fake"


def read(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lzma.decompress((FOLDER / f"{kind}.json.xz").read_bytes()))
    return found


def written(value: Any) -> str:
    """As pages hold it and files of branches are saved."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def data_of(page: str) -> str:
    """The data of an exported page as JSON, without the words of its language."""
    return without_words(re.findall(r'id="tsuzuki-data">(.*?)</script>', page, re.DOTALL)[0])


def data_of_notebook(page: str) -> str:
    """The same of a notebook's cell."""
    (packed,) = re.findall(r'id="tsuzuki-packed">(.*?)</script>', unescape(page), re.DOTALL)
    return without_words(gzip.decompress(base64.b64decode(packed)))


def without_words(data: str | bytes) -> str:
    read: dict[str, Any] = json.loads(data)
    return written({name: read[name] for name in ("view", "value", "language") if name in read})


def state_of(text: str) -> dict[str, Any]:
    """The state that the end of an address says."""
    squeezed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    state: dict[str, Any] = json.loads(zlib.decompress(squeezed, -15))
    return state


_loaded = cache(load)


def get(model: str) -> LM:
    return FakeLM() if model == FAKE else _loaded(model)


def trace_of(asked: dict[str, Any]) -> Trace:
    """The trace that was asked for, computed now."""
    lm, candidates = get(asked["model"]), asked.get("candidates", 50)
    prompt = asked.get("ids", asked.get("text"))
    if asked.get("chat"):
        prompt = lm.encode_chat(asked["text"])
    if "fork" in asked:
        prompt = trace_of(asked["of"]).fork(*asked["fork"])
    if "new_tokens" not in asked:
        return score(lm, prompt, candidates)
    return generate(lm, prompt, asked["new_tokens"], Sampling(**asked["sampling"]), candidates)


def models_of(record: dict[str, Any]) -> set[str]:
    """The embedded models that computed it."""
    asked = record.get("asked", record)
    return {asked["model"], *asked.get("inputs", {}).get("models", ())} - {FAKE}


def comparable(records: dict[str, Any]) -> list[str]:
    """The records whose models have the weights that they had then, the earlier ones of their training included."""
    revisions, now = read("models"), catalog.names()
    wanted = set().union(*map(models_of, records.values()))
    are_same = {
        model: all(
            name in now and catalog.find(name).revision == revision
            for name, revision in revisions.items()
            if name.partition("@")[0] == model
        )
        for model in wanted
    }
    return [name for name, record in records.items() if all(are_same[model] for model in models_of(record))]


def without_tails(trace: Trace) -> Trace:
    return replace(trace, steps=tuple(replace(step, tail=None) for step in trace.steps))


def assert_alike(found: Any, expected: Any) -> None:
    """Two plain values, traces among them, that are equal but for the rounding of what a model computes."""
    if isinstance(expected, dict) and "sampling" in expected and "after" not in expected:
        assert_alike_traces(from_wire(found), from_wire(expected))
    elif isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            # Which of an answer's least probable ways are counted hangs on the last digits, too.
            if name == "count":
                assert found[name] == pytest.approx(value, rel=0.05, abs=2)
            else:
                assert_alike(found[name], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_alike(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=NATS)
    else:
        assert found == expected


def assert_alike_traces(found: Trace, expected: Trace) -> None:
    fields = ("model", "revision", "vocab_size", "tokens", "sampling", "end", "text")
    assert [getattr(found, name) for name in fields] == [getattr(expected, name) for name in fields]
    for step, other in zip(found.steps, expected.steps, strict=True):
        _assert_alike_steps(step, other)


def _assert_alike_steps(found: Step, expected: Step) -> None:
    assert (found.given, found.cut) == (expected.given, expected.cut)
    assert found.chosen.logprob == pytest.approx(expected.chosen.logprob, abs=NATS)
    assert found.entropy == pytest.approx(expected.entropy, abs=NATS)
    logprobs = [[one.logprob for one in step.candidates] for step in (found, expected)]
    assert logprobs[0] == pytest.approx(logprobs[1], abs=NATS)
    # The least likely ones may be others, and two that are as near may change places.
    least = min(logprobs[1], default=0.0) + 2 * NATS
    sure = {one.token: one.logprob for one in expected.candidates if one.logprob > least}
    there = {one.token: one.logprob for one in found.candidates}
    assert {token: there[token] for token in sure} == pytest.approx(sure, abs=NATS)
    assert (found.tail is None) == (expected.tail is None)
    if found.tail and expected.tail:
        assert found.tail.count == expected.tail.count
        assert found.tail.shift == pytest.approx(expected.tail.shift, abs=NATS)
