"""Branches as a page sends, saves and opens them: traces that share a prefix of ids.

To go on, a page sends its ids; it has their steps, so these are sent neither way. In a file, each branch holds only
steps that no branch before it has:

    {"schema": 1, "current": 0, "branches": [{"name": "…", "from": 3,
      "trace": {…as in `wire`, its steps alone from `after` on…, "after": {"branch": 0, "steps": 9}}}, …],
     "search": the beam search behind some of them as in `beam_wire`, or null,
     "page": the rest of the page's state, which the page validates itself, or null}

Leaves out: generating (`tracing`).
"""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from ...errors import InvalidFork, InvalidSettings, InvalidTrace
from ...lm import LM
from ...trace.validate import (
    MOST_BRANCHES,
    Count,
    Name,
    Number,
    PerStep,
    Whole,
    Words,
    Wrong,
    check_plain,
    decode,
    reason_of,
    take,
)
from ...trace.values import Candidate, Fork, Step, Token, Trace, shared_length, trace_of
from ...trace.wire import SCHEMA, Schema, WireTrace, part_to_wire
from .beam_wire import Search, WireSearch, search_from_wire, search_to_wire

MOST_STEPS_TOGETHER = 1_000_000
"""Most steps of all branches of a file together; shared ones count in each."""

Ids: TypeAlias = Annotated[list[int], PerStep]
"""Ids from a page, not yet checked against a model's vocabulary."""


class Ask(Struct, frozen=True):
    """A page's request to continue these ids of this model, after a `text` or further ids if there are any."""

    branch: Name
    model: Name
    revision: Name
    ids: Ids
    of: Name = ""
    """The branch that has the steps of `ids`, where it is another."""
    text: Words = ""
    then: Ids = []
    """Ids to go on with, in place of a text."""
    kind: Literal["more", "greedy", "samples", "beams"] = "more"
    """`more` continues the branch itself; the others add branches: greedy, several samples, a beam search."""
    width: Whole = 4
    length_penalty: Number = 1.0

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

        Raises UnknownToken, Unreadable and Unwritable.
        """
        lm.vocabulary.check([*self.ids, *self.then])
        tokens = [Token(token_id, b"", "") for token_id in self.ids]
        steps = tuple(Step(Candidate(token, 1, 0.0), True, (), 0.0) for token in tokens[1:])
        written = tuple(self._written(lm)) if self.text else tuple(self.then)
        return Fork(self.model, self.revision, (tokens[0],), steps, written)

    def _written(self, lm: LM) -> list[int]:
        """The text as ids, encoded after `ids` if a token's bytes depend on its place."""
        spelling = lm.vocabulary.spelling
        return lm.encode_on(self.text) if spelling.start == spelling.within else lm.encode_on(self.text, self.ids)


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
    """Its prompt is the beginning of one of the branches."""
    page: dict[str, Any] | None = None
    """The rest of the page's state, not validated here."""


class After(Struct, frozen=True, forbid_unknown_fields=True):
    """Which branch has the first steps, and how many."""

    branch: Count
    steps: Count


NOTHING = After(0, 0)


class _WirePart(WireTrace, forbid_unknown_fields=True):
    after: After = NOTHING


class _WireBranch(Struct, forbid_unknown_fields=True):
    name: Name
    trace: _WirePart
    from_: Count = msgspec.field(name="from")


class _WireBranches(Struct, forbid_unknown_fields=True):
    schema: Whole
    current: Count
    branches: Annotated[list[_WireBranch], Meta(min_length=1, max_length=MOST_BRANCHES)]
    search: WireSearch | None = None
    page: dict[str, Any] | None = None


def branches_to_wire(
    branches: tuple[Branch, ...], current: int, search: Search | None = None, page: dict[str, Any] | None = None
) -> dict[str, Any]:
    """As plain data; each branch without the steps that it shares with one before it."""
    rows = []
    for branch, after in zip(branches, _shared([branch.trace for branch in branches]), strict=True):
        part = part_to_wire(branch.trace, after.steps) | {"after": {"branch": after.branch, "steps": after.steps}}
        rows.append({"name": branch.name, "from": branch.first_step, "trace": part})
    looked_at = search_to_wire(search) if search else None
    value = {"schema": SCHEMA, "current": current, "branches": rows, "search": looked_at}
    return {**value, "page": page} if page else value


def _shared(traces: Sequence[Trace]) -> list[After]:
    """For each trace, the first earlier trace with its longest shared prefix, and the length of that in steps.

    Follows the trace from branch to branch: where it leaves one, either an earlier trace left it there with the same
    step, or its own steps begin.
    """
    forks: dict[tuple[object, int, int], list[int]] = defaultdict(list)
    owners: dict[int, After] = {}
    found: list[After] = []
    for own, trace in enumerate(traces):
        owner: object = _kind(trace)
        after = _owned(trace, traces, owners)
        if after.steps:
            owner = after.branch
        while after.steps < len(trace.steps):
            here = trace.steps[after.steps]
            beside = forks[owner, after.steps, here.chosen.token.id]
            same = next((at for at in beside if traces[at].steps[after.steps] == here), None)
            if same is None:
                beside.append(own)
                break
            owner, after = same, After(same, shared_length(traces[same].steps, trace.steps, after.steps))
        found.append(after)
        owners |= {id(step): After(own, at) for at, step in enumerate(trace.steps[after.steps :], after.steps + 1)}
    return found


def _owned(trace: Trace, traces: Sequence[Trace], owners: Mapping[int, After]) -> After:
    """The shared prefix by identity: branches that were read or forked share their step objects, known to `owners`."""
    steps = trace.steps
    count = bisect_left(range(len(steps)), True, key=lambda at: id(steps[at]) not in owners)
    after = owners[id(steps[count - 1])] if count else NOTHING
    there = traces[after.branch]
    if not count or after.steps != count or there.steps[:count] != steps[:count] or _kind(there) != _kind(trace):
        return NOTHING
    return After(after.branch, shared_length(there.steps, steps, count))


def _kind(trace: Trace) -> tuple[object, ...]:
    """Traces may share steps only if these values are equal."""
    return trace.model, trace.revision, trace.vocab_size, trace.context


def branches_from_wire(data: Mapping[str, Any]) -> Saved:
    """The reverse of `branches_to_wire`, with the same checks as `decode_branches`."""
    return _read(partial(take, data))


def decode_branches(text: str | bytes) -> Saved:
    """Read the JSON of a value of `branches_to_wire`. Raises InvalidTrace with the reason and its place."""
    return _read(partial(decode, text))


def _read(taken: Callable[[type[Any]], Any]) -> Saved:
    try:
        taken(Schema).check()
        wire = taken(_WireBranches)
        check_plain(wire.page)
    except (Wrong, InvalidSettings) as error:
        raise InvalidTrace(reason=reason_of(error)) from None
    branches = _joined(wire.branches)
    if wire.current >= len(branches):
        raise InvalidTrace(reason=f"there is no branch {wire.current}")
    search = search_from_wire(wire.search) if wire.search else None
    if search and not _has_beginning(branches, [row.trace.after for row in wire.branches], search.ids):
        raise InvalidTrace(reason="its beam search goes on from none of its branches")
    return Saved(branches, wire.current, search, wire.page)


def _joined(rows: Sequence[_WireBranch]) -> tuple[Branch, ...]:
    """Join each branch to the steps that it shares. These are counted first: in a file, shared steps take no room."""
    if sum(row.trace.after.steps + len(row.trace.steps) for row in rows) > MOST_STEPS_TOGETHER:
        raise InvalidTrace(reason=f"its branches have more than {MOST_STEPS_TOGETHER} steps together")
    branches: list[Branch] = []
    for number, row in enumerate(rows):
        trace, after = trace_of(row.trace), row.trace.after
        try:
            if after.steps and after.branch >= number:
                raise ValueError("it goes on behind a branch that is not there")
            trace = _behind(trace, branches[after.branch].trace, after.steps) if after.steps else trace
            if row.from_ > len(trace.steps):
                raise ValueError("it begins at a step that is not there")
        except ValueError as error:
            raise InvalidTrace(reason=f"branch {number}: {error}") from None
        branches.append(Branch(row.name, row.from_, trace))
    return tuple(branches)


def _behind(rest: Trace, before: Trace, steps: int) -> Trace:
    """A trace joined to the first `steps` of another, which it shares and which are not validated again.

    Raises ValueError.
    """
    if _kind(before)[:3] != _kind(rest)[:3]:
        raise ValueError("it goes on behind steps of another model")
    if steps > len(before.steps):
        raise ValueError("it goes on behind a step that is not there")
    joined = copy.copy(rest)
    force_setattr(joined, "context", before.context)
    force_setattr(joined, "steps", before.steps[:steps] + rest.steps)
    return joined


def _has_beginning(branches: Sequence[Branch], afters: Sequence[After], ids: tuple[int, ...]) -> bool:
    """Whether a branch begins with these ids. Shared steps are compared only in the branch that has them."""
    agreed: list[int] = []
    for branch, after in zip(branches, afters, strict=True):
        trace = branch.trace
        shared = len(trace.context) + after.steps if after.steps else 0
        known = min(agreed[after.branch], shared) if shared else 0
        if known == shared:
            tokens = [*trace.context[shared:], *(step.chosen.token for step in trace.steps[after.steps :])]
            known += shared_length(tuple(token.id for token in tokens), ids[shared:])
        agreed.append(known)
    return len(ids) in agreed
