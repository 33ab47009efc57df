"""All views, and the reader of what a page sends of them.

    {"view": "duel", "value": {…}}          the value of a view that has a reader
    {"view": "branches", "value": {…}}      saved branches: as steps, or, where there are several, as a map

Leaves out: what they show.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from ..errors import InvalidSettings, InvalidView
from ..trace.validate import Name, reason_of, take
from . import answers, duel, learning, map, models, score, step, tokens
from .protocol.branches import branches_from_wire
from .protocol.shown import shown_branches
from .protocol.view import Shown, Value

VIEWS = {
    view.name: view
    for view in (step.VIEW, score.VIEW, map.VIEW, tokens.VIEW, duel.VIEW, answers.VIEW, models.VIEW, learning.VIEW)
}


class _Sent(Struct, forbid_unknown_fields=True):
    view: Name
    value: Value


def read_shown(data: Any) -> Shown:
    """Read a page's request. Raises InvalidView, and InvalidTrace for its traces."""
    try:
        sent = take(data, _Sent)
        if sent.view == "branches":
            return shown_branches(branches_from_wire(sent.value))
        view = VIEWS.get(sent.view)
        if not view or not view.read:
            raise ValueError(f"there is no view “{sent.view[:40]}” that is sent so")
        return view.read(sent.value)
    except (ValueError, InvalidSettings) as error:
        raise InvalidView(reason=reason_of(error)) from None
