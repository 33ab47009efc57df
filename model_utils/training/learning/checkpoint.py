"""Checkpoints: the whole state of a run in one file, replaced only when the new one is complete; and snapshots.

Everything in a checkpoint is tensors and plain values, so that loading it runs no code. A snapshot is the weights alone
after some step, in bfloat16, kept to show later how the model learned. Leaves out: the published folder (`export`).
"""

import pickle
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from transformers import LlamaForCausalLM

from model_utils.training.errors import CheckpointError

FILE_NAME = "checkpoint.pt"
SNAPSHOT_STEPS = (0, 8, 32, 128, 512, 2048, 8192, 32768)


def save_checkpoint(work: Path, state: dict[str, Any]) -> None:
    """Write `state` into the folder `work`; an interruption leaves the former checkpoint whole."""
    unfinished = work / f"{FILE_NAME}.part"
    torch.save(state, unfinished)
    unfinished.replace(work / FILE_NAME)


def load_checkpoint(work: Path) -> dict[str, Any] | None:
    """The newest state in `work`, or None if the run has not come to its first checkpoint."""
    path = work / FILE_NAME
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, LookupError, ValueError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path} cannot be read: remove it to begin again.") from error
    return state


def save_snapshot(work: Path, step: int, model: LlamaForCausalLM) -> None:
    """Keep the weights after `step` steps, named as transformers names the variants of a model."""
    weights = {name: weight.bfloat16().contiguous() for name, weight in model.named_parameters()}
    save_file(weights, work / f"model.step{step}.safetensors", {"format": "pt"})


def snapshots(work: Path) -> list[Path]:
    """The snapshots of a run, in the order of their steps."""
    return [path for step in SNAPSHOT_STEPS if (path := work / f"model.step{step}.safetensors").exists()]
