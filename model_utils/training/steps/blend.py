"""Weights on the line between the published ones and those that went on from them.

What ordinary text costs rises slowly along that line at first, and steeply in the end (Wortsman et al. 2022, "Robust
fine-tuning of zero-shot models"). So of all weights on it whose text is cheap enough, those nearest to the trained ones
are published. Leaves out: what is cheap enough (`bars`).
"""

import pickle
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import LlamaForCausalLM

from model_utils.training.errors import CheckpointError

BEGUN = "begun.pt"
"""The weights that a run went on from, its exchanged pieces among them."""
SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Of the way to the trained weights."""

Weights = dict[str, torch.Tensor]


def save_begun(work: Path, model: LlamaForCausalLM) -> None:
    """Keep the weights with which a run begins."""
    torch.save(model.state_dict(), work / BEGUN)


def load_begun(work: Path) -> Weights | None:
    """The weights with which the run in `work` began, or None where it began from nothing."""
    try:
        found: Weights = torch.load(work / BEGUN, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f"{work / BEGUN} cannot be read: remove it to publish the trained weights alone."
        ) from error
    return found


def blend(begun: Weights, trained: Weights, share: float) -> Weights:
    """The weights at `share` of the way from `begun` to `trained`."""
    return {name: torch.lerp(begun[name].float(), weight.float(), share) for name, weight in trained.items()}


def go_back(model: LlamaForCausalLM, begun: Weights, is_dear: Callable[[LlamaForCausalLM], bool]) -> float:
    """Move `model` from its trained weights towards `begun` until its text is not dear; the share that is left.

    Text is taken to be dearer the further on the way it is read. Where it is dear at every share, the model stays as it
    was trained: half of what it has learned would be as wrong.
    """
    trained = {name: weight.clone() for name, weight in model.state_dict().items()}

    def is_cheap(share: float) -> bool:
        model.load_state_dict(blend(begun, trained, share))
        return not is_dear(model)

    first = bisect_left(SHARES, True, key=is_cheap)
    share = SHARES[first] if first < len(SHARES) else 1.0
    model.load_state_dict(blend(begun, trained, share))
    return share
