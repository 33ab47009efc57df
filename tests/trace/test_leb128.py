"""Numbers come back as they went, and a number without an end is refused before it costs anything."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_utils.trace.leb128 import LONGEST, pack, unpack
from tests.random_examples import share_of


def packed(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@given(st.lists(st.integers(0, 2 ** (7 * LONGEST) - 1)))
@settings(max_examples=share_of(200), deadline=None)
def test_round_trip(numbers: list[int]) -> None:
    assert list(unpack(pack(numbers), "they")) == numbers


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1, 2_000, 300_000])
@pytest.mark.parametrize("byte", [b"\xff", b"\x80"])
def test_a_number_has_at_most_eight_bytes(length: int, byte: bytes) -> None:
    with pytest.raises(ValueError, match="they hold a number of more than 8 bytes"):
        list(unpack(packed(byte * length + b"\x01"), "they"))
    assert list(unpack(packed(b"\xff" * (LONGEST - 1) + b"\x01"), "they")) == [2**49 - 1 + 2**49]


@pytest.mark.parametrize("raw", [b"\xff", b"\x01\x80", b"\xff" * 7])
def test_half_a_number_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="they end within a number"):
        list(unpack(packed(raw), "they"))


@pytest.mark.parametrize("text", ["a", "abcde", "***", "好き", "AA\nAA"])
def test_what_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        list(unpack(text, "they"))
