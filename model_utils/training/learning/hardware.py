"""What the machine at hand asks of a run: a processor and a GPU are kept busy in different ways.

Leaves out: what is learned, which is the same on both.
"""

import os
import platform
from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class Hardware:
    """Where a run takes place, and how; what is measured of these choices stands in the README beside this file."""

    device: str
    attention: str
    sequences_per_step: int
    early_pieces: int
    log_steps: int


# Compiled plain attention takes three quarters of the time of the fused kernel on short pieces.
PROCESSOR = Hardware("cpu", attention="eager", sequences_per_step=16, early_pieces=4, log_steps=20)
# Attention costs a GPU little, so sequences stay whole; small steps would leave it waiting for the next.
GPU = Hardware("cuda", attention="sdpa", sequences_per_step=128, early_pieces=1, log_steps=100)


def at_hand() -> Hardware:
    """The GPU where there is one."""
    return GPU if torch.cuda.is_available() else PROCESSOR


def facts() -> dict[str, str | int | None]:
    """What a model card says of the machine: `gpu` is None where there is none."""
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"processor": platform.machine(), "cores": os.cpu_count(), "gpu": gpu}
