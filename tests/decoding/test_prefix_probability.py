"""The sum over all cuts is what reading every sequence of tokens gives: with a fake of ten tokens, and real models."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from model_utils import LM, load, score
from model_utils.decoding.prefix_probability import LEAST, Covered, cover
from model_utils.errors import NonFiniteLogits
from tests.fakes import ARCHITECTURES, BOS, EOS, PAGE, UNUSUAL, FakeLM
from tests.models import FolderOf
from tests.random_examples import share_of

from .overlapping import PIECES, overlapping

DEPTH = 4
SLACK = 1e-12


def every_sequence(lm: FakeLM, prompt: Sequence[int]) -> list[tuple[bytes, float]]:
    """The text of every continuation of DEPTH tokens up to its first mark, and its probability."""
    known: dict[tuple[int, ...], Any] = {}

    def probabilities(ids: tuple[int, ...]) -> Any:
        if ids not in known:
            row = np.asarray(lm.row([*prompt, *ids]), dtype=np.float64)
            known[ids] = np.exp(row - row.max()) / np.exp(row - row.max()).sum()
        return known[ids]

    found = []
    for ids in product(range(len(PIECES)), repeat=DEPTH):
        text = b""
        for token_id in ids:
            if token_id in (BOS, EOS) or not PIECES[token_id]:
                break
            text += PIECES[token_id]
        found.append((text, math.prod(probabilities(ids[:at])[ids[at]] for at in range(DEPTH))))
    return found


def check(found: Covered, expected: float, relative: float = 1e-6) -> None:
    assert found.probability * (1 - relative) - SLACK <= expected
    assert expected <= (found.probability + found.missed) * (1 + relative) + SLACK


@settings(max_examples=share_of(10), deadline=None)
@given(st.lists(st.sampled_from([BOS, 2, 3, 5]), min_size=1, max_size=3))
def test_every_text_of_four_bytes_is_found_in_all_its_cuts(prompt):
    lm = overlapping()
    everything = every_sequence(lm, prompt)
    texts = [b"".join(map(bytes, letters)) for n in (1, 2, 3, 4) for letters in product([b"a", b"b", b" "], repeat=n)]
    for text, found in cover(lm, prompt, texts, 3).items():
        check(found, sum(p for continuation, p in everything if continuation.startswith(text)))
        assert found.missed < 100 * LEAST


def test_half_a_character_is_bytes_like_any_other():
    lm = overlapping()
    found = cover(lm, [BOS], ["あ".encode(), b"\xe3"], 3)
    assert found["あ".encode()].probability == found["あ".encode()].count == 0
    assert [cut.ids for cut in found[b"\xe3"].cuts] == [(9,)]


def test_few_texts_at_once_give_the_same(monkeypatch):
    texts = [b"abababab", b"baba ab", b"aaaa", b" a a a"]
    one = cover(overlapping(), [BOS], texts, 5)
    monkeypatch.setattr("model_utils.decoding.prefix_probability.AT_ONCE", 3)
    lm = overlapping()
    few = cover(lm, [BOS], texts, 5)
    assert max(lm.passes) <= 3
    for text in texts:
        assert few[text].cuts == one[text].cuts and few[text].count == one[text].count > 1
        assert few[text].probability == pytest.approx(one[text].probability, rel=1e-12)


def test_what_is_not_followed_is_bounded(monkeypatch):
    texts = [b"abababab", b"bbbb"]
    exact = cover(overlapping(), [BOS], texts, 3)
    for least in (1e-5, 1e-3, 1e-1):
        monkeypatch.setattr("model_utils.decoding.prefix_probability.LEAST", least)
        for text, found in cover(overlapping(), [BOS], texts, 3).items():
            assert found.probability <= exact[text].probability <= found.probability + found.missed + SLACK
    assert found.missed > 0


def test_a_full_context_is_not_read_beyond():
    text = b"abab"
    free, full = cover(overlapping(), [BOS, 2], [text], 3)[text], cover(overlapping(3), [BOS, 2], [text], 3)[text]
    assert full.probability < free.probability <= full.probability + full.missed
    assert all(len(cut.ids) <= 2 for cut in full.cuts)


def test_a_model_that_gives_nan_is_named():
    with pytest.raises(NonFiniteLogits, match="token 2"):
        cover(FakeLM(lambda ids: np.full(10, np.nan, dtype=np.float32)), [BOS, 3], [b"x"], 1)


def pairs_of(lm: LM, prompt: Sequence[int]) -> tuple[list[list[bytes]], Any]:
    """The text of every two tokens behind a prompt, and its probability: shapes (vocabulary, vocabulary)."""
    size = lm.vocab_size
    rows = torch.tensor(lm.logits([[*prompt, token_id] for token_id in range(size)])).double().log_softmax(-1)
    joint = (rows[0, len(prompt) - 1][:, None] + rows[:, len(prompt)]).exp().numpy()
    marks = lm.vocabulary.special
    texts = [
        [b"".join(t.bytes for t in lm.vocabulary.read([*prompt, one, other])[len(prompt) :]) for other in range(size)]
        if one not in marks and lm.vocabulary.spell(one)
        else [b""] * size
        for one in range(size)
    ]
    for other in range(size):
        if other in marks:
            for one in range(size):
                texts[one][other] = texts[one][other].removesuffix(lm.vocabulary.spell(other))
    return texts, joint


@pytest.mark.parametrize("tokenizer", ["byte-level-bpe", "unigram-dummy-prefix", "unigram-bos"])
@pytest.mark.parametrize("prompt", ["", PAGE[1][:20]])
def test_real_tokenizers_in_all_pairs_of_tokens(folder_of: FolderOf, tokenizer: str, prompt: str) -> None:
    """Also where SentencePiece hides the space before a text: there the first token may add nothing."""
    lm = load(str(folder_of("llama", tokenizer)))
    ids = lm.encode(prompt) or [BOS]
    texts, joint = pairs_of(lm, ids)
    hides = not prompt and lm.vocabulary.spelling.start != lm.vocabulary.spelling.within
    for text, found in cover(lm, ids, [b"t"] if hides else [b"t", b"th", b" t", "ã".encode()], 3).items():
        expected = sum(float(joint[one, other]) for one, row in enumerate(texts) for other, raw in enumerate(row)
                       if raw.startswith(text))  # fmt: skip
        check(found, expected, relative=1e-4)
        assert found.probability > 0


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, *UNUSUAL])
@pytest.mark.filterwarnings("ignore")
def test_each_cut_has_the_logprob_that_transformers_gives_its_ids(
    folder_of: FolderOf, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_utils.decoding.prefix_probability.AT_ONCE", 2)
    folder = folder_of(architecture)
    lm, network = load(str(folder)), AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    prompt = lm.encode(PAGE[0])
    found = cover(lm, prompt, ["り".encode(), b" the"], 4)
    for cut in [cut for one in found.values() for cut in one.cuts]:
        ids = [*prompt, *cut.ids]
        with torch.inference_mode():
            logits = network(torch.tensor([ids])).logits
        rows = tuple(logits[:, at] for at in range(len(prompt) - 1, len(ids) - 1))
        each = network.compute_transition_scores(torch.tensor([ids[len(prompt) :]]), rows, normalize_logits=True)
        assert cut.logprob == pytest.approx(float(each.double().sum()), abs=1e-4)
        scored = sum(step.chosen.logprob for step in score(lm, ids).steps[len(prompt) - 1 :])
        assert cut.logprob == pytest.approx(scored, abs=1e-4)
    assert sum(len(one.cuts) for one in found.values()) >= 5
