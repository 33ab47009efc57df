"""How vocabularies write bytes: each as a printable character, or as its number. Leaves out: decoders (`spelling`)."""

from __future__ import annotations

import re
from functools import cache

_BYTE = re.compile(rb"<0x([0-9A-Fa-f]{2})>")


@cache
def _bytes_of_characters() -> dict[str, int]:
    """The printable characters that stand for bytes: the printable ones of Latin-1 for themselves, the rest from
    U+0100 on."""
    own = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in own]
    return {chr(byte): byte for byte in own} | {chr(0x100 + at): byte for at, byte in enumerate(others)}


def byte_level(token: str) -> bytes:
    """The bytes of a byte-level token; a token with any other character is text as it stands."""
    byte_of = _bytes_of_characters()
    try:
        return bytes([byte_of[character] for character in token])
    except KeyError:
        return token.encode("utf-8", "surrogatepass")


def fallback_byte(token: bytes) -> bytes | None:
    """The byte that a token of byte fallback is, None for any other: ``fallback_byte(b"<0x0A>") == b"\n"``."""
    match = _BYTE.fullmatch(token)
    return bytes.fromhex(match[1].decode()) if match else None
