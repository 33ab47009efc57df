"""Measure a causal language model on text: bits per UTF-8 byte, logprob of a sentence, likeliest next tokens, speed.

A text is scored behind `<|endoftext|>`, so that its first token counts as well; its end does not. Texts longer than
the context are scored in windows that overlap by half. Leaves out: which texts (`evaluate`), how they are shown
(`card`).
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

BATCH_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """Token ids of one forward pass over a part of text number `text`; those before `first` are context only."""

    ids: list[int]
    first: int
    text: int


def windows(ids: list[int], context: int, text: int = 0) -> Iterator[Window]:
    """Cut `ids` into windows of at most `context` in which every token but the very first is scored once."""
    yield Window(ids[:context], 1, text)
    half = context // 2
    for start in range(half, len(ids) - half, half):
        yield Window(ids[start : start + context], context - half, text)


@torch.inference_mode()
def logprobs(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> list[float]:
    """The logprob of each text, in nats: the sum over its tokens."""
    context = model.config.max_position_embeddings
    every = [window for number, text in enumerate(texts) for window in windows(_ids(tokenizer, text), context, number)]
    every.sort(key=lambda window: len(window.ids))
    sums = [0.0] * len(texts)
    for batch in _batches(every):
        for window, logprob in zip(batch, _logprobs(model, batch), strict=True):
            sums[window.text] += logprob
    return sums


def _ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    ids: list[int] = tokenizer(text)["input_ids"]
    return ids


def _batches(sorted_windows: list[Window]) -> Iterator[list[Window]]:
    batch: list[Window] = []
    for window in sorted_windows:
        if batch and (len(batch) + 1) * len(window.ids) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _logprobs(model: LlamaForCausalLM, batch: list[Window]) -> list[float]:
    length = max(len(window.ids) for window in batch)
    ids = torch.zeros(len(batch), length, dtype=torch.long)
    scored = torch.zeros(len(batch), length, dtype=torch.bool)
    for row, window in enumerate(batch):
        # Padding stands on the right, where a causal model cannot see it.
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
        scored[row, window.first : len(window.ids)] = True
    ids, scored = ids.to(model.device), scored.to(model.device)
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1].float()
    of_tokens = logits.gather(-1, ids[:, 1:, None]).squeeze(-1) - logits.logsumexp(-1)
    sums: list[float] = (of_tokens.double() * scored[:, 1:]).sum(-1).tolist()
    return sums


def bits_per_byte(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, texts: list[str]) -> float:
    """-log2 p of the texts divided by their length in UTF-8 bytes."""
    size = sum(len(text.encode()) for text in texts)
    return -math.fsum(logprobs(model, tokenizer, texts)) / math.log(2) / size


@torch.inference_mode()
def end_probability(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, sentences: Sequence[str]) -> float:
    """The mean probability that a text which consists of one of the sentences ends there."""
    found = []
    for sentence in sentences:
        logits = model(input_ids=torch.tensor([_ids(tokenizer, sentence)], device=model.device)).logits[0, -1]
        found.append(float(logits.float().softmax(-1)[model.config.eos_token_id]))
    return math.fsum(found) / len(found)


@torch.inference_mode()
def top_candidates(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, prompt: str, count: int
) -> list[tuple[str, float]]:
    """The `count` likeliest next tokens after `prompt`, each with its probability."""
    ids = torch.tensor([tokenizer(prompt)["input_ids"]])
    probabilities = model(input_ids=ids).logits[0, -1].float().softmax(-1)
    best = probabilities.topk(count)
    found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [(str(tokenizer.decode([index])), probability) for index, probability in found]


def greedy_continuation(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, prompt: str, tokens: int
) -> tuple[str, float]:
    """What temperature 0 adds to `prompt`, at most `tokens` long, and the tokens per second it took."""
    ids = torch.tensor([tokenizer(prompt)["input_ids"]])
    start = time.perf_counter()
    mask = torch.ones_like(ids)
    output = model.generate(ids, attention_mask=mask, max_new_tokens=tokens, do_sample=False)  # type: ignore[misc]
    added = output[0, ids.shape[1] :]
    return str(tokenizer.decode(added, skip_special_tokens=True)), len(added) / (time.perf_counter() - start)
