"""Two ways of doing the same thing, run in turns, and the median of their ratios: what noise leaves of a comparison.

Leaves out: what is measured (`generation`, `scoring`).
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Comparison(NamedTuple):
    """Seconds of each run. `ours[i]` and `theirs[i]` ran one right after the other."""

    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours / theirs, run by run: below 1 is faster."""
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    def summary(self) -> dict[str, Any]:
        quartiles = statistics.quantiles(self.ratios, n=4)
        return {
            "ours_seconds": round(statistics.median(self.ours), 5),
            "theirs_seconds": round(statistics.median(self.theirs), 5),
            "ratio": round(statistics.median(self.ratios), 3),
            "ratio_quartiles": [round(quartiles[0], 3), round(quartiles[2], 3)],
            "runs": len(self.ours),
        }


def seconds(run: Callable[[], object]) -> float:
    gc.collect()
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def compare(ours: Callable[[], object], theirs: Callable[[], object], runs: int) -> Comparison:
    """Each once to warm up, then in turns; who goes first changes every time."""
    ours()
    theirs()
    result = Comparison([], [])
    for number in range(runs):
        for run, times in [(ours, result.ours), (theirs, result.theirs)][:: 1 if number % 2 else -1]:
            times.append(seconds(run))
    return result
