"""Alignment of two token sequences by characters: cuts at which both have a token boundary beside equal text.

`assets/player/rows/align.js` does the same for the picture; a test holds the two equal. Leaves out: a third text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

MOST_CELLS = 1_000_000
"""Most units of one text times units of the other to search. Beyond it, units are whole tokens instead of characters;
beyond it again, the middle counts as different."""

Units = tuple[list[bytes], dict[int, int]]
"""Compared units, and the token that begins at a unit, by unit."""

Cut = tuple[int, int]


def align(a: Sequence[bytes], b: Sequence[bytes]) -> list[Cut]:
    """Cuts from (0, 0) to (len(a), len(b)): before token i of `a` and before token j of `b` they stand side by side.

    Tokens that are the same at both ends are paired; between them decides the longest common subsequence of characters.
    """
    before, after = _same_ends(a, b)
    middle_a, middle_b = a[before : len(a) - after], b[before : len(b) - after]
    cuts = [(at, at) for at in range(before + 1) if _is_between(a, at) and _is_between(b, at)]
    cuts += [(before + i, before + j) for i, j in _middle_cuts(middle_a, middle_b)]
    last_a, last_b = len(a) - after, len(b) - after
    cuts += [(last_a + at, last_b + at) for at in range(after + 1) if _is_between(a, last_a + at)]
    return _beside_what_agrees(sorted(set(cuts)), a, b)


def _beside_what_agrees(cuts: list[Cut], a: Sequence[bytes], b: Sequence[bytes]) -> list[Cut]:
    """Drop cuts without equal text on either side: a letter that two words share by chance makes no cut."""
    agree = [
        i < next_i and b"".join(a[i:next_i]) == b"".join(b[j:next_j]) for (i, j), (next_i, next_j) in pairwise(cuts)
    ]
    beside = [True, *(before or after for before, after in pairwise(agree)), True]
    return [cut for cut, is_kept in zip(cuts, beside, strict=False) if is_kept]


def blocks(a: Sequence[bytes], b: Sequence[bytes]) -> Iterator[tuple[range, range]]:
    """The tokens of `a` and those of `b` between one cut and the next."""
    for (i, j), (next_i, next_j) in pairwise(align(a, b)):
        yield range(i, next_i), range(j, next_j)


def _is_between(tokens: Sequence[bytes], at: int) -> bool:
    """Whether token `at` begins with a whole character."""
    return at >= len(tokens) or not tokens[at] or tokens[at][0] & 0xC0 != 0x80


def _same_ends(a: Sequence[bytes], b: Sequence[bytes]) -> tuple[int, int]:
    """How many tokens are the same at the beginning and at the end, in whole characters."""
    shorter = min(len(a), len(b))
    before = 0
    while before < shorter and a[before] == b[before]:
        before += 1
    while before and not (_is_between(a, before) and _is_between(b, before)):
        before -= 1
    after = 0
    while after < shorter - before and a[-1 - after] == b[-1 - after]:
        after += 1
    while after and not _is_between(a, len(a) - after):
        after -= 1
    return before, after


def _whole_tokens(tokens: Sequence[bytes]) -> Units:
    """Whole tokens; those that share a character are one unit."""
    begins = [at for at in range(len(tokens)) if at == 0 or _is_between(tokens, at)]
    units = [b"".join(tokens[i:j]) for i, j in pairwise([*begins, len(tokens)])]
    return units, dict(enumerate([*begins, len(tokens)]))


def _characters(tokens: Sequence[bytes]) -> Units:
    characters: list[bytes] = []
    starts: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if _is_between(tokens, index) or not characters:
            starts[len(characters)] = index
        for byte in token:
            if byte & 0xC0 == 0x80 and characters:
                characters[-1] += bytes([byte])
            else:
                characters.append(bytes([byte]))
    starts[len(characters)] = len(tokens)
    return characters, starts


def _middle_cuts(a: Sequence[bytes], b: Sequence[bytes]) -> Iterator[Cut]:
    one, other = _characters(a), _characters(b)
    if len(one[0]) * len(other[0]) > MOST_CELLS:
        one, other = _whole_tokens(a), _whole_tokens(b)
    (_, starts_a), (_, starts_b) = one, other
    for i, j in _matches(*one, *other):
        for p, q in ((i, j), (i + 1, j + 1)):
            if p in starts_a and q in starts_b:
                yield starts_a[p], starts_b[q]


def _matches(
    a: list[bytes], starts_a: dict[int, int], b: list[bytes], starts_b: dict[int, int]
) -> Iterator[tuple[int, int]]:
    """Pairs of equal units: the most possible; ties go to the choice where most tokens begin together."""
    if len(a) * len(b) > MOST_CELLS:
        return
    weight = min(len(a), len(b)) + 1
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]

    def gain(i: int, j: int) -> int:
        return weight + (i in starts_a and j in starts_b)

    for i in range(len(a) - 1, -1, -1):
        below, row, character = best[i + 1], best[i], a[i]
        for j in range(len(b) - 1, -1, -1):
            most = max(below[j], row[j + 1])
            row[j] = max(most, below[j + 1] + gain(i, j)) if character == b[j] else most
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] == b[j] and best[i][j] == best[i + 1][j + 1] + gain(i, j):
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
