"""Real architectures with real tokenizers, tiny and random: the same numbers as transformers and minicons give.

Every reference is computed by the library itself, in float32, from the same folder. Leaves out: the loops' ends and
errors (`test_tracing`), and where folders come from (`test_catalog`).
"""

from __future__ import annotations

import logging
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from model_utils import Sampling, TsuzukiError, generate, load, score, score_many, stream
from model_utils.errors import EmptyPrompt, InvalidText, PromptTooLong, UnknownToken
from model_utils.local.model import THREADS, LocalLM
from tests.fakes import ARCHITECTURES, AWKWARD_TEXTS, CONTEXT_LENGTH, PAGE, TOKENIZERS, UNUSUAL
from tests.models import FolderOf

NATS = 1e-4
HYBRID_NATS = 1e-3
"""A linear attention sums its chunks in another order beside a longer text, and random weights blow that up."""
GREEDY = Sampling(temperature=0.0)
PROMPT = PAGE[0]
both = pytest.mark.parametrize("tokenizer", TOKENIZERS)
each = pytest.mark.parametrize("architecture", ARCHITECTURES)
every = pytest.mark.parametrize("architecture", (*ARCHITECTURES, *UNUSUAL))


def reference(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def local(folder: Path) -> tuple[LocalLM, Any]:
    """A model to count the passes of, made of the folder's files without the catalog."""
    network = reference(folder)
    return LocalLM(network, AutoTokenizer.from_pretrained(folder), "tiny"), network


def raw_logprobs(folder: Path, ids: list[int] | tuple[int, ...]) -> torch.Tensor:
    """log p(id | ids before it) of every id but the first, in float64 from one pass over the whole text."""
    with torch.inference_mode():
        logits = reference(folder)(torch.tensor([ids])).logits[0, :-1].double()
    return torch.log_softmax(logits, -1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0]


def chosen_logprobs(trace: Any) -> list[float]:
    return [step.chosen.logprob for step in trace.steps]


@pytest.mark.parametrize(
    ("architecture", "tokenizer"),
    [(a, t) for a in ARCHITECTURES for t in TOKENIZERS] + [(a, "byte-level-bpe") for a in UNUSUAL],
)
def test_greedy_is_transformers_greedy(folder_of: FolderOf, architecture: str, tokenizer: str) -> None:
    folder = folder_of(architecture, tokenizer)
    lm, network = load(str(folder)), reference(folder)
    trace = generate(lm, PROMPT, 12, GREEDY)
    prompt = lm.encode(PROMPT)
    output = network.generate(
        torch.tensor([prompt]), max_new_tokens=12, do_sample=False, return_dict_in_generate=True, output_logits=True
    )
    assert list(trace.ids) == output.sequences[0].tolist()
    expected = network.compute_transition_scores(output.sequences, output.logits, normalize_logits=True)[0]
    new = trace.steps[len(prompt) - 1 :]
    np.testing.assert_allclose([step.chosen.logprob for step in new], expected, atol=NATS)
    for step, logits in zip(new, output.logits, strict=True):
        distribution = torch.log_softmax(logits[0].double(), -1)
        assert step.entropy == pytest.approx(-(distribution.exp() * distribution).sum().item(), abs=NATS)
        # Ids a rounding apart may change places: what counts is the value at each rank, and the value of each id.
        ids = [candidate.token.id for candidate in step.candidates]
        logprobs = [candidate.logprob for candidate in step.candidates]
        assert len(set(ids)) == 50 and logprobs == sorted(logprobs, reverse=True)
        np.testing.assert_allclose(logprobs, distribution.topk(50).values, atol=NATS)
        np.testing.assert_allclose(logprobs, distribution[ids], atol=NATS)
        assert step.chosen.rank == 1 and not step.given


@each
def test_one_pass_for_the_prompt_and_one_for_each_new_token_but_the_last(
    folder_of: FolderOf, architecture: str
) -> None:
    lm, network = local(folder_of(architecture))
    lengths: list[int] = []
    network.register_forward_pre_hook(
        lambda _, __, given: lengths.append(given["input_ids"].shape[1]), with_kwargs=True
    )
    trace = generate(lm, PROMPT, 5, Sampling(seed=2))
    assert trace.end == "max_new_tokens"
    assert lengths == [len(lm.encode(PROMPT)), 1, 1, 1, 1]


@each
@both
def test_score_is_the_logprob_of_every_token(folder_of: FolderOf, architecture: str, tokenizer: str) -> None:
    folder = folder_of(architecture, tokenizer)
    lm = load(str(folder))
    for text in (PAGE[1], *AWKWARD_TEXTS.values()):
        trace = score(lm, text)
        assert list(trace.ids) == lm.encode(text)
        np.testing.assert_allclose(chosen_logprobs(trace), raw_logprobs(folder, trace.ids), atol=NATS)
        assert all(step.given for step in trace.steps) and trace.sampling is None and trace.end == "given"


@every
def test_score_of_a_generated_text_is_what_generate_said(folder_of: FolderOf, architecture: str) -> None:
    lm = load(str(folder_of(architecture)))
    generated = generate(lm, PROMPT, 10, Sampling(seed=4))
    scored = score(lm, generated.ids)
    np.testing.assert_allclose(chosen_logprobs(scored), chosen_logprobs(generated), atol=NATS)


@every
def test_score_many_is_score(folder_of: FolderOf, architecture: str) -> None:
    lm = load(str(folder_of(architecture, "unigram-bos")))
    within = HYBRID_NATS if "hybrid" in architecture else NATS
    texts = [*PAGE, *AWKWARD_TEXTS.values(), "a", "", PAGE[0] + PAGE[2], "果物"]
    for together, alone in zip(score_many(lm, texts), [score(lm, text) for text in texts], strict=True):
        assert together.ids == alone.ids
        np.testing.assert_allclose(chosen_logprobs(together), chosen_logprobs(alone), atol=within)
        np.testing.assert_allclose([s.entropy for s in together.steps], [s.entropy for s in alone.steps], atol=within)


@pytest.mark.parametrize("architecture", [a for a in ARCHITECTURES if a != "gemma3-sliding"])
@both
@pytest.mark.filterwarnings("ignore")
def test_score_is_minicons_token_score(folder_of: FolderOf, architecture: str, tokenizer: str) -> None:
    from minicons.scorer import IncrementalLMScorer

    folder = folder_of(architecture, tokenizer)
    lm = load(str(folder))
    scorer = IncrementalLMScorer(reference(folder), "cpu", tokenizer=AutoTokenizer.from_pretrained(folder))
    expected = scorer.token_score(list(PAGE[:3]), bos_token=False)
    for text, pairs in zip(PAGE[:3], expected, strict=True):
        np.testing.assert_allclose(chosen_logprobs(score(lm, text)), [nats for _, nats in pairs][1:], atol=NATS)


@every
def test_a_bfloat16_checkpoint_gives_the_float32_numbers(folder_of: FolderOf, architecture: str) -> None:
    folder = folder_of(architecture, "byte-level-bpe", "bfloat16")
    lm = load(str(folder))
    trace = generate(lm, PROMPT, 8, GREEDY)
    np.testing.assert_allclose(chosen_logprobs(trace), raw_logprobs(folder, trace.ids), atol=NATS)
    many = score_many(lm, [trace.ids, trace.ids[:9]])
    np.testing.assert_allclose(chosen_logprobs(many[0]), chosen_logprobs(trace), atol=NATS)


@every
def test_a_long_prompt_read_in_chunks_is_one_pass(
    folder_of: FolderOf, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = load(str(folder_of(architecture)))
    whole = generate(lm, PROMPT, 6, GREEDY)
    monkeypatch.setattr("model_utils.local.model.CHUNK_LOGITS", lm.vocab_size * 7)
    chunked = generate(lm, PROMPT, 6, GREEDY)
    assert chunked.ids == whole.ids
    np.testing.assert_allclose(chosen_logprobs(chunked), chosen_logprobs(whole), atol=NATS)


def test_a_long_text_is_scored_in_chunks_by_score_many_too(
    folder_of: FolderOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lm, network = local(folder_of("llama"))
    monkeypatch.setattr("model_utils.local.model.CHUNK_LOGITS", lm.vocab_size * 20)
    monkeypatch.setattr("model_utils.decoding.tracing.BATCH_LOGITS", lm.vocab_size * 20)
    lengths: list[int] = []
    network.register_forward_pre_hook(lambda _, __, given: lengths.append(given["input_ids"].numel()), with_kwargs=True)
    (trace,) = score_many(lm, [PAGE[3]])
    assert len(trace.steps) > 20 and max(lengths) <= 20


@every
def test_a_text_of_one_token_has_no_steps(folder_of: FolderOf, architecture: str) -> None:
    lm = load(str(folder_of(architecture)))
    trace = score(lm, [lm.encode("a")[0]])
    assert trace.steps == () and trace.text == "a" and score_many(lm, ["a"]) == [trace]


def test_greedy_stops_where_transformers_does(folder_of: FolderOf) -> None:
    """The id that a first run likes most is made the end of text: it is the last token, and shown as one."""
    folder = folder_of("llama")
    network = reference(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    favourite = generate(LocalLM(network, tokenizer, "tiny"), PROMPT, 4, GREEDY).ids[-1]
    network.generation_config.eos_token_id = [favourite, 1]
    lm = LocalLM(network, tokenizer, "tiny")
    trace = generate(lm, PROMPT, 20, GREEDY)
    ids = network.generate(torch.tensor([lm.encode(PROMPT)]), max_new_tokens=20, do_sample=False)[0].tolist()
    assert trace.end == "end_of_text" and list(trace.ids) == ids and ids[-1] == favourite


@both
def test_context_of_a_text(folder_of: FolderOf, tokenizer: str) -> None:
    """With a beginning-of-text token the first token has a probability; without, it is context."""
    lm = load(str(folder_of("llama", tokenizer)))
    trace = score(lm, "Paris")
    assert len(trace.context) == 1
    assert trace.context[0].special == (tokenizer == "unigram-bos")


@every
def test_an_empty_prompt_starts_from_bos(folder_of: FolderOf, architecture: str) -> None:
    folder = folder_of(architecture)
    trace = generate(load(str(folder)), "", 4, GREEDY)
    assert trace.context[0].label == "<s>" and not any(step.given for step in trace.steps)
    np.testing.assert_allclose(chosen_logprobs(trace), raw_logprobs(folder, trace.ids), atol=NATS)


def test_a_bos_id_without_an_embedding_is_no_bos(folder_of: FolderOf) -> None:
    """A configuration's default (GPT-2's 50256) says nothing about a smaller vocabulary."""
    network = reference(folder_of("gpt2"))
    network.config.bos_token_id = 50256
    tokenizer = AutoTokenizer.from_pretrained(folder_of("gpt2"))
    tokenizer.bos_token = None
    with pytest.raises(EmptyPrompt):
        generate(LocalLM(network, tokenizer, "tiny"), "", 1)


def test_a_piece_of_the_tokenizer_without_an_embedding_is_unknown(folder_of: FolderOf) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder_of("gpt2"))
    tokenizer.add_tokens([f"<extra{number}>" for number in range(9)])
    lm = LocalLM(reference(folder_of("gpt2")), tokenizer, "tiny")
    for attempt in (lambda: generate(lm, "a<extra8>b", 1), lambda: score_many(lm, ["a<extra8>b"])):
        with pytest.raises(UnknownToken):
            attempt()


@pytest.mark.parametrize("text", ["\ud83d", "abc\udc80", "\udfff\ud800"], ids=["high", "low", "reversed"])
def test_lone_surrogates_are_refused(folder_of: FolderOf, text: str) -> None:
    lm = load(str(folder_of("llama")))
    for attempt in (lambda: generate(lm, text, 1), lambda: score(lm, text), lambda: score_many(lm, ["a", text])):
        with pytest.raises(InvalidText):
            attempt()


def test_context_length_is_the_models(folder_of: FolderOf) -> None:
    lm = load(str(folder_of("llama")))
    ids = [5] * CONTEXT_LENGTH
    assert generate(lm, ids, 3).end == "context_full"
    assert len(generate(lm, ids[:-2], 9, GREEDY).ids) == CONTEXT_LENGTH
    with pytest.raises(PromptTooLong):
        generate(lm, [*ids, 5], 1)
    assert load(str(folder_of("mamba"))).context_length is None


@every
def test_a_fork_by_ids_goes_on_as_the_ids_do(folder_of: FolderOf, architecture: str) -> None:
    lm = load(str(folder_of(architecture)))
    trace = generate(lm, "好きな果物は", 6, GREEDY)
    other = trace.steps[8].candidates[3].token.id
    fork = generate(lm, trace.fork(8, other), 5, GREEDY)
    straight = generate(load(str(folder_of(architecture))), [*trace.ids[:9], other], 5, GREEDY)
    assert fork.ids == straight.ids and fork.steps[:8] == trace.steps[:8]
    np.testing.assert_allclose(chosen_logprobs(fork), chosen_logprobs(straight), atol=NATS)
    again = generate(lm, trace.fork(len(trace.steps), ()), 3, GREEDY)
    longer = generate(lm, "好きな果物は", 9, GREEDY)
    assert again.ids == longer.ids, "what a fork left behind disturbs no other"


@every
def test_two_texts_read_in_turns_do_not_mix(folder_of: FolderOf, architecture: str) -> None:
    lm = load(str(folder_of(architecture)))
    turns = list(zip(stream(lm, PAGE[0], 6, GREEDY), stream(lm, PAGE[1], 6, GREEDY), strict=True))
    for partial, prompt in zip(turns[-1], PAGE[:2], strict=True):
        assert partial == generate(lm, prompt, 6, GREEDY)


def test_nan_weights_are_named(folder_of: FolderOf) -> None:
    network = reference(folder_of("llama"))
    with torch.no_grad():
        network.model.norm.weight[:] = torch.nan
    lm = LocalLM(network, AutoTokenizer.from_pretrained(folder_of("llama")), "broken")
    with pytest.raises(TsuzukiError, match="broken gave a logit that is NaN"):
        generate(lm, "ab", 1)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    warnings.simplefilter("ignore")
    logging.getLogger("transformers").setLevel(logging.ERROR)


def test_texts_at_once_leave_torch_its_threads_and_get_the_same_numbers(folder_of: FolderOf) -> None:
    lm = load(str(folder_of("llama")))
    seeds = [Sampling(seed=seed) for seed in range(12)]
    alone = [generate(lm, "one two", 8, sampling) for sampling in seeds]
    for _ in range(5):
        with ThreadPoolExecutor(6) as pool:
            together = list(pool.map(lambda sampling: generate(lm, "one two", 8, sampling), seeds))
        assert [trace.ids for trace in together] == [trace.ids for trace in alone]
        with ThreadPoolExecutor(1) as fresh:
            assert fresh.submit(torch.get_num_threads).result() == THREADS
