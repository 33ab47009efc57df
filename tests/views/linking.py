"""Branches as a link names them, written from traces: assets/page/address/outline.js must write the same."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from model_utils import Step
from model_utils.trace.values import shared_length
from model_utils.views.protocol.beam_wire import Search
from model_utils.views.protocol.branches import Branch


def packed(raw: bytes) -> str:
    """What the end of an address says, of a state's JSON."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.urlsafe_b64encode(squeezer.compress(raw) + squeezer.flush()).decode().rstrip("=")


def cut_of(step: Step) -> int | list[int]:
    rest = tuple(range(step.cut[0], len(step.candidates) + 1)) if step.cut else ()
    return list(step.cut) if step.cut != rest else (step.cut[0] if step.cut else 0)


def given_of(steps: Sequence[Step]) -> list[int]:
    runs = [(given, len(list(run))) for given, run in groupby(steps, lambda step: step.given)]
    return [count for _, count in ([(True, 0)] if runs and not runs[0][0] else []) + runs]


def row(branch: Branch, at: int = 0, shared: int = 0) -> dict[str, Any]:
    trace = branch.trace
    tokens, steps = trace.tokens[len(trace.context) + shared if shared else 0 :], trace.steps[shared:]
    raw = b"".join(token.bytes for token in trace.tokens if not token.special)
    sampling = trace.sampling
    cut = list(map(cut_of, steps))
    return {
        "name": branch.name,
        "from": branch.first_step,
        "after": {"branch": at, "steps": shared},
        "ids": [token.id for token in tokens],
        "given": given_of(steps),
        **({"cut": cut} if any(cut) else {}),
        "sampling": {name: getattr(sampling, name) for name in sampling.__struct_fields__} if sampling else None,
        "end": trace.end,
        "candidates": max((len(step.candidates) for step in steps), default=0),
        "text": raw.decode("utf-8", "replace"),
    }


def search_row(search: Search, branches: Sequence[Branch]) -> dict[str, Any]:
    ids = search.ids
    at = next(at for at, branch in enumerate(branches) if branch.trace.ids[: len(ids)] == ids)
    settings = {name: getattr(search.settings, name) for name in search.settings.__struct_fields__}
    return {"branch": at, "steps": len(ids) - 1, "settings": settings}


def link(*branches: Branch, current: int = 0, **changes: Any) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for number, branch in enumerate(branches):
        shares = [shared_length(before.trace.steps, branch.trace.steps) for before in branches[:number]]
        steps = max(shares, default=0)
        rows.append(row(branch, shares.index(steps) if steps else 0, steps))
    trace = branches[0].trace
    return {"model": trace.model, "revision": trace.revision, "current": current, "list": rows, **changes}
