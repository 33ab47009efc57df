"""What is worked out beside the model is what numpy makes of the same logits on the host.

Runs on the processor everywhere, and on the GPU too where there is one; needs nothing of the other tests, so that it
can be carried to a machine with a GPU: `pytest --noconftest tests/local/gpu`.
"""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from model_utils import Sampling, Trace, beam, generate, score, score_many, stream
from model_utils.errors import NonFiniteLogits
from model_utils.local.gpu import decoder as decoders
from model_utils.local.gpu.device_rows import DeviceRows
from model_utils.local.gpu.sampling import Knobs, draw, points, process
from model_utils.local.model import LocalLM
from model_utils.logits.readings import Reading, readings
from model_utils.logits.sampling import draw as draw_here
from model_utils.logits.sampling import process as process_here
from tests.benchmarks.generation import made_up_tokenizer
from tests.logits.rows import rows

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
VOCABULARY = 1_200
SMALL = {"vocab_size": VOCABULARY, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
LLAMA = {**SMALL, "num_key_value_heads": 2, "intermediate_size": 96, "max_position_embeddings": 96}
SETTINGS = [
    Sampling(temperature=0.0),
    Sampling(temperature=0.0, repetition_penalty=1.3),
    Sampling(temperature=1e-30),
    Sampling(seed=7),
    Sampling(temperature=0.7, top_k=20, seed=1),
    Sampling(temperature=1.3, top_p=0.8, seed=2),
    Sampling(min_p=0.05, seed=3),
    Sampling(temperature=2.0, min_p=0.02, top_p=0.5, top_k=5, repetition_penalty=0.8),
]


def network(kind: str) -> Any:
    torch.manual_seed(0)
    ends = {"bos_token_id": 0, "eos_token_id": 1}
    if kind == "gpt2":
        config = GPT2Config(vocab_size=VOCABULARY, n_positions=96, n_embd=64, n_layer=2, n_head=4, **ends)
        return GPT2LMHeadModel(config).eval()
    if kind == "sliding":
        return MistralForCausalLM(MistralConfig(**LLAMA, sliding_window=8, **ends)).eval()
    return LlamaForCausalLM(LlamaConfig(**LLAMA, **ends)).eval()


def pair(kind: str, device: str) -> tuple[LocalLM, LocalLM]:
    """The same model with its rows on the host and on the device; both look further than their first end of text."""
    made = network(kind)
    tokenizer = made_up_tokenizer(VOCABULARY)
    here, there = LocalLM(copy.deepcopy(made), tokenizer, "m"), LocalLM(made.to(device), tokenizer, "m")
    there.rows_stay = True
    here.end_ids = there.end_ids = frozenset()
    return here, there


def assert_same(one: Reading, other: Reading) -> None:
    assert (one.top, one.rank) == (other.top, other.rank)
    assert other.entropy == pytest.approx(one.entropy, abs=3e-6)
    assert [other.logprob, *other.top_logprobs] == pytest.approx([one.logprob, *one.top_logprobs], abs=1e-6)
    assert one.tail is not None and other.tail is not None
    assert other.tail.shift == pytest.approx(one.tail.shift, abs=1e-6)
    for mine, theirs in zip(one.tail.boxes, other.tail.boxes, strict=True):
        assert (mine.count, mine.seen) == (theirs.count, theirs.seen)
        assert theirs.logprob == pytest.approx(mine.logprob, abs=1e-4)
        assert theirs.half_width == pytest.approx(mine.half_width, abs=1e-2)  # A cell of `tail` is so wide.


def assert_same_trace(one: Trace, other: Trace, within: float = 1e-4) -> None:
    assert (one.ids, one.end, one.sampling) == (other.ids, other.end, other.sampling)
    for mine, theirs in zip(one.steps, other.steps, strict=True):
        assert (mine.given, mine.cut, mine.chosen.rank) == (theirs.given, theirs.cut, theirs.chosen.rank)
        one_each, other_each = ({c.token.id: c.logprob for c in step.candidates} for step in (mine, theirs))
        assert list(other_each.values()) == pytest.approx(list(one_each.values()), abs=within)
        # Two devices round differently: neighbours as close as that may change places, the last one with the next.
        for token_id in one_each.keys() & other_each.keys():
            assert other_each[token_id] == pytest.approx(one_each[token_id], abs=within)
        for token_id in one_each.keys() ^ other_each.keys():
            logprob = one_each.get(token_id, other_each.get(token_id))
            assert logprob == pytest.approx(mine.candidates[-1].logprob, abs=within)
        assert (mine.tail is None) == (theirs.tail is None)
        assert mine.tail is None or theirs.tail is None or mine.tail.count == theirs.tail.count


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("count", [0, 1, 50, 1_000])
@pytest.mark.parametrize("size", [1_000, 12_000, 50_257])
def test_readings_are_those_of_numpy(size: int, count: int, device: str) -> None:
    for seed in range(3):
        batch = np.stack(list(rows(size, seed)))
        text = np.random.default_rng(seed).integers(0, size, 40 + len(batch))
        text[3] = text[9]
        text[20:24] = batch[0].argsort()[-4:]
        found = DeviceRows(torch.from_numpy(batch).to(device)).readings(text, count, "m", True)
        for mine, theirs in zip(readings(batch, text, count, "m"), found, strict=True):
            assert_same(mine, theirs)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("count", [0, 1, 50])
def test_readings_of_level_and_masked_rows_are_those_of_numpy(count: int, device: str) -> None:
    made = np.stack(list(rows(1_000, 7)))
    coarse, level, masked = np.round(made), np.full_like(made, 2.0), made.copy()
    masked[np.random.default_rng(0).random(made.shape) < 0.97] = -np.inf
    masked[:, 9] = 1.0
    text = np.append(np.random.default_rng(1).integers(0, 1_000, 600), np.full(10, 9))
    for batch in (coarse, level, masked):
        found = DeviceRows(torch.from_numpy(batch).to(device)).readings(text, count, "m", True)
        for mine, theirs in zip(readings(batch, text, count, "m"), found, strict=True):
            assert_same(mine, theirs)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("sampling", SETTINGS)
def test_the_sampler_is_that_of_numpy(sampling: Sampling, device: str) -> None:
    knobs = Knobs.on(torch.device(device))
    knobs.turn(sampling)
    for row in rows(12_000, 5):
        text = [3, 17, 17, 11_999, int(row.argmax())]
        is_seen = torch.zeros(12_000, dtype=torch.bool)
        is_seen[text] = True
        expected = process_here(row, text, sampling)
        scores = process(torch.from_numpy(row).to(device), is_seen.to(device), knobs)
        np.testing.assert_allclose(scores.cpu().numpy(), expected, rtol=1e-6)
        for position in range(20):
            point = points(sampling.seed, position)[:1].to(device)
            assert int(draw(scores, point)) == draw_here(expected, sampling.seed, position)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("kind", ["llama", "gpt2", "sliding"])
@pytest.mark.parametrize("room", [8, 256])
def test_a_trace_is_that_of_the_host(kind: str, room: int, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In rooms that it outgrows, too, and up to the end of the context."""
    monkeypatch.setattr(decoders, "SMALLEST_ROOM", room)
    here, there = pair(kind, device)
    for sampling in SETTINGS:
        assert_same_trace(generate(here, [5, 6, 7], 40, sampling), generate(there, [5, 6, 7], 40, sampling))
    assert_same_trace(generate(here, [5, 6], 200, SETTINGS[3]), generate(there, [5, 6], 200, SETTINGS[3]))


@pytest.mark.parametrize("device", DEVICES)
def test_scores_forks_and_beams_are_those_of_the_host(device: str) -> None:
    here, there = pair("llama", device)
    text = list(range(10, 60))
    one, other = score(here, text), score(there, text)
    assert_same_trace(one, other)
    both = zip(score_many(here, [text, [3, 4], [5]]), score_many(there, [text, [3, 4], [5]]), strict=True)
    for mine, theirs in both:
        assert_same_trace(mine, theirs)
    forks = (generate(lm, trace.fork(20, (9,)), 10, SETTINGS[3]) for lm, trace in ((here, one), (there, other)))
    assert_same_trace(*forks)
    assert [each.ids for each in beam(here, text, 3, 6).sequences] == [
        each.ids for each in beam(there, text, 3, 6).sequences
    ]


@pytest.mark.parametrize("device", DEVICES)
def test_two_streams_in_turns_and_one_left_early(device: str) -> None:
    here, there = pair("llama", device)
    left = stream(there, [8, 9], 20, SETTINGS[3])
    next(left)
    other = stream(there, [8, 9], 20, SETTINGS[3])
    for _ in range(3):
        next(left), next(other)
    left.close()
    *_, last = other
    expected = generate(here, [8, 9], 20, SETTINGS[3])
    assert_same_trace(expected, last)
    # What the one left early had read is remembered, and no more than that.
    assert_same_trace(expected, generate(there, [8, 9], 20, SETTINGS[3]))


@pytest.mark.parametrize("device", DEVICES)
def test_many_texts_at_once_are_each_that_of_the_host(device: str) -> None:
    """Each captures beside the others' passes."""
    here, there = pair("llama", device)
    texts = [[8, 9, number] for number in range(12)]
    with ThreadPoolExecutor(len(texts)) as pool:
        found = list(pool.map(lambda ids: generate(there, ids, 30, SETTINGS[3]), texts))
    for ids, trace in zip(texts, found, strict=True):
        assert_same_trace(generate(here, ids, 30, SETTINGS[3]), trace)
    assert all(decoder.is_captured == (device == "cuda") for decoder in there.decoders.idle)


@pytest.mark.parametrize("device", DEVICES)
def test_texts_one_after_the_other_share_a_decoder(device: str) -> None:
    _, there = pair("llama", device)
    for sampling in SETTINGS:
        generate(there, [8, 9], 20, sampling)
    (decoder,) = there.decoders.idle
    assert decoder.is_captured == (device == "cuda")


@pytest.mark.parametrize("device", DEVICES)
def test_decoders_are_kept_as_far_as_their_caches_have_room(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, there = pair("llama", device)
    generate(there, [8, 9], 20)
    (decoder,) = there.decoders.idle
    monkeypatch.setattr(decoders, "KEPT_BYTES", 2 * decoder.bytes)
    streams = [stream(there, [8, number], 20) for number in range(4)]
    for each in streams:
        next(islice(each, 2, None))
    for each in streams:
        each.close()
    assert decoder.bytes and len(there.decoders.idle) == 2


@pytest.mark.parametrize("device", DEVICES)
def test_a_model_that_asks_the_host_goes_on_pass_by_pass(device: str) -> None:
    here, there = pair("llama", device)
    there.network.register_forward_pre_hook(
        lambda network, args, given: given["input_ids"].tolist() and None, with_kwargs=True
    )
    _, other = pair("llama", device)
    for lm, is_captured in ((there, False), (other, device == "cuda")):
        assert_same_trace(generate(here, [8, 9], 20, SETTINGS[3]), generate(lm, [8, 9], 20, SETTINGS[3]))
        assert lm.decoders.idle[0].is_captured == is_captured


@pytest.mark.parametrize("device", DEVICES)
def test_a_text_longer_than_a_deal_of_points(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_utils.local.gpu.decoder.CHUNK", 16)
    monkeypatch.setattr("model_utils.local.gpu.sampling.CHUNK", 16)
    here, there = pair("llama", device)
    assert_same_trace(generate(here, [5], 60, SETTINGS[3]), generate(there, [5], 60, SETTINGS[3]))


@pytest.mark.parametrize("device", DEVICES)
def test_a_logit_that_is_no_number_is_named(device: str) -> None:
    _, there = pair("llama", device)
    with torch.no_grad():
        there.network.lm_head.weight[7] = torch.nan
    with pytest.raises(NonFiniteLogits):
        next(islice(stream(there, [5], 4), 1, None))
