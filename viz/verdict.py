"""Two scored texts in one sentence: which the model finds more probable, and by how much. Leaves out: why."""

from __future__ import annotations

import math

from model_utils.values import Trace

from .labels import fixed, power_of_ten
from .words import words


def verdict(a: Trace, b: Trace, language: str = "en") -> str:
    """The sentence, with the ratio of the two probabilities. Texts of the same probability are said to be so."""
    difference = a.logprob - b.logprob
    likely, other = (a, b) if difference >= 0 else (b, a)
    said = words(language)
    if abs(difference) < 5e-7:
        return said["verdict.equal"].format(a=a.text, b=b.text)
    return said["verdict.more"].format(
        likely=likely.text, other=other.text, times=times(abs(difference)), bits=fixed(abs(difference) / math.log(2), 1)
    )


def times(nats: float) -> str:
    """exp of a log-ratio, as one says it: ``1.3``, ``53``, ``12,000``, ``3.1 × 10⁸``."""
    if nats > math.log(1e6):
        return power_of_ten(nats)
    ratio = math.exp(nats)
    return fixed(ratio, 1) if ratio < 9.95 else fixed(float(f"{ratio:.2g}"), 0)
