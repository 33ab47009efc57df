"""Linear layers with fp16 weights on CPU (FBGEMM), accumulated in float32: half the memory traffic, the same numbers.

A token costs one walk over all weights, so memory sets the pace. FBGEMM widens half-precision weights on the way into
the processor and multiplies and adds in float32. Leaves out: GPUs, and weights that fp16 cannot hold.
"""

from __future__ import annotations

import torch
from torch import nn

LOST = 2**-25
"""Float16 rounds numbers below 2^-14 by at most this much; bfloat16 weights lose nothing else to it."""


class HalfLinear(nn.Module):
    """A Linear whose weight is kept in float16. Input and output are float32, shape (…, in), (…, out)."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features = linear.in_features
        self.out_features = linear.out_features
        self._packed = torch.ops.quantized.linear_prepack_fp16(linear.weight.detach(), linear.bias)

    @property
    def bias(self) -> torch.Tensor | None:
        bias: torch.Tensor | None = torch.ops.quantized.linear_unpack_fp16(self._packed)[1]
        return bias

    @property
    def weight(self) -> torch.Tensor:
        """Shape (out, in), float32, unpacked anew: for the models that look at a layer's weight on their way."""
        weight: torch.Tensor = torch.ops.quantized.linear_unpack_fp16(self._packed)[0]
        return weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = torch.ops.quantized.linear_dynamic_fp16(x, self._packed)
        return y


def read_in_half(model: nn.Module) -> int:
    """Replace every Linear whose weight fp16 holds; returns the count. Does nothing without FBGEMM."""
    if "fbgemm" not in torch.backends.quantized.supported_engines:
        return 0
    found = [
        (parent, name, child)
        for parent in model.modules()
        for name, child in parent.named_children()
        if type(child) is nn.Linear and _survives(child.weight)
    ]
    for parent, name, child in found:
        setattr(parent, name, HalfLinear(child))
    return len(found)


def _survives(weight: torch.Tensor) -> bool:
    """Whether float16 holds the weight. A slice is tried first: a float32 weight shows itself at once."""
    with torch.inference_mode():
        return all(bool((part - part.half().float()).abs().max() <= LOST) for part in (weight[:8], weight))
