"""`make quick` draws a tenth of all random examples, in every test that draws some. Leaves out: what they are."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import settings

from .random_examples import share_of

TESTS = Path(__file__).parent


def test_the_profile_draws_a_tenth_and_at_least_one() -> None:
    before = settings.get_current_profile_name()
    assert before == "quick" or share_of(300) == 300
    settings.load_profile("quick")
    try:
        assert (share_of(300), share_of(2)) == (30, 1)
    finally:
        settings.load_profile(before)


def test_no_test_asks_for_a_number_that_no_profile_can_lower() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")}
    fixed = [path.name for path, text in sources.items() if re.search(r"max_examples=(?!share_of\()", text)]
    assert fixed == [Path(__file__).name]
