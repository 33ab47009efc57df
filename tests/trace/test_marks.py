"""A file opens with whatever byte-order mark an editor put before it; half of one is refused in a sentence.

Leaves out: the browser (`tests/browser/test_bad_input`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from model_utils import Sampling, Trace, generate
from model_utils.errors import InvalidTrace, NoTextColumn, NotUtf8
from model_utils.views.lecture.lessons import LESSONS, read_lesson
from model_utils.views.protocol.branches import Branch, Saved, branches_to_wire
from model_utils.views.protocol.shown import read_saved, read_shown_file
from model_utils.views.protocol.table import read_csv
from tests.fakes import FakeLM

from .marks import ENCODINGS, marked

TRACE = generate(FakeLM(), "好きな", 3, Sampling(seed=3))
SAVED = Saved((Branch("一", 0, TRACE), Branch("two", 0, TRACE)), 1)
SPACED: dict[str, Any] = {"indent": 1, "ensure_ascii": False}
WIDE = [name for name in ENCODINGS if name.startswith("UTF-") and name != "UTF-8"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_saved_trace_and_saved_branches_open_with_any_mark(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "saved.json"
    for text, expected in ((TRACE.to_json(), TRACE), (json.dumps(branches_to_wire(*SAVED), **SPACED), SAVED)):
        raw = marked(text, encoding)
        assert read_saved(raw) == expected
        path.write_bytes(raw)
        assert read_shown_file(path).view == ("step" if expected is TRACE else "map")


def test_a_trace_comes_back_from_marked_text() -> None:
    text = TRACE.to_json()
    assert Trace.from_json(marked(text, "UTF-8")) == Trace.from_json("\ufeff" + text) == TRACE


@pytest.mark.parametrize("encoding", WIDE)
def test_what_is_no_json_for_its_encoding_says_which_it_is_in(encoding: str) -> None:
    with pytest.raises(InvalidTrace, match=f"it is in {encoding[:6]} where JSON is UTF-8"):
        Trace.from_json(marked(TRACE.to_json(), encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_so_do_a_table_and_a_lesson(tmp_path: Path, encoding: str) -> None:
    assert read_csv(marked("n,text\r\n1,葡萄\r\n", encoding)) == ["葡萄"]
    original = LESSONS / "loop.ja.md"
    path = tmp_path / original.name
    path.write_bytes(marked(original.read_text(encoding="utf-8"), encoding))
    assert read_lesson(path) == read_lesson(original)


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("raw", [b"\x00", b"\xd8", b'{"\x00"', b"\x00\xd8\x00\xd8"], ids=repr)
def test_a_mark_before_what_is_not_in_its_encoding_is_refused(encoding: str, raw: bytes) -> None:
    whole = marked("", encoding) + raw
    with pytest.raises(InvalidTrace):
        read_saved(whole)
    with pytest.raises((NotUtf8, NoTextColumn)):
        read_csv(whole)


def test_marks_alone_are_nothing() -> None:
    for encoding in ENCODINGS:
        with pytest.raises(InvalidTrace):
            read_saved(marked("", encoding))
