"""A fork late in a trace beside simply going on: the prefix must not be read again, so both cost the same a token.

Beside it, how long the same fork takes where nothing is remembered. Leaves out: beams.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from model_utils import Sampling, generate, load, stream
from model_utils.local.prefix_cache import Prefixes

from .measure import compare

PROMPT = "The old man looked at the sea and"
GREEDY = Sampling(temperature=0.0)
STEP = 60
TRACE_TOKENS = 64
NEW_TOKENS = 16


def forking(folder: str | None, runs: int) -> dict[str, Any]:
    lm: Any = load(folder)
    lm.end_ids = frozenset()
    trace = generate(lm, PROMPT, TRACE_TOKENS - len(lm.encode(PROMPT)) + 1, GREEDY)
    fork = trace.fork(STEP, trace.steps[STEP].candidates[1].token.id)
    going_on = [stream(lm, PROMPT, 1_000, GREEDY) for _ in range(runs + 1)]
    for run in going_on:
        for _ in islice(run, STEP):
            pass

    def forked() -> None:
        generate(lm, fork, NEW_TOKENS, GREEDY)

    def more() -> None:
        for _ in islice(going_on.pop(), NEW_TOKENS):
            pass

    def afresh() -> None:
        lm._prefixes = Prefixes()
        generate(lm, fork, NEW_TOKENS, GREEDY)

    beside_more = compare(forked, more, runs).summary()
    beside_afresh = compare(forked, afresh, runs).summary()
    return {
        "new_tokens": NEW_TOKENS,
        "ratio": beside_more["ratio"],
        "ratio_quartiles": beside_more["ratio_quartiles"],
        "beside_afresh": beside_afresh["ratio"],
        "runs": runs,
    }
