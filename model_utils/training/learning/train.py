"""The training loop: batches in, weights out, within a budget of wall-clock seconds, resumable at any checkpoint.

The same call again goes on from the last checkpoint. The curve is a file of JSON lines, one for every `log_steps`
steps. Leaves out: reading text (`corpus`), making tokens (`packing`), the published folder (`export`).
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.functional import cross_entropy, linear
from transformers import LlamaForCausalLM

from model_utils.training.errors import CheckpointError
from model_utils.training.learning.checkpoint import SNAPSHOT_STEPS, load_checkpoint, save_checkpoint, save_snapshot
from model_utils.training.learning.optimizer import Optimizer, Settings, pieces, rate_factor
from model_utils.training.text.packing import Batches

STANDARD = Settings()
CLIP_NORM = 1.0
CURVE_NAME = "curve.jsonl"
# The logits of one slice stay in a processor's cache; those of the whole batch would not. A GPU takes them at once.
LOSS_SLICE = 1024

Clock = Callable[[], float]
Probe = Callable[[LlamaForCausalLM], dict[str, float]]
Loss = Callable[[LlamaForCausalLM, torch.Tensor], torch.Tensor]


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to train and how much at once, in seconds of wall clock and sequences per step."""

    seconds: float
    sequences_per_step: int = 16
    checkpoint_seconds: float = 180.0
    probe_seconds: float = 900.0
    log_steps: int = 20


@dataclass(slots=True)
class Progress:
    """Where a run stands; `warm_from` is the step at which its optimiser was empty."""

    step: int = 0
    position: int = 0
    tokens: int = 0
    seconds: float = 0.0
    warm_from: int = 0


def train(
    model: LlamaForCausalLM,
    sequences: Batches,
    budget: Budget,
    work: Path,
    probe: Probe,
    loss: Loss,
    clock: Clock = time.monotonic,
    settings: Settings = STANDARD,
) -> Progress:
    """Train `model` in place until the budget is used, checkpointing into `work`; resumes if it can."""
    optimizer, progress = Optimizer(model, settings), Progress()
    losses: list[torch.Tensor] = []
    if state := load_checkpoint(work):
        progress = _restore(state, model, optimizer)
        losses = list(state.get("losses", []))
    _cut_curve(work, progress.step)
    last_checkpoint, last_probe = progress.seconds, progress.seconds
    tick = clock()
    while progress.seconds < budget.seconds:
        if progress.step in SNAPSHOT_STEPS:
            save_snapshot(work, progress.step, model)
        batch = sequences.batch(progress.position, budget.sequences_per_step)
        share = progress.seconds / budget.seconds
        factor = rate_factor(progress.step - progress.warm_from, share, settings.decay_share)
        cut = torch.cat(batch.chunk(pieces(share, settings), dim=1))
        losses.append(_step(model, optimizer, loss, _sent(cut, model.device), factor))
        now = clock()
        _advance(progress, batch, now - tick)
        tick = now
        finished = progress.seconds >= budget.seconds
        if finished or progress.step % budget.log_steps == 0:
            _log(work, progress, {"loss": torch.stack(losses).mean().item()})
            losses.clear()
            if finished or progress.seconds - last_probe >= budget.probe_seconds:
                last_probe = progress.seconds
                _log(work, progress, probe(model))
        # By the clock, whatever the steps take: so much is lost at most when a run is interrupted.
        if finished or progress.seconds - last_checkpoint >= budget.checkpoint_seconds:
            last_checkpoint = progress.seconds
            save_checkpoint(work, _state(model, optimizer, progress) | {"losses": losses})
    return progress


def _step(
    model: LlamaForCausalLM, optimizer: Optimizer, loss: Loss, batch: torch.Tensor, factor: float
) -> torch.Tensor:
    with torch.autocast(batch.device.type, torch.bfloat16):
        value = loss(model, batch)
    torch.autograd.backward(value)
    torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
    optimizer.step(factor)
    return value.detach()


def next_token_loss(model: LlamaForCausalLM, batch: torch.Tensor) -> torch.Tensor:
    """The mean negative logprob, in nats, of every token of `batch` but the first of each sequence."""
    return summed_loss(model, last_hidden(model, batch), batch) / batch[:, 1:].numel()


def last_hidden(model: LlamaForCausalLM, batch: torch.Tensor) -> torch.Tensor:
    """The last hidden states at all tokens of `batch` but the last of each sequence: (sequences, tokens, hidden)."""
    found: torch.Tensor = model.model(input_ids=batch[:, :-1], use_cache=False).last_hidden_state
    return found


def summed_loss(model: LlamaForCausalLM, hidden: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
    """The sum of the negative logprobs of the tokens that follow these hidden states of `batch`."""
    total = hidden.new_zeros((), dtype=torch.float32)
    pieces_of = (torch.split(one.flatten(0, 1), slice_size(batch)) for one in (hidden, batch[:, 1:, None]))
    for piece, target in zip(*pieces_of, strict=True):
        total = total + cross_entropy(linear(piece, model.lm_head.weight).float(), target[:, 0], reduction="sum")
    return total


def slice_size(batch: torch.Tensor) -> int:
    """How many tokens are scored at once."""
    return LOSS_SLICE if batch.device.type == "cpu" else batch.numel()


def _sent(batch: torch.Tensor, device: torch.device) -> torch.Tensor:
    """The batch on `device`; a GPU takes it from pinned memory, so that nobody waits for the steps before."""
    return batch.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else batch


def _advance(progress: Progress, batch: torch.Tensor, seconds: float) -> None:
    progress.step += 1
    progress.position += len(batch)
    progress.tokens += batch.numel()
    progress.seconds += seconds


def _state(model: LlamaForCausalLM, optimizer: Optimizer, progress: Progress) -> dict[str, Any]:
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "random": torch.get_rng_state(),
        "progress": asdict(progress),
    }


def _restore(state: dict[str, Any], model: LlamaForCausalLM, optimizer: Optimizer) -> Progress:
    try:
        model.load_state_dict(state["model"])
    except RuntimeError as error:
        raise CheckpointError("The checkpoint is of a model of another shape: choose another work folder.") from error
    if state["optimizer"]:
        optimizer.load_state_dict(state["optimizer"])
    torch.set_rng_state(state["random"])
    return Progress(**state["progress"])


def _log(work: Path, progress: Progress, values: dict[str, float]) -> None:
    with (work / CURVE_NAME).open("a", encoding="utf-8") as file:
        file.write(json.dumps({**asdict(progress), **values}) + "\n")


def _cut_curve(work: Path, step: int) -> None:
    """Forget what the curve says of steps after the checkpoint: they are about to be taken again."""
    path = work / CURVE_NAME
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if json.loads(line)["step"] <= step), encoding="utf-8")
