"""Bytes of a good document with something wrong in them, as a broken editor, a broken disk or someone unfriendly sends.

Leaves out: good JSON with wrong parts (`hostile.damaged`).
"""

from __future__ import annotations

import codecs
import re

from hypothesis import strategies as st

NUMBER = re.compile(rb"(?<=[\[:, ])-?\d[\d.eE+-]*")
NUMBERS = (
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1e308", b"-1.7e308", b"-0", b"0", b"-1", b"1.5", b"1E2",
    b"9007199254740993", b"18446744073709551616", b"-9223372036854775809", b"9" * 400, b"9" * 5_000, b"0x10", b"01",
    b"1e-400", b"null", b"true", b'"1"', b"[]", b"{}", b"[[[[[[[[0]]]]]]]]",
)  # fmt: skip
PIECES = (
    b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b"\xff", b"\xc3", b"\x00", b'"', b"\\", b"\n", b",", b":", b"{",
    b"}", b"[", b"]", b"/*x*/", b"[" * 2_000, b'{"a":' * 2_000, b"[" * 2_000 + b"]" * 2_000,
    b'"' + b"x" * 20_000 + b'"', b'"schema":1,', b'"schema":2,', b'"steps":[],', b'"tokens":[],', b'"branches":[],',
    b'"after":{"branch":0,"steps":3},', codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF32_BE,
)  # fmt: skip


@st.composite
def mangled(draw: st.DrawFn, raw: bytes) -> bytes:
    """Up to three changes at any place, and at last, now and then, another encoding."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw)))
        size = draw(st.sampled_from([1, 2, 7, 50, 400]))
        match draw(st.sampled_from(["number", "number", "number", "insert", "flip", "cut", "drop", "repeat"])):
            case "number":
                found = NUMBER.search(raw, at) or NUMBER.search(raw)
                if found:
                    raw = raw[: found.start()] + draw(st.sampled_from(NUMBERS)) + raw[found.end() :]
            case "insert":
                raw = raw[:at] + draw(st.sampled_from(PIECES)) + raw[at:]
            case "flip":
                raw = raw[:at] + bytes([draw(st.integers(0, 255))]) + raw[at + 1 :]
            case "cut":
                raw = raw[:at]
            case "drop":
                raw = raw[:at] + raw[at + size :]
            case "repeat":
                raw = raw[: at + size] + raw[at:]
    return draw(st.sampled_from([raw, raw, raw, raw, codecs.BOM_UTF8 + raw, as_utf_16(raw), raw[::-1]]))


def as_utf_16(raw: bytes) -> bytes:
    return codecs.BOM_UTF16_LE + raw.decode("utf-8", "replace").encode("utf-16-le", "surrogatepass")
