"""Count of random examples of a test: its own, or fewer with `pytest --hypothesis-profile=quick`.

Leaves out: the examples.
"""

from __future__ import annotations

from hypothesis import settings

ALL = settings.get_profile("default").max_examples


def share_of(count: int) -> int:
    """`count` scaled by this run's profile: its `max_examples` over Hypothesis's default; at least 1."""
    return max(1, count * settings.default.max_examples // ALL)
