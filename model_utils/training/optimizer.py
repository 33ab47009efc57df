"""The optimiser and its schedule: Muon for the matrices, AdamW for embeddings and norms.

The learning rate follows the wall clock: a warm-up of some steps, a constant stretch, and a linear decay to zero over
the last part of the time budget, so that a run always ends well, however fast the machine. Leaves out: gradients.
"""

from typing import Any

import torch
from torch import nn

MUON_RATE = 0.006
ADAMW_RATE = 0.003
WARMUP_STEPS = 100
DECAY_SHARE = 0.3


def rate_factor(step: int, time_share: float) -> float:
    """The factor on both learning rates at `step` (from 0), with `time_share` of the budget used."""
    warmup = min(1.0, (step + 1) / WARMUP_STEPS)
    decay = min(1.0, max(0.0, 1.0 - time_share) / DECAY_SHARE)
    return warmup * decay


class Optimizer:
    """Muon and AdamW side by side, stepped and saved as one."""

    def __init__(self, model: nn.Module) -> None:
        parameters = dict(model.named_parameters())
        matrices = [weight for name, weight in parameters.items() if weight.ndim == 2 and "embed" not in name]
        others = [weight for name, weight in parameters.items() if weight.ndim != 2 or "embed" in name]
        self._parts: tuple[tuple[torch.optim.Optimizer, float], ...] = (
            (torch.optim.Muon(matrices, lr=MUON_RATE, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"), MUON_RATE),
            (torch.optim.AdamW(others, lr=ADAMW_RATE, betas=(0.9, 0.95), weight_decay=0.0), ADAMW_RATE),
        )

    def step(self, factor: float) -> None:
        """Apply the gradients at `factor` times the base learning rates, and clear them."""
        for part, rate in self._parts:
            for group in part.param_groups:
                group["lr"] = rate * factor
            part.step()
            part.zero_grad()

    def state_dict(self) -> list[dict[str, Any]]:
        return [part.state_dict() for part, _ in self._parts]

    def load_state_dict(self, states: list[dict[str, Any]]) -> None:
        for (part, _), state in zip(self._parts, states, strict=True):
            part.load_state_dict(state)
