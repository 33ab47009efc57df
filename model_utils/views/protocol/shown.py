"""A saved trace, or saved branches, as what a view shows: read from a file, or taken from values.

Leaves out: the other views, which read their values themselves.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ...errors import CannotRead, InvalidSettings, InvalidTrace
from ...trace.settings import Sampling
from ...trace.validate import Count, Wrong, decode, reason_of, take, text_of
from ...trace.values import Trace
from ...trace.wire import to_wire
from .branches import Saved, branches_to_wire, decode_branches
from .view import Shown, Value


class _Spot(Struct, omit_defaults=True):
    step: Count = 0
    knobs: Sampling = Sampling()


class _File(Struct):
    branches: msgspec.Raw | UnsetType = UNSET


def read_shown_file(path: Path) -> Shown:
    """From a saved trace, or saved branches. Raises CannotRead and InvalidTrace."""
    try:
        raw = path.read_bytes()
    except OSError:
        raise CannotRead(path=path) from None
    saved = read_saved(raw)
    return shown_branches(saved) if isinstance(saved, Saved) else shown_trace(saved)


def read_saved(raw: bytes) -> Trace | Saved:
    """The trace or branches of a file with any byte-order mark. Raises InvalidTrace."""
    try:
        text = text_of(raw)
        has_branches = decode(text, _File).branches is not UNSET
    except (Wrong, UnicodeError) as error:
        raise InvalidTrace(reason=reason_of(error)) from None
    return decode_branches(text) if has_branches else Trace.from_json(text)


def shown_trace(trace: Trace) -> Shown:
    return Shown("step" if trace.sampling else "score", to_wire(trace), trace.text, (trace,))


def shown_branches(saved: Saved) -> Shown:
    """Branches at their saved step: as a map if there are several or a search, else like a single trace."""
    trace = saved.branches[saved.current].trace
    has_map = len(saved.branches) > 1 or saved.search
    view = "map" if has_map else "step" if trace.sampling else "score"
    return Shown(view, branches_to_wire(*saved[:3], page=_spot(saved.page)), trace.text, (trace,))


def _spot(page: Value | None) -> Value | None:
    """Step and knobs of the page's state; None if they are invalid."""
    with suppress(Wrong, InvalidSettings):
        spot: Value = msgspec.to_builtins(take(page, _Spot))
        return spot
    return None
