"""Faults that others' pages of this kind have, on ours: see tests/model_utils/test_peer_faults.py.

The sampler of the page as such is held against transformers' in `test_sampler`.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import TopPLogitsWarper

from model_utils import generate, score
from model_utils.trace.settings import Sampling
from model_utils.trace.wire import to_wire
from model_utils.views.protocol.branches import Branch, branches_to_wire
from tests.fakes import BOS, EOS, FIRST_HALF, PIECES, FakeLM
from tests.viz.fakes import JAPANESE_TRACE, NO_STEPS, scored, token

from .conftest import SHOW_MAP, load_all
from .test_duel import SHOW as SHOW_DUEL
from .test_duel import load_duel
from .test_sampler import CANDIDATES, trace_of

NUCLEUS = """([wire, top_p]) => {
    const trace = new Tsuzuki[`player/trace/trace`].Trace(wire);
    const knobs = { temperature: 1, top_k: 0, top_p, min_p: 0, repetition_penalty: 1 };
    const { probabilities, others } = trace.shaped(trace.length - 1, knobs);
    return probabilities.filter((one) => one > 0).length + others.kept;
}"""
EVERYTHING = "document.body.innerHTML"
BROKEN = "\N{REPLACEMENT CHARACTER}"


def kept(page, row: np.ndarray, top_p: float) -> tuple[int, int]:
    """How many tokens are in the nucleus by the page, and by transformers."""
    found = page.evaluate(NUCLEUS, [to_wire(trace_of(row, [0, 1])), top_p])
    return found, int(TopPLogitsWarper(top_p)(None, torch.from_numpy(row)[None].clone()).isfinite().sum())


def test_the_nucleus_of_a_flat_row_is_of_the_whole_vocabulary_not_of_the_candidates(open_trace):
    """Of the 50 most likely tokens alone it would be 37 or so; the row of a real model has thousands."""
    page = open_trace(JAPANESE_TRACE).page
    for slope in (0.6, 0.9, 1.1):
        row = (-slope * np.log(np.arange(1, 50_258)) + np.random.default_rng(3).normal(0, 0.3, 50_257)).astype(
            np.float32
        )
        found, expected = kept(page, row, 0.9)
        assert expected > 20 * CANDIDATES and found == pytest.approx(expected, rel=5e-3), slope


@pytest.mark.parametrize(("top_p", "expected"), [(0.8, 2), (0.59, 1), (0.61, 2), (0.95, 3)])
def test_top_p_keeps_the_token_that_crosses_it(open_trace, top_p, expected):
    page = open_trace(JAPANESE_TRACE).page
    assert kept(page, np.log([0.6, 0.3, 0.1]).astype(np.float32), top_p) == (expected, expected)


@pytest.mark.parametrize(("language", "says", "says_not"), [
    ("en", ("starts from <s>", "the first token is context"), "0.5"),
    ("ja", ("<s> から始まる", "最初のトークンは文脈"), "0.5"),
])  # fmt: skip
def test_a_page_says_whether_the_first_token_counts(open_trace, language, says, says_not):
    pieces = ["好き", "な", "果物"]
    for context, sentence in zip((token("<s>", 1, special=True), token("は", 9)), says, strict=True):
        trace = scored(pieces, context=(context,))
        page = open_trace(trace, language).page
        assert sentence in page.locator(".tz-about").inner_text()
        assert says_not not in page.locator(".tz-is-context").inner_text()


@pytest.mark.parametrize(
    ("context", "sentence"),
    [
        (token("<s>", 1, special=True), "p(text) starts from <s>, so the first token of each text counts, too."),
        (token("は", 9), "the first token of each text is context, and p(text) counts from the second."),
    ],
)
def test_a_duel_says_whether_the_first_token_counts(open_trace, context, sentence):
    page = open_trace(NO_STEPS).page
    load_duel(page)
    traces = [scored(pieces, context=(context,)) for pieces in (["好き", "な"], ["好き", "は"])]
    page.evaluate(SHOW_DUEL, [to_wire(trace) for trace in traces])
    assert sentence in page.locator(".tz-duel-caption").inner_text()


def test_no_replacement_character_in_a_page_a_duel_or_a_map(open_trace):
    """Texts that end within a character, and that go on with another than its second half."""
    lm = FakeLM(row=lambda ids: np.where(np.arange(len(PIECES)) == FIRST_HALF, 4, 0).astype(np.float32))
    half = score(lm, [BOS, 2, 3, FIRST_HALF])
    on = generate(lm, half.fork(3, ()), 3, Sampling(temperature=0.0))
    broken = generate(lm, on.fork(3, [3, FIRST_HALF, FIRST_HALF]), 2, Sampling(seed=2))
    ended = generate(lm, on.fork(3, [FIRST_HALF, EOS]), 0)
    for trace in (half, broken):
        assert BROKEN not in open_trace(trace).page.evaluate(EVERYTHING)
    opened = open_trace(NO_STEPS)
    load_duel(opened.page)
    traces = [half, score(lm, broken.ids), score(lm, ended.ids)]
    opened.page.evaluate(SHOW_DUEL, [to_wire(trace) for trace in traces])
    for button in opened.page.locator(".tz-duel-token").all():
        button.hover()
        assert BROKEN not in opened.page.evaluate(EVERYTHING)
    assert len(opened.page.locator(".tz-duel-figures tbody tr").all()) == 3
    opened = open_trace(NO_STEPS)
    load_all(opened.page)
    opened.page.evaluate(
        SHOW_MAP, [branches_to_wire(tuple(Branch("", 0, trace) for trace in (on, broken, ended)), 1), "en"]
    )
    assert BROKEN not in opened.page.evaluate(EVERYTHING)
    for current in opened.page.evaluate("branches.list.map(({ key }) => key)"):
        opened.page.evaluate("(key) => branches.select(key)", current)
        assert BROKEN not in opened.page.evaluate(EVERYTHING)
    assert opened.errors == []
