"""Unsigned LEB128 code of whole numbers, in base64. Leaves out: their meaning (`wire_steps`)."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

LONGEST = 8
"""Bytes of one number: 56 bits, more than any count. One without an end takes the square of its length to read."""


def pack(numbers: Iterable[int]) -> str:
    packed = bytearray()
    for number in numbers:
        while number > 127:
            packed.append(number & 127 | 128)
            number >>= 7
        packed.append(number)
    return base64.b64encode(packed).decode("ascii")


def unpack(text: str, what: str) -> Iterator[int]:
    """The reverse of `pack`. Raises ValueError, whose sentence begins with `what` they are."""
    number = shift = 0
    for byte in from_base64(text, what):
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0
        elif shift == 7 * LONGEST:
            raise ValueError(f"{what} hold a number of more than {LONGEST} bytes")
    if shift:
        raise ValueError(f"{what} end within a number")


def from_base64(text: str, what: str) -> bytes:
    """Raises ValueError, whose sentence begins with `what` they are."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:  # of binascii, or of what is no ASCII
        raise ValueError(f"{what} are not base64") from None
