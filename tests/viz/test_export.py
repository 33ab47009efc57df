"""The page that opens from a file: what is written, without a browser (tests/player has one)."""

from __future__ import annotations

import json
import re

import pytest

from model_utils.wire import from_wire
from tests.viz.fakes import AWKWARD_TRACE, HOSTILE, LONG_TRACE, TRACES
from viz import to_html
from viz.export import json_for_script

MOST_BYTES = 2_200_000


def data(page: str) -> dict:
    return json.loads(re.search(r'id="tsuzuki-data">(.*?)</script>', page, re.S)[1])


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_the_page_holds_the_trace(trace):
    assert from_wire(data(to_html(trace))["trace"]) == trace


def test_no_token_can_end_a_script_or_begin_a_tag():
    page = to_html(AWKWARD_TRACE)
    assert page.count("</script>") == page.count("<script") == 3
    for text in HOSTILE[:3]:
        assert page.count(text) == (3 if text == "</script>" else 0)
    assert "\u2028" not in page.replace("\\u2028", "")


def test_json_for_script_is_the_same_json():
    nasty = ["</script>", "<!--", "&", "\u2028\u2029", "好き", '"\\']
    written = json_for_script(nasty)
    assert json.loads(written) == nasty
    assert not set("<>&\u2028\u2029") & set(written)


def test_the_page_is_small_and_asks_for_nothing():
    page = to_html(LONG_TRACE)
    assert len(page.encode()) <= MOST_BYTES
    outside = page[: page.index('id="tsuzuki-plotly"')]
    assert not re.findall(r"""(?:src|href)=["'](?!data:)""", outside)


@pytest.mark.parametrize(("language", "expected"), [("en", "en"), ("ja", "ja"), ("xx", "en")])
def test_language(language, expected):
    page = to_html(LONG_TRACE, language)
    assert f'<html lang="{expected}"' in page
    assert data(page)["language"] == expected
