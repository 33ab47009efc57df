"""Bytes as text that the eye can read, whatever they are. Leaves out: labels of tokens (`vocabulary`)."""

from __future__ import annotations

import codecs


def _show_bytes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return hex_label(error.object[error.start : error.end]), error.end


codecs.register_error("tsuzuki.show_bytes", _show_bytes)


def hex_label(raw: bytes) -> str:
    """Bytes that are no character, as the eye sees them: ``hex_label(b"\\xe3\\x81") == "‹E3 81›"``."""
    return f"‹{raw.hex(' ').upper()}›"


def decode(raw: bytes) -> str:
    """UTF-8 text; bytes that are no character are written out, so U+FFFD appears only where the text has one."""
    return raw.decode("utf-8", errors="tsuzuki.show_bytes")
