"""A trace that grows token by token. Leaves out: where its steps come from (`tracing`)."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from msgspec.structs import force_setattr

from ..trace.values import End, Step, Trace


def grown(trace: Trace, steps: Sequence[Step], end: End) -> Trace:
    """The trace with more steps, which alone are checked: a token costs no more the longer the text is."""
    found = copy.copy(trace)
    force_setattr(found, "steps", (*trace.steps, *steps))
    force_setattr(found, "end", end)
    found.check_steps(len(trace.steps))
    return found
