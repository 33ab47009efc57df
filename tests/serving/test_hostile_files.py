"""Saved files, links, tails, events, servers' answers, with anything wrong in them: read, or refused by a typed error.

Each within a time that grows with its size and no faster. What is read can be written, and comes back the same.
`TSUZUKI_EXAMPLES=20000 pytest tests/serving/test_hostile_files.py` tries so many in all, and a plain run fewer. Leaves
out: what a model makes of it (`test_hostile`).
"""

from __future__ import annotations

import base64
import json
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from model_utils import Trace, beam, score
from model_utils.errors import TsuzukiError
from model_utils.remote.completions.answers import read_completion, read_models
from model_utils.remote.ray.messages import ASKED, Answer, Facts, unpack
from model_utils.trace.validate import Wrong
from model_utils.trace.values import from_wire
from model_utils.trace.wire import to_wire
from model_utils.views.lecture.examples import EXAMPLES
from model_utils.views.protocol.beam_wire import search_of
from model_utils.views.protocol.branches import (
    Ask,
    Branch,
    Saved,
    branches_from_wire,
    branches_to_wire,
    decode_branches,
)
from model_utils.views.protocol.links import Linked
from model_utils.views.protocol.shown import read_saved
from model_utils.views.protocol.table import read_csv, texts_of
from model_utils.views.registry import read_shown
from tests.fakes import FakeLM
from tests.random_examples import share_of
from tests.remote.completions.vllm import completion
from tests.views.linking import link, search_row
from tests.viz.exported import VALUES
from tests.viz.many import many_branches

from .hostile import JSON, damaged
from .mangled import NUMBERS, PIECES, mangled

EXAMPLES_IN_ALL = int(os.environ.get("TSUZUKI_EXAMPLES", "1000"))
BASE_SECONDS, SECONDS_PER_BYTE = 0.05, 2e-6
"""Of this thread. A good file takes a fiftieth of that; a busy machine's other work is not counted."""
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]

BRANCHES = many_branches(12)
SEARCH = search_of(beam(FakeLM(), BRANCHES[0].trace.fork(3, ()), 3, 4))
SAVED = Saved(BRANCHES, 3, SEARCH, {"v": 1, "inputs": {"prompt": "<b>"}, "step": 2})
FILES = [
    *(path.read_bytes() for path in sorted(EXAMPLES.glob("*.json"))[:6]),
    json.dumps(branches_to_wire(*SAVED)).encode(),
    BRANCHES[0].trace.to_json().encode(),
]
LINK = link(*BRANCHES, search=search_row(SEARCH, BRANCHES), page={"step": 3})
ASK = {"branch": "b", "model": "fake", "revision": "1", "ids": list(BRANCHES[0].trace.ids), "of": "a", "text": " the"}
SHOWN = {view: json.loads(json.dumps(VALUES[view])) for view in ("tokens", "duel", "answers", "models", "learning")}
TAILED = json.loads(score(FakeLM(), "好きな").to_json())
ANSWER = completion(
    {"prompt": [2, 3, 4, 5], "logprobs": 20, "prompt_logprobs": 20, "return_tokens_as_token_ids": 1}, 99, 1
)


def many(share: float) -> Any:
    """This share of all examples."""
    count = max(20, round(share * EXAMPLES_IN_ALL))
    return settings(
        max_examples=share_of(count),
        deadline=None,
        suppress_health_check=QUIET,
        phases=[Phase.explicit, Phase.generate],
    )


def tried(read: Callable[[], Any], size: int, errors: type[Exception] = TsuzukiError) -> Any:
    """What is read, or None where a typed error says what is wrong; in a time that the size explains.

    Now and then Python collects its garbage meanwhile, all of a test run's: what is slow is slow three times.
    """
    found, times = None, list[float]()
    while len(times) < 3 and not (times and times[-1] < BASE_SECONDS + SECONDS_PER_BYTE * size):
        begun = time.thread_time()
        with suppress(errors):
            found = read()
        times.append(time.thread_time() - begun)
    assert min(times) < BASE_SECONDS + SECONDS_PER_BYTE * size, (times, size)
    return found


def assert_whole(saved: Trace | Saved | None) -> None:
    """What was read has all its numbers, is written as JSON, and comes back from it."""
    traces = [saved] if isinstance(saved, Trace) else [branch.trace for branch in saved.branches] if saved else []
    for trace in traces:
        assert trace.logprob <= 0 and not trace.perplexity < 1 and isinstance(trace.text, str) and repr(trace)
    if isinstance(saved, Trace):
        assert Trace.from_json(saved.to_json()) == saved == from_wire(to_wire(saved))
    elif saved:
        assert decode_branches(msgspec.json.encode(branches_to_wire(*saved))) == saved._replace(page=saved.page or None)


@many(0.3)
@given(st.data())
def test_files_of_mangled_bytes(data: st.DataObject) -> None:
    raw = data.draw(mangled(data.draw(st.sampled_from(FILES))))
    assert_whole(tried(lambda: read_saved(raw), len(raw)))
    tried(lambda: read_csv(raw), len(raw))


@many(0.15)
@given(st.data())
def test_files_of_damaged_json(data: st.DataObject) -> None:
    document = json.loads(data.draw(st.sampled_from(FILES[-2:])))
    value = data.draw(damaged(document) | JSON)
    text = json.dumps(value).encode()
    assert_whole(tried(lambda: read_saved(text), len(text)))
    tried(lambda: branches_from_wire(value), len(text))


@many(0.05)
@given(st.integers(1, 400), st.integers(0, 320), st.integers(0, 3), st.booleans(), st.data())
def test_files_of_every_size(steps: int, branches: int, own: int, is_chain: bool, data: st.DataObject) -> None:
    """Branches behind one another, or all behind one, or anywhere."""
    trace = {**TAILED, "steps": [{**TAILED["steps"][0], "tail": None}]}
    (step,) = trace["steps"]
    rows = [{"name": "", "from": 0, "trace": {**trace, "steps": [step] * steps}}]
    anywhere = st.builds(dict, branch=st.integers(0, branches), steps=st.integers(0, 2 * steps))
    for number in range(branches):
        after = {"branch": number, "steps": steps + number * own} if is_chain else {"branch": 0, "steps": steps}
        after = data.draw(anywhere) if number % 40 == 39 else after
        rows.append({"name": "x", "from": 0, "trace": {**trace, "steps": [step] * own, "after": after}})
    raw = json.dumps({"schema": 1, "current": 0, "branches": rows}).encode()
    saved = tried(lambda: read_saved(raw), len(raw))
    tried(lambda: saved and branches_to_wire(*saved), len(raw))


@many(0.15)
@given(st.data(), st.binary(max_size=40), st.integers(1, 3_000))
def test_tails(data: st.DataObject, raw: bytes, times: int) -> None:
    packed = base64.b64encode(raw * times).decode()
    good = TAILED["steps"][0]["tail"]
    columns = [[*good[:at], packed, *good[at + 1 :]] for at in range(1, len(good))]
    older = [{"shift": 0.0, "boxes": packed}, {"shift": 0.0, "boxes": packed, "seen": packed}]
    tail = data.draw(st.sampled_from([*columns, *older]) | damaged(good))
    value = {**TAILED, "steps": [{**TAILED["steps"][0], "tail": tail}]}
    assert_whole(tried(lambda: from_wire(value), len(packed)))


@many(0.15)
@given(st.one_of(damaged(LINK), mangled(json.dumps(LINK).encode()), JSON))
def test_links(data: Any) -> None:
    size = len(data) if isinstance(data, bytes) else len(json.dumps(data))
    if isinstance(data, bytes):
        with suppress(ValueError, RecursionError):
            data = json.loads(data)
    linked = tried(lambda: Linked.read(data), size)
    if linked:
        assert len(linked.text) <= 300 and msgspec.json.encode(linked)


@many(0.1)
@given(st.data(), st.sampled_from([*SHOWN, "branches", "ask"]))
def test_events(data: st.DataObject, view: str) -> None:
    value = data.draw(damaged({"ask": ASK, "branches": branches_to_wire(*SAVED), **SHOWN}[view]) | JSON)
    size = len(json.dumps(value))
    if view == "ask":
        asked = tried(lambda: Ask.read(value), size)
        assert asked is None or msgspec.json.encode(asked)
        return
    shown = tried(lambda: read_shown({"view": view, "value": value}), size)
    if shown:
        json.loads(msgspec.json.encode(shown.value))


@many(0.1)
@given(st.data())
def test_answers_of_servers(data: st.DataObject) -> None:
    raw = data.draw(
        st.one_of(mangled(json.dumps(ANSWER).encode()), damaged(ANSWER).map(lambda one: json.dumps(one).encode()))
    )
    told = tried(lambda: read_completion(raw, [2, 3, 4, 5], 99), len(raw), Wrong)
    for row in [told.row, *(told.prompt or [])] if told else []:
        logprobs = [logprob for _, logprob in row.entries] if row else []
        assert logprobs == sorted(logprobs, reverse=True) and all(logprob <= 0 for logprob in logprobs)
    tried(lambda: read_models(raw), len(raw), Wrong)
    packed = msgspec.msgpack.encode(re.findall(rb"[^,]+", raw)[:50])
    for kind in (ASKED, Answer, Facts):
        tried(lambda kind=kind: unpack(raw, kind), len(raw), Wrong)  # type: ignore[misc]
        tried(lambda kind=kind: unpack(packed, kind), len(raw), Wrong)  # type: ignore[misc]


@pytest.mark.parametrize("piece", [*NUMBERS, *PIECES], ids=lambda piece: repr(piece[:12]))
@pytest.mark.parametrize("at", ["before", "within", "behind"])
def test_each_piece_by_itself(piece: bytes, at: str) -> None:
    """Nothing of the above needs luck."""
    for raw in FILES[-2:]:
        middle = {"before": 0, "within": raw.index(b'"steps"') + 9, "behind": len(raw)}[at]
        whole = raw[:middle] + piece + raw[middle:]
        assert_whole(tried(lambda whole=whole: read_saved(whole), len(whole)))  # type: ignore[misc]
        tried(lambda whole=whole: texts_of(whole.decode("latin-1")), len(whole))  # type: ignore[misc]


def test_an_undamaged_file_is_read() -> None:
    assert all(tried(lambda raw=raw: read_saved(raw), len(raw)) for raw in FILES)  # type: ignore[misc]
    assert decode_branches(FILES[-2]) == SAVED and isinstance(SAVED.branches[0], Branch)
    assert read_completion(json.dumps(ANSWER).encode(), [2, 3, 4, 5], 99).row
