"""A page's state as a short text, and back: nothing is lost of it, nothing that is no state gets in, and it is short.

Leaves out: what the page does with a state (`tests/browser/test_links.py`).
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from model_utils import Sampling, beam, generate, load
from model_utils.views.protocol.beam_wire import search_of
from model_utils.views.protocol.branches import Branch, branches_to_wire
from tests.fakes import FakeLM
from tests.player.conftest import OUTLINE
from tests.views.linking import link, packed, search_row

LONGEST = 8_000
VIEWS = ("step", "map", "tokens", "duel", "answers", "models", "lessons")
TEXTS = (
    "",
    "好きな果物は",
    "<img src=x onerror=alert(1)>",
    "👩‍👩‍👧 a\u0301\n\t",
    "\ud800 half",
    "مرحبا",
    "x" * 3_000,
    "\x00\ufeff",
)
FAILS = "(text) => Tsuzuki[`page/address/link`].unpack(text).then(() => 'read', (error) => error.key)"


def state_of(seed: int) -> dict[str, Any]:
    """Any state that a page can be in, some fields missing."""
    rng = random.Random(seed)
    text, number = (lambda: rng.choice(TEXTS)), (lambda: rng.choice((None, 0, rng.randrange(2**40))))
    settings = {
        "temperature": rng.randint(0, 40) / 20,
        "top_k": rng.randint(0, 200),
        "top_p": rng.random(),
        "min_p": rng.random(),
        "repetition_penalty": rng.uniform(0.5, 2),
    }
    inputs = {name: text() for name in ("prompt", "tokens_text", "answers_prompt", "answers_typed", "models_text")}
    inputs |= {name: text() for name in ("model", "model_a", "model_b", "table_texts")}
    inputs |= {name: number() for name in ("length", "models_length", "seed")}
    inputs |= {name: rng.random() < 0.5 for name in ("chat_a", "chat_b")}
    inputs |= {**settings, "duel_texts": [text() for _ in range(rng.randint(0, 6))]}
    whole = {
        "view": rng.choice(VIEWS),
        "lesson": text()[:200],
        "language": rng.choice(("en", "ja")),
        "inputs": {name: value for name, value in inputs.items() if rng.random() < 0.9},
        "step": rng.randrange(500),
        "knobs": {name: value for name, value in settings.items() if rng.random() < 0.9},
        "branches": {"model": text(), "current": 0, "list": [{"ids": [rng.randrange(50_000) for _ in range(60)]}]},
    }
    return {"v": 1, **{name: value for name, value in whole.items() if rng.random() < 0.9}}


def test_a_hundred_random_states_come_back_equal(page):
    states = [state_of(seed) for seed in range(100)]
    assert len({json.dumps(state) for state in states}) == 100
    # A lone surrogate passes the browser's door as JSON alone.
    texts = page.evaluate(
        "(all) => Promise.all(JSON.parse(all).map((state) => Tsuzuki[`page/address/link`].pack(state)))",
        json.dumps(states),
    )
    back = page.evaluate(
        "async (texts) => JSON.stringify(await Promise.all(texts.map(Tsuzuki[`page/address/link`].unpack)))", texts
    )
    assert json.loads(back) == states
    assert all(set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        "", "A", "%%%", "こんにちは", "#x", "AAAA" * 2_000, packed(b"hello"), packed(b"[1]"), packed(b"null"),
        packed(b"{}"), packed(b'{"v": "1"}'), packed(b'{"v": 1.5}'), packed(b'{"v": 1')[:-1], packed(b"\xff\xfe"),
        packed(b"[" * 100_000), packed(b'{"v": 1, "view": "' + b" " * 50_000_000 + b'"}'),
    ],
    ids=lambda text: text[:12] or "nothing",
)  # fmt: skip
def test_what_is_no_link_is_said_to_be_none(page, text):
    assert page.evaluate(FAILS, text) == "link.broken"


def test_a_link_of_another_version_says_so(page):
    assert page.evaluate(FAILS, packed(b'{"v": 2, "view": "step"}')) == "link.version"


def test_every_half_of_a_link_is_broken_or_the_whole(page):
    whole = page.evaluate("(state) => Tsuzuki[`page/address/link`].pack(state)", state_of(5))
    cut = [whole[:length] for length in range(1, len(whole), max(1, len(whole) // 60))]
    said = page.evaluate(f"(texts) => Promise.all(texts.map({FAILS}))", cut)
    assert set(said) == {"link.broken"}


BAD: dict[str, Any] = {
    "view": "admin",
    "lesson": "x" * 201,
    "language": 3,
    "step": -1,
    "knobs": {"temperature": "hot", "top_k": 1.5, "top_p": 2, "__proto__": {"a": 1}, "constructor": 1},
    "branches": [],
    "inputs": {
        "prompt": 7, "length": "9", "temperature": 2.1, "top_k": -1, "min_p": None, "repetition_penalty": 0,
        "seed": 1.5, "model": None, "duel_texts": ["a"] * 7, "chat_a": "yes", "table_texts": {},
        "onload": "alert(1)", "top_p": 0.5,
    },
}  # fmt: skip


def test_what_is_not_of_its_kind_is_left_out_and_that_is_known(page):
    found = page.evaluate(
        "(text) => Tsuzuki[`page/address/link`].read(text)", packed(json.dumps({"v": 1, **BAD}).encode())
    )
    assert found == {"state": {"v": 1, "knobs": {}, "inputs": {"top_p": 0.5}}, "isWhole": False}
    assert page.evaluate("({}).a === undefined")
    unknown = {"v": 1, "view": "map", "more": 1, "inputs": {"prompt": "a", "more": 2}}
    found = page.evaluate("(text) => Tsuzuki[`page/address/link`].read(text)", packed(json.dumps(unknown).encode()))
    assert found == {"state": {"v": 1, "view": "map", "inputs": {"prompt": "a"}}, "isWhole": True}


def fork(lm, trace, step: int, rank: int, tokens: int):
    """Another continuation that has `tokens` tokens altogether."""
    ids = trace.fork(step, trace.steps[step].candidates[rank].token.id)
    return generate(lm, ids, tokens - step - 2, Sampling(temperature=1.2, top_p=0.95, seed=rank))


def test_sixty_tokens_and_three_branches_are_a_short_link_of_which_python_reads_the_same(page):
    lm = load()
    lm.end_ids = frozenset()
    trunk = generate(lm, "The old man looked at the sea and", 51, Sampling(temperature=1.2, top_p=0.95, seed=4))
    traces = [trunk, *(fork(lm, trunk, step, 3 + step, 60) for step in (9, 25))]
    assert [len(trace.tokens) for trace in traces] == [60] * 3
    branches = [Branch(f"branch {at}", at and (9, 25)[at - 1], trace) for at, trace in enumerate(traces)]
    outline = page.evaluate(OUTLINE, branches_to_wire(tuple(branches), 1))
    assert outline == link(*branches, current=1)
    text = page.evaluate(
        "(state) => Tsuzuki[`page/address/link`].pack(state)", {**state_of(3), "branches": outline, "inputs": {}}
    )
    assert len(text) < LONGEST / 3, "room is left for what is typed"
    print(f"{len(text)} characters")


@pytest.mark.parametrize("seed", range(8))
def test_branches_of_every_kind_are_named_as_python_names_them(page, seed):
    trunk = generate(FakeLM(), "好きな葡", 6, Sampling(top_p=0.8, repetition_penalty=1.4, seed=seed))
    other = generate(FakeLM(), trunk.fork(seed % 6 + 1, [6, 7]), seed % 4, Sampling(temperature=seed / 4, top_k=4))
    branches = (Branch("", 0, trunk), Branch("二", seed % 6 + 1, other), Branch("<b>", 0, generate(FakeLM(), "x", 2)))
    assert page.evaluate(OUTLINE, branches_to_wire(branches, 2)) == json.loads(json.dumps(link(*branches, current=2)))


def test_a_beam_search_is_named_by_the_steps_that_it_goes_on_behind(page):
    trunk = generate(FakeLM(), "好きな葡", 6)
    found = beam(FakeLM(), trunk.fork(4, ()), 3, 4, length_penalty=0.5)
    branches = (Branch("", 0, generate(FakeLM(), "x", 2)), Branch("", 0, trunk))
    outline = page.evaluate(OUTLINE, branches_to_wire(branches, 0, search_of(found)))
    assert outline == json.loads(json.dumps(link(*branches, search=search_row(search_of(found), branches))))


def test_what_a_link_cannot_name_it_does_not_name(page):
    two = (Branch("", 0, generate(FakeLM(), "x", 2)), Branch("", 0, generate(FakeLM(), "な", 2)))
    value = branches_to_wire(two, 0)
    value["branches"][1]["trace"]["model"] = "another"
    assert page.evaluate(OUTLINE, value) is None
    assert (
        page.evaluate("Tsuzuki[`page/address/outline`].outline(new Tsuzuki[`player/trace/branches`].Branches())")
        is None
    )
