"""Exponential-Golomb code of whole numbers, in base64.

The first byte is the order k. A number n is written as n + 2^k in binary, with d digits, after d - k - 1 zeros; zeros
fill the last byte. Numbers near 2^k take about k + 2 bits, far larger ones about twice their digits.
`assets/player/trace/steps.js` reads and writes the same. Leaves out: the meaning (`wire_steps`).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from .leb128 import from_base64

MOST_BITS = 53
"""Of a number: JavaScript knows no larger whole one."""


def pack(numbers: Sequence[int]) -> str:
    """Numbers of at least 0."""
    if not numbers:
        return ""
    order = max(0, sorted(numbers)[len(numbers) // 2].bit_length() - 1)
    raised = [number + (1 << order) for number in numbers]
    bits = "".join([f"{number:0{2 * number.bit_length() - order - 1}b}" for number in raised])
    size = -(-len(bits) // 8)
    packed = bytes([order]) + (int(bits, 2) << (8 * size - len(bits))).to_bytes(size, "big")
    return base64.b64encode(packed).decode("ascii")


def unpack(text: str, what: str) -> list[int]:
    """The reverse of `pack`. Raises ValueError, whose sentence begins with `what` they are."""
    packed = from_base64(text, what)
    if not packed:
        return []
    order, bits = packed[0], f"{int.from_bytes(packed[1:], 'big'):0{8 * (len(packed) - 1)}b}"
    if order > MOST_BITS:
        raise ValueError(f"{what} are of an order that is not known")
    numbers, at = [], 0
    while (first := bits.find("1", at)) >= 0:
        end = 2 * first - at + order + 1
        if end > len(bits):
            raise ValueError(f"{what} end within a number")
        if end - first > MOST_BITS + 1:
            raise ValueError(f"{what} hold a number of more than {MOST_BITS} bits")
        numbers.append(int(bits[first:end], 2) - (1 << order))
        at = end
    return numbers
