"""Checkpoints: the whole state of a run in one file, replaced only when the new one is complete. No weights to publish.

Everything in the file is tensors and plain values, so that loading it runs no code.
"""

import pickle
from pathlib import Path
from typing import Any

import torch

from model_utils.training.errors import CheckpointError

FILE_NAME = "checkpoint.pt"


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
        state: dict[str, Any] = torch.load(path, weights_only=True)
    except (OSError, RuntimeError, EOFError, LookupError, ValueError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path} cannot be read: remove it to begin again.") from error
    return state
