"""Capabilities of a completions server, found by test requests. Leaves out: later ones (`lm`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal

from model_utils.errors import OtherTokens, ServerRefuses, SpacesLost, TsuzukiError

from .answers import TOLERANCE, Entry, Told, ToldRow
from .server import Prompt, Server
from .token_keys import Keys

COUNTS = (50, 20, 5)
"""Counts of logprobs to request: the page's; vLLM's limit unless it is started with another; OpenAI's."""

BY_ID = {"return_tokens_as_token_ids": True}
"""vLLM then names tokens by id."""

PROMPT_ROWS = "prompt_logprobs"
"""vLLM's name for the rows of the prompt itself."""

BAN, FORCE = -100.0, 100.0
PROBE = "The cat sat on the mat. 猫が"

Form = Literal["ids", "text"]
FORMS: tuple[tuple[Form, bool], ...] = (("ids", False), ("text", False), ("text", True))
"""The form of a prompt, and whether the server adds the beginning-of-text mark by itself. Then the mark is no token of
ours, and the row after it, which such a server cannot give, is not needed."""


@dataclass(frozen=True, slots=True)
class Dialect:
    form: Form
    hides_mark: bool
    count: int
    extra: Mapping[str, Any]
    reads_prompts: bool = False
    """Whether one request gives the rows of a whole prompt, as vLLM's `prompt_logprobs` does."""
    can_force: bool = False
    """Whether a biased token is chosen, with its unbiased logprob. If not, no bias is sent: it might alter rows."""


def prompt_of(form: Form, ids: Sequence[int], keys: Keys, address: str) -> Prompt:
    """The text of some ids, or the ids. Raises OtherTokens where a text cannot say them."""
    if form == "ids":
        return list(ids)
    try:
        return b"".join(map(keys.spell, ids)).decode()
    except UnicodeDecodeError:
        raise OtherTokens(address=address) from None


def find_dialect(server: Server, keys: Keys, ids: Sequence[int]) -> Dialect:
    """Try forms of request until the server reports logprobs, then test its other abilities.

    `ids` are those of PROBE. Raises ServerRefuses, OtherTokens, SpacesLost, and whatever the last try raised.
    """
    error: TsuzukiError = ServerRefuses(address=server.address, reason="it tells no logprobs of completions")
    for (form, hides_mark), count, extra in product(FORMS, COUNTS, (BY_ID, {})):
        prompt = prompt_of(form, ids[hides_mark:], keys, server.address)
        try:
            told = server.complete(prompt, count, {}, extra)
        except ServerRefuses as refused:
            error = refused
            continue
        if told.prompt_tokens not in (None, len(ids)):
            error = OtherTokens(address=server.address)
        elif told.row:
            found = Dialect(form, hides_mark, count, extra)
            if _loses_spaces(server, keys, found, prompt, told):
                raise SpacesLost(address=server.address)
            return replace(
                found,
                can_force=_can_force(server, keys, found, prompt, told.row),
                reads_prompts=form == "ids" and _reads_prompts(server, found, ids),
            )
    raise error


def _loses_spaces(server: Server, keys: Keys, found: Dialect, prompt: Prompt, told: Told) -> bool:
    """Whether the server drops leading spaces of tokens' texts: then they are other tokens' texts."""
    assert told.row
    if any(keys.lacks_space(key) for key, _ in told.row.entries) or f" {told.row.came[0]}" == told.text:
        return True
    if not keys.spaced or isinstance(told.row.came[0], int):
        return False
    token_id, text = keys.spaced
    forced = server.complete(prompt, found.count, {token_id: FORCE}, found.extra).row
    return bool(forced and forced.came[0] in (text.lstrip(), text.strip()))


def _can_force(server: Server, keys: Keys, found: Dialect, prompt: Prompt, row: ToldRow) -> bool:
    """Whether a lower-ranked token of known logprob is given with this logprob when forced."""
    for key, logprob in row.entries[1:]:
        if len(keys.ids(key)) == 1:
            forced = server.complete(prompt, found.count, {keys.ids(key)[0]: FORCE}, found.extra).row
            return bool(forced and _equal(forced.came, (key, logprob)))
    return False


def _reads_prompts(server: Server, found: Dialect, ids: Sequence[int]) -> bool:
    """Whether `prompt_logprobs` are reported, and belong to the right places."""
    try:
        told = server.complete(list(ids), found.count, {}, {**found.extra, PROMPT_ROWS: found.count})
        before = server.complete(list(ids[:-1]), found.count, {}, found.extra).row
    except ServerRefuses:
        return False
    last = told.prompt[-1] if told.prompt and len(told.prompt) == len(ids) else None
    return bool(last and last.entries and before and _equal(last.entries[0], before.entries[0]))


def _equal(one: Entry, other: Entry) -> bool:
    return one[0] == other[0] and abs(one[1] - other[1]) <= TOLERANCE
