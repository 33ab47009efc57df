"""Measure what a model can do of what a lecture shows: is the answer what temperature 0 writes, and how probable is it.

An answer counts as right if each of its tokens is the likeliest one, and no letter or digit follows that would make
another word of it. A longer sum is asked twice: at once, and with the steps that the model writes itself. Leaves out:
the questions (`lecture`), how the figures are shown (`ability_tables`), which of them a published model must reach
(`bars`).
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

from model_utils.training.lecture import made
from model_utils.training.lecture.forms.wordings import Probe
from model_utils.training.lecture.skills import sums

BATCH_TOKENS = 4096
EXAMPLES = 3
EXAMPLE_TOKENS = 10
STEP_TOKENS = 64
CHAINS = 60
CHAIN_SEED = 11
NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Answered:
    """Whether a probe was answered rightly, and the probability of the right answer."""

    probe: Probe
    right: bool
    probability: float


@torch.inference_mode()
def answered(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, probes: Sequence[Probe]) -> list[Answered]:
    """All probes, in their order."""
    cut = [(_ids(tokenizer, probe.prompt, True), _ids(tokenizer, probe.answer, False)) for probe in probes]
    order = sorted(range(len(probes)), key=lambda number: sum(map(len, cut[number])))
    going_on = _going_on(tokenizer)
    found: dict[int, Answered] = {}
    for batch in _batches(order, cut):
        for number, (right, probability, after) in zip(batch, _forced(model, [cut[n] for n in batch]), strict=True):
            last = probes[number].answer[-1]
            parted = not (last.isascii() and last.isalnum() and going_on[after])
            found[number] = Answered(probes[number], right and parted, probability)
    return [found[number] for number in range(len(probes))]


def _ids(tokenizer: PreTrainedTokenizerBase, text: str, begins: bool) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=begins)["input_ids"]
    return ids


def _going_on(tokenizer: PreTrainedTokenizerBase) -> list[bool]:
    """For every id, whether it makes another word or number of what stands before it."""
    pieces = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    return [piece[:1].isascii() and piece[:1].isalnum() for piece in pieces]


def _batches(order: list[int], cut: list[tuple[list[int], list[int]]]) -> Iterator[list[int]]:
    batch: list[int] = []
    for number in order:
        length = sum(map(len, cut[number]))
        if batch and (len(batch) + 1) * length > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _forced(model: LlamaForCausalLM, batch: list[tuple[list[int], list[int]]]) -> Iterator[tuple[bool, float, int]]:
    """Of each prompt and answer: whether its tokens are the likeliest, their probability, the next token."""
    length = max(len(prompt) + len(answer) for prompt, answer in batch)
    ids = torch.zeros(len(batch), length, dtype=torch.long)
    for row, (prompt, answer) in enumerate(batch):
        ids[row, : len(prompt) + len(answer)] = torch.tensor(prompt + answer)
    hidden = model.model(input_ids=ids.to(model.device), use_cache=False).last_hidden_state
    for row, (prompt, answer) in enumerate(batch):
        # Position t tells of token t + 1; the last one tells of what follows the answer.
        logits = model.lm_head(hidden[row, len(prompt) - 1 : len(prompt) + len(answer)]).float()
        likeliest = logits.argmax(-1).tolist()
        logprobs = logits[:-1].log_softmax(-1).gather(-1, torch.tensor(answer, device=logits.device)[:, None])
        yield likeliest[:-1] == answer, float(logprobs.sum().exp()), likeliest[-1]


def measured(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, thin: int = 1) -> list[dict[str, Any]]:
    """One row for each ability, language and kind: accuracy, mean probability, how many, and examples.

    Only every `thin`th question is asked.
    """
    groups: dict[tuple[str, str, str], list[Answered]] = {}
    for one in answered(model, tokenizer, made.probes()[::thin]):
        groups.setdefault((one.probe.ability, one.probe.language, one.probe.kind), []).append(one)
    rows = [
        _row(key, found) | {"examples": _examples(model, tokenizer, found)} for key, found in sorted(groups.items())
    ]
    return rows + chains(model, tokenizer, max(EXAMPLES, CHAINS // thin))


def _row(key: tuple[str, str, str], found: list[Answered]) -> dict[str, Any]:
    ability, language, kind = key
    return {
        "ability": ability,
        "language": language,
        "kind": kind,
        "count": len(found),
        "accuracy": sum(one.right for one in found) / len(found),
        "probability": sum(one.probability for one in found) / len(found),
    }


def _examples(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, found: list[Answered]
) -> list[dict[str, Any]]:
    """A few probes with what temperature 0 writes; one of them wrong, if any is."""
    wrong, right = ([one for one in found if one.right is verdict] for verdict in (False, True))
    chosen = [*wrong[:1], *right[: EXAMPLES - len(wrong[:1])], *wrong[1:]][:EXAMPLES]
    texts = written(model, tokenizer, [one.probe.prompt for one in chosen], EXAMPLE_TOKENS)
    return [
        asdict(one.probe) | {"right": one.right, "probability": one.probability, "written": text}
        for one, text in zip(chosen, texts, strict=True)
    ]


@torch.inference_mode()
def written(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, prompts: list[str], tokens: int) -> list[str]:
    """What temperature 0 adds to each prompt."""
    cut = [_ids(tokenizer, prompt, True) for prompt in prompts]
    length = max(map(len, cut))
    end = int(model.config.eos_token_id)  # type: ignore[arg-type]
    # Padding stands on the left, masked, so that all of them go on at their end.
    ids = torch.tensor([[end] * (length - len(one)) + one for one in cut], device=model.device)
    mask = torch.tensor([[0] * (length - len(one)) + [1] * len(one) for one in cut], device=model.device)
    output = model.generate(  # type: ignore[misc]
        ids, attention_mask=mask, max_new_tokens=tokens, do_sample=False, pad_token_id=end
    )
    return [str(tokenizer.decode(row[length:], skip_special_tokens=True)) for row in output]


def chains(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, count: int = CHAINS) -> list[dict[str, Any]]:
    """`count` sums of three terms in each language, asked at once and with the steps that the model writes."""
    rng = random.Random(CHAIN_SEED)
    rows = []
    for language, direct, stepwise in sums.CHAIN_PROMPTS:
        terms = [sums.known_terms(rng, 3) for _ in range(count)]
        for name, form in (("three terms at once", direct), ("three terms by steps", stepwise)):
            prompts = [form.format(terms=" + ".join(map(str, some))) for some in terms]
            texts = written(model, tokenizer, prompts, STEP_TOKENS if form is stepwise else EXAMPLE_TOKENS)
            found: list[dict[str, Any]] = [
                {"prompt": prompt, "answer": str(sum(some)), "written": text, "right": _total(text, name) == sum(some)}
                for prompt, text, some in zip(prompts, texts, terms, strict=True)
            ]
            accuracy = sum(one["right"] for one in found) / len(found)
            row = {"ability": name, "language": language, "kind": "new", "count": len(found), "accuracy": accuracy}
            wrong_first = sorted(found, key=lambda one: bool(one["right"]))
            rows.append(row | {"probability": None, "examples": [wrong_first[0], *wrong_first[:-EXAMPLES:-1]]})
    return rows


def _total(text: str, name: str) -> int | None:
    """The number that a text gives as its result: the first one, or, behind steps, that behind the last mark of one."""
    if name.endswith("by steps"):
        text = re.split(sums.RESULT_MARKS, text, maxsplit=1)[-1] if re.search(sums.RESULT_MARKS, text) else ""
    found = NUMBER.search(text)
    return int(found[0]) if found else None
