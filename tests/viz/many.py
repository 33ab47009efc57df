"""More branches than a person would make: forks of one text at every step, of forks too, all different by their ids."""

from __future__ import annotations

from model_utils import Sampling, Trace, generate
from model_utils.views.protocol.branches import Branch
from tests.fakes import FakeLM


def many_branches(count: int) -> tuple[Branch, ...]:
    trunk = generate(FakeLM(), "好きな", 12, Sampling(seed=1))
    found: dict[tuple[int, ...], tuple[int, Trace]] = {trunk.ids: (0, trunk)}
    number = 0
    while len(found) < count:
        number += 1
        step, token_id = 2 + number % 12, 2 + number // 12 % 8
        parent = trunk if number % 3 else list(found.values())[number % len(found)][1]
        step = min(step, len(parent.steps) - 1)
        fork = generate(FakeLM(), parent.fork(step, token_id), 4 + number % 3, Sampling(seed=number))
        found.setdefault(fork.ids, (step, fork))
    return tuple(Branch(str(at), first, trace) for at, (first, trace) in enumerate(found.values()))
