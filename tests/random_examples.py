"""How many random examples a test draws: all that it asks for, or the few of `pytest --hypothesis-profile=quick`.

Leaves out: the examples.
"""

from __future__ import annotations

from hypothesis import settings

ALL = settings.get_profile("default").max_examples


def share_of(count: int) -> int:
    """Of so many examples, the share that this run's profile draws of Hypothesis's own number."""
    return max(1, count * settings.default.max_examples // ALL)
