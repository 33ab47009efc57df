"""Branches as a page sends, saves and opens them: traces that share a beginning by ids.

To go on, a page says which ids it has; their steps it has too, so they travel neither way. In a file, each branch holds
only the steps that the branches before it do not:

    {"schema": 1, "current": 0, "branches": [{"name": "…", "from": 3,
      "trace": {…as in `wire`, its steps alone from `after` on…, "after": {"branch": 0, "steps": 9}}}, …],
     "search": the beam search behind some of them as in `searches`, or null,
     "page": what else was on the page, which the page reads and checks itself, or null}

Leaves out: generating (`tracing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from .errors import InvalidFork, InvalidTrace
from .lm import LM
from .searches import Search, WireSearch, search_from_wire, search_to_wire
from .untrusted import Wrong, take
from .values import Candidate, Fork, Step, Token, Trace, shared_length
from .wire import SCHEMA, from_wire, part_to_wire


class Ask(Struct, frozen=True):
    """What a page asks for: go on behind these ids of this model, after this text if there is one."""

    branch: str
    model: str
    revision: str
    ids: list[int]
    of: str = ""
    """The branch that has the steps of `ids`, where it is another."""
    text: str = ""
    then: list[int] = []
    """Ids to go on with, in place of a text."""
    kind: Literal["more", "greedy", "samples", "beams"] = "more"
    """With the page's settings in the branch itself, or beside it: greedily, several times, by beam search."""
    width: int = 4
    length_penalty: float = 1.0

    @staticmethod
    def read(data: Any) -> Ask:
        """From plain data. Raises InvalidFork."""
        try:
            ask = take(data, Ask)
        except Wrong as wrong:
            raise InvalidFork(reason=wrong) from None
        if not ask.ids:
            raise InvalidFork(reason="it has no token to go on from")
        return ask

    @property
    def known_steps(self) -> int:
        """The steps that the page has."""
        return len(self.ids) - 1

    def fork(self, lm: LM) -> Fork:
        """The prompt for `generate`. The steps of the known ids say nothing: the page has them.

        Raises UnknownToken and Unwritable.
        """
        lm.vocabulary.check([*self.ids, *self.then])
        tokens = [Token(token_id, b"", "") for token_id in self.ids]
        steps = tuple(Step(Candidate(token, 1, 0.0), True, (), 0.0) for token in tokens[1:])
        written = tuple(lm.encode_on(self.text)) if self.text else tuple(self.then)
        return Fork(self.model, self.revision, (tokens[0],), steps, written)


class Branch(Struct, frozen=True):
    """A trace among others; `first_step` is the first that is not its parent's."""

    name: str
    first_step: int
    trace: Trace


class Saved(NamedTuple):
    """All that a file keeps of a page."""

    branches: tuple[Branch, ...]
    current: int
    search: Search | None = None
    """It goes on behind the beginning of one of the branches."""
    page: dict[str, Any] | None = None
    """What else was on the page, unchecked: the page's own."""


class _WireBranch(Struct, forbid_unknown_fields=True):
    name: str
    trace: dict[str, Any]
    from_: int = msgspec.field(name="from")


class _WireBranches(Struct, forbid_unknown_fields=True):
    schema: int
    current: int
    branches: list[_WireBranch]
    search: WireSearch | None = None
    page: dict[str, Any] | None = None


class After(Struct, frozen=True, forbid_unknown_fields=True):
    """Which branch has the first steps, and how many."""

    branch: int
    steps: int


def to_value(
    branches: tuple[Branch, ...], current: int, search: Search | None = None, page: dict[str, Any] | None = None
) -> dict[str, Any]:
    """As plain data; each branch without what it has in common with one before it."""
    rows = []
    for number, branch in enumerate(branches):
        shared = [(_shared_steps(before.trace, branch.trace), at) for at, before in enumerate(branches[:number])]
        steps, at = max(shared, key=lambda pair: pair[0], default=(0, 0))
        part = part_to_wire(branch.trace, steps) | {"after": {"branch": at, "steps": steps}}
        rows.append({"name": branch.name, "from": branch.first_step, "trace": part})
    looked_at = search_to_wire(search) if search else None
    value = {"schema": SCHEMA, "current": current, "branches": rows, "search": looked_at}
    return {**value, "page": page} if page else value


def _shared_steps(one: Trace, other: Trace) -> int:
    if (one.model, one.revision, one.context) != (other.model, other.revision, other.context):
        return 0
    return shared_length(one.steps, other.steps)


def from_value(data: Mapping[str, Any]) -> Saved:
    """The reverse of `to_value`, checked. Raises InvalidTrace."""
    try:
        wire = take(data, _WireBranches)
        if wire.schema != SCHEMA:
            raise InvalidTrace(reason=f"its schema is {wire.schema}; this version reads {SCHEMA}")
        branches: list[Branch] = []
        for row in wire.branches:
            after = take(row.trace.pop("after", {"branch": 0, "steps": 0}), After)
            branches.append(Branch(row.name, row.from_, _joined(branches, after, from_wire(row.trace))))
    except Wrong as wrong:
        raise InvalidTrace(reason=wrong) from None
    if not 0 <= wire.current < len(branches):
        raise InvalidTrace(reason=f"there is no branch {wire.current}")
    search = search_from_wire(wire.search) if wire.search else None
    if search and not any(branch.trace.ids[: len(search.ids)] == search.ids for branch in branches):
        raise InvalidTrace(reason="its beam search goes on from none of its branches")
    return Saved(tuple(branches), wire.current, search, wire.page)


def _joined(branches: list[Branch], after: After, rest: Trace) -> Trace:
    if after.steps == 0:
        return rest
    if not (0 <= after.branch < len(branches) and 0 <= after.steps <= len(branches[after.branch].trace.steps)):
        raise InvalidTrace(reason=f"branch {len(branches)} goes on from a step that is not there")
    before = branches[after.branch].trace
    return msgspec.structs.replace(rest, context=before.context, steps=before.steps[: after.steps] + rest.steps)
