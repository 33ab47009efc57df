"""The optimiser and its schedule: Muon for the matrices, AdamW for embeddings and norms.

The learning rate follows the wall clock: a warm-up of some steps, a constant stretch, and a linear decay to zero over
the last part of the time budget, so that a run always ends well, however fast the machine. Leaves out: gradients.
"""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import nn

WARMUP_STEPS = 100


@dataclass(frozen=True, slots=True)
class Settings:
    """How the weights are moved; the defaults are what `compare` found best. Rates are those before any decay.

    Until the decay begins, every sequence is cut into `early_pieces`: attention and its memory then cost a fraction,
    and what a small model learns first needs little context. The decay sees whole sequences.
    """

    matrices: Literal["muon", "adamw"] = "muon"
    matrix_rate: float = 0.006
    other_rate: float = 0.003
    weight_decay: float = 0.1
    decay_share: float = 0.3
    early_pieces: int = 4
    batch_share: float = 1.0
    made_share: float = 0.25
    anchor: float = 0.0


ONWARD = Settings(matrix_rate=0.0015, other_rate=0.001, decay_share=0.0, early_pieces=2, batch_share=0.5, anchor=0.5)
"""For going on from published weights: low rates and an anchor, so that what is known stays, and no decay until it is
asked for."""


def pieces(time_share: float, settings: Settings) -> int:
    """Into how many pieces a sequence is cut when `time_share` of the budget is used."""
    return settings.early_pieces if time_share < 1.0 - settings.decay_share else 1


def rate_factor(step: int, time_share: float, decay_share: float) -> float:
    """The factor on both learning rates, `step` steps after the first, with `time_share` of the budget used."""
    warmup = min(1.0, (step + 1) / WARMUP_STEPS)
    decay = min(1.0, max(0.0, 1.0 - time_share) / decay_share) if decay_share else 1.0
    return warmup * decay


class Optimizer:
    """Two optimisers side by side, one for matrices, AdamW for the rest; stepped and saved as one."""

    def __init__(self, model: nn.Module, settings: Settings) -> None:
        parameters = dict(model.named_parameters())
        matrices = [weight for name, weight in parameters.items() if weight.ndim == 2 and "embed" not in name]
        others = [weight for name, weight in parameters.items() if weight.ndim != 2 or "embed" in name]
        self._parts: tuple[tuple[torch.optim.Optimizer, float], ...] = (
            (_of_matrices(matrices, settings), settings.matrix_rate),
            (torch.optim.AdamW(others, betas=(0.9, 0.95), weight_decay=0.0), settings.other_rate),
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


def _of_matrices(matrices: list[nn.Parameter], settings: Settings) -> torch.optim.Optimizer:
    if settings.matrices == "adamw":
        return torch.optim.AdamW(matrices, betas=(0.9, 0.95), weight_decay=settings.weight_decay)
    return torch.optim.Muon(matrices, weight_decay=settings.weight_decay, adjust_lr_fn="match_rms_adamw")
