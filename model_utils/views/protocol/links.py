"""Branches of a link, computed again: from ids to steps as `generate` gave them.

    {"model": "small", "revision": "…", "current": 0,
     "list": [{"name": "…", "from": 3, "after": {"branch": 0, "steps": 9}, "ids": [those after these steps],
               "given": [5, 20], "cut": [0, 7, [2, 4], …], "sampling": {…} or null, "end": "max_new_tokens",
               "candidates": 50, "text": "…"}, …],
     "search": {"branch": 0, "steps": 4, "settings": {…as in `beam_wire`}}, after these steps, or null,
     "page": data that the page gets back with them, or null}

`given` holds run lengths of the branch's own steps: given, drawn, given again, and so on. `cut` holds for each of them
the rank from which on every candidate was cut, 0 for none, or the ranks themselves: the model cannot tell them, and a
branch may have been drawn with several settings. `text`, of the whole branch, shows whether the ids still have the same
meaning, and is repeated in the error if the model is missing. Steps shared with an earlier branch are read once.

A link is untrusted: it is validated, and bounded. Leaves out: files (`branches`), and packing
(`assets/page/address/link.js`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import astuple, replace

from ...decoding.beam_search import beam_steps
from ...decoding.beams import Beams, BeamSettings
from ...decoding.tracing import CANDIDATES, generate
from ...errors import ForeignIds, InvalidLink
from ...lm import LM
from ...trace.settings import Sampling, check_setting
from ...trace.validate import MOST_BRANCHES, AtMost1000, Count, Name, PerStep, Whole, Words, Wrong, check_plain, take
from ...trace.values import End, Fork, Step, Trace
from .beam_wire import Search, search_of
from .branches import NOTHING, After, Branch, Ids, branches_to_wire
from .jobs import WIDEST, Job, Part

MOST_CANDIDATES = 400_000
"""Most candidates of all steps: some forty megabytes for the page."""

MOST_STEPS_TOGETHER = 200_000
"""Most steps of all branches together. Shared ones count in each, though a model reads them once."""

MOST_SHOWN = 300
"""Characters of a text that an error repeats."""


Cut = Annotated[list[Whole], AtMost1000]


class LinkedBranch(Struct, frozen=True):
    """One branch without its numbers."""

    ids: Ids
    end: End
    name: Name = ""
    from_: Whole = msgspec.field(name="from", default=0)
    after: After = NOTHING
    given: Annotated[list[Whole], PerStep] = []
    cut: Annotated[list[Whole | Cut], PerStep] = []
    sampling: Sampling | None = None
    candidates: Whole = CANDIDATES
    text: Words | None = None

    @property
    def own_steps(self) -> int:
        """Count of unshared steps; an unshared first token has none."""
        return len(self.ids) - (self.after.steps == 0)


class LinkedSearch(Struct, frozen=True):
    """A beam search without what it found."""

    branch: Count
    steps: Count
    """The branch's steps before the search."""
    settings: BeamSettings


class Linked(Struct, frozen=True):
    """All branches of a link, and the beam search laid over them."""

    model: Name
    revision: Name
    current: Count
    branches: Annotated[list[LinkedBranch], Meta(min_length=1, max_length=MOST_BRANCHES)] = msgspec.field(name="list")
    search: LinkedSearch | None = None
    page: dict[str, Any] | None = None

    @staticmethod
    def read(data: Any) -> Linked:
        """From plain data. Raises InvalidLink and InvalidSettings."""
        try:
            linked = take(data, Linked)
            check_plain(linked.page)
        except Wrong as wrong:
            raise InvalidLink(reason=wrong) from None
        linked._check()
        return linked

    def _check(self) -> None:
        if self.current >= len(self.branches):
            raise InvalidLink(reason=f"there is no branch {self.current}")
        lengths: list[int] = []
        for number, branch in enumerate(self.branches):
            _check_branch(branch, lengths, f"branch {number}")
            lengths.append(branch.after.steps + branch.own_steps)
        if sum(lengths) > MOST_STEPS_TOGETHER:
            raise InvalidLink(reason=f"its branches have more than {MOST_STEPS_TOGETHER} steps together")
        if sum(branch.own_steps * branch.candidates for branch in self.branches) > MOST_CANDIDATES:
            raise InvalidLink(reason=f"its steps have more than {MOST_CANDIDATES} candidates together")
        if self.search:
            _check_search(self.search, lengths)

    @property
    def text(self) -> str:
        """The link's text of the current branch, as far as an error repeats it."""
        return (self.branches[self.current].text or "")[:MOST_SHOWN]


def _check_branch(branch: LinkedBranch, lengths: Sequence[int], where: str) -> None:
    """`lengths` are the numbers of steps of the branches before it."""
    check_setting("candidates", branch.candidates, 0, 1_000)
    after = branch.after
    if after.steps and not (after.branch < len(lengths) and after.steps <= lengths[after.branch]):
        raise InvalidLink(reason=f"{where} goes on from a step that is not there")
    if branch.own_steps < 0:
        raise InvalidLink(reason=f"{where} has no token")
    if min(branch.given, default=0) < 0 or 0 in branch.given[1:] or sum(branch.given) != branch.own_steps:
        raise InvalidLink(reason=f"{where} does not say of each step whether it was given")
    if branch.cut and len(branch.cut) != branch.own_steps:
        raise InvalidLink(reason=f"{where} does not say of each step what was cut")
    if not 0 <= branch.from_ <= after.steps + branch.own_steps:
        raise InvalidLink(reason=f"{where} begins at a step that is not there")
    if (branch.sampling is None) != (branch.end == "given"):
        raise InvalidLink(reason=f"{where} lacks sampling settings, or has some and was not drawn")


def _check_search(search: LinkedSearch, lengths: Sequence[int]) -> None:
    if not (search.branch < len(lengths) and search.steps <= lengths[search.branch]):
        raise InvalidLink(reason="its beam search goes on from a step that is not there")
    check_setting("width", search.settings.width, 1, WIDEST)


def recall_job(lm: LM, linked: Linked) -> Job:
    return Job(("recall", lm.model, lm.revision, repr(linked)), partial(recall_parts, lm, linked), lm)


def recall_parts(lm: LM, linked: Linked) -> Iterator[Part | None]:
    """Yields None after each branch, then all as one value (`branches_to_wire`, and the link's `page`).

    Raises UnknownToken, PromptTooLong, NonFiniteLogits, ForeignIds where the model reads another text, and InvalidLink.
    """
    made: list[Branch] = []
    for number, branch in enumerate(linked.branches):
        try:
            made.append(Branch(branch.name, branch.from_, _trace(lm, branch, made)))
        except ValueError as error:
            raise InvalidLink(reason=f"branch {number}: {error}") from None
        yield None
    search = yield from _search(lm, linked.search, made)
    yield {**branches_to_wire(tuple(made), linked.current, search), "page": linked.page}


def _search(lm: LM, asked: LinkedSearch | None, made: Sequence[Branch]) -> Generator[None, None, Search | None]:
    """Searches again; yields after each step."""
    found: Beams | None = None
    if asked:
        trace, (width, length, penalty, stopping) = made[asked.branch].trace, astuple(asked.settings)
        behind = Fork(lm.model, lm.revision, trace.context, trace.steps[: asked.steps], ())
        for found in beam_steps(lm, behind, width, length, penalty, stopping, candidates=0):
            if not found:
                yield None
    return search_of(found) if found else None


def _trace(lm: LM, branch: LinkedBranch, before: Sequence[Branch]) -> Trace:
    shared = before[branch.after.branch].trace if branch.after.steps else None
    steps = shared.steps[: branch.after.steps] if shared else ()
    prompt = Fork(lm.model, lm.revision, shared.context, steps, tuple(branch.ids)) if shared else branch.ids
    read = generate(lm, prompt, 0, candidates=branch.candidates)
    _check_text(branch, read)
    own = zip(read.steps[len(steps) :], _flags(branch.given), branch.cut or [0] * branch.own_steps, strict=True)
    told = (replace(step, given=given, cut=_cut(step, cut)) for step, given, cut in own)
    return replace(read, steps=(*steps, *told), sampling=branch.sampling, end=branch.end)


def _flags(given: Sequence[int]) -> Iterator[bool]:
    for at, count in enumerate(given):
        yield from [at % 2 == 0] * count


def _cut(step: Step, cut: int | list[int]) -> tuple[int, ...]:
    if isinstance(cut, list):
        return tuple(cut)
    return tuple(range(cut, len(step.candidates) + 1)) if cut > 0 else ()


def _check_text(branch: LinkedBranch, read: Trace) -> None:
    """Check that the ids still decode to the link's text. Half a character is U+FFFD here, as in JavaScript."""
    raw = b"".join(token.bytes for token in read.tokens if not token.special)
    text = raw.decode("utf-8", "replace")
    if branch.text is not None and branch.text != text:
        said = {"text": branch.text[:MOST_SHOWN], "read": text[:MOST_SHOWN]}
        raise ForeignIds(model=read.model, revision=read.revision, **said)
