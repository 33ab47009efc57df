"""Gemv: a row times a float32 weight, at memory speed.

A generated token is one row, and its time is one walk over every weight. The library behind `nn.Linear` computes such a
product slowly on some processors; the one behind a batched product of the weight's two halves does not. Both multiply
and add in float32. The gain is measured once per process for each shape, so that a model loaded twice gives the same
numbers twice. Leaves out: fp16 weights (`fp16_linear`), and prompts, whose many rows keep the processor busy either
way.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import nn

GAIN = 0.9
"""The largest share of `nn.Linear`'s time at which gemv is used."""

_pays_for: dict[torch.Size, bool] = {}


class RowLinear(nn.Linear):
    """A Linear that uses gemv for a single row. Input (…, in), output (…, out)."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if input.numel() != self.in_features:
            return super().forward(input)
        return one_row(input, self.weight, self.bias)


def one_row(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """`nn.functional.linear` for one row, shape (…, in) with all dimensions but the last of size 1."""
    outputs, inputs = weight.shape
    half = outputs // 2
    column = x.reshape(1, inputs).t()  # seen as a column, not copied into one: the layout chooses the fast product
    y = torch.bmm(weight[: 2 * half].view(2, half, inputs), column.expand(2, inputs, 1)).view(-1)
    if outputs % 2:
        y = torch.cat([y, weight[-1:] @ column[:, 0]])
    return (y if bias is None else y + bias).view(*x.shape[:-1], outputs)


def read_row_by_row(model: nn.Module) -> int:
    """Use gemv in every float32 Linear, if it is faster on this machine; returns their count."""
    found = [
        layer
        for layer in model.modules()
        if type(layer) is nn.Linear and layer.weight.dtype == torch.float32 and layer.weight.is_contiguous()
    ]
    if not found:
        return 0
    largest = max(found, key=lambda layer: layer.weight.numel())
    if largest.weight.shape not in _pays_for:
        _pays_for[largest.weight.shape] = _pays(largest)
    if not _pays_for[largest.weight.shape]:
        return 0
    for layer in found:
        layer.__class__ = RowLinear
    return len(found)


def _pays(layer: nn.Linear) -> bool:
    with torch.inference_mode():
        row = torch.ones(1, 1, layer.in_features)
        own = _seconds(lambda: one_row(row, layer.weight, layer.bias))
        return own < GAIN * _seconds(lambda: nn.functional.linear(row, layer.weight, layer.bias))


def _seconds(run: Callable[[], object]) -> float:
    """The best of five, the first of which also warms up."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)
