"""The pages that open from a file: what is written, without a browser (tests/player/test_exported.py has one)."""

from __future__ import annotations

import base64
import gzip
import json
import re

import pytest

from model_utils.trace.values import from_wire
from tests.viz.exported import VALUES
from tests.viz.fakes import AWKWARD_TRACE, HOSTILE, JAPANESE_TRACE, LONG_TRACE, SCORED_TRACE, TRACES
from viz import plotly_script, to_html, view_to_html
from viz.pages.assets import VIEWS, bundle, view_modules
from viz.pages.export import PLOTLY, SCRIPT, STYLE, json_for_script
from viz.pages.lessons_folder import INDEX, make_folder, write_lessons
from viz.text.i18n import words

MOST_BYTES = 2_200_000
KEY = re.compile(r'"([a-z_]+\.[a-z_.]+)"')


def data(page: str) -> dict:
    return json.loads(re.search(r'id="tsuzuki-data">(.*?)</script>', page, re.S)[1])


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_the_page_holds_the_trace(trace):
    assert from_wire(data(to_html(trace))["value"]) == trace


@pytest.mark.parametrize(("trace", "view"), [(LONG_TRACE, "step"), (SCORED_TRACE, "score")])
def test_a_given_text_is_shown_by_its_factors(trace, view):
    assert data(to_html(trace))["view"] == view


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_of_any_view_holds_its_value(view):
    page = data(view_to_html(view, VALUES[view]))
    assert (page["view"], page["value"]) == (view, json.loads(json.dumps(VALUES[view])))


def test_branches_as_steps_are_a_table_without_scripts():
    page = view_to_html("step", {**VALUES["map"], "page": {"step": 2}})
    (plain,) = re.findall("<noscript>(.*?)</noscript>", page, re.S)
    assert plain.count("<table>") == 1 and plain.count("<tr>") == 1 + len(JAPANESE_TRACE.steps)


def test_no_token_can_end_a_script_or_begin_a_tag():
    page = to_html(AWKWARD_TRACE)
    assert page.count("</script>") == page.count("<script") == 3
    for text in HOSTILE[:3]:
        assert page.count(text) == (3 if text == "</script>" else 0)
    assert "\u2028" not in page.replace("\\u2028", "")


def test_a_title_is_text_and_short():
    page = view_to_html("tokens", VALUES["tokens"], title="</title><script>alert(1)</script>" + "x" * 99)
    title = re.search(r"<title>(.*?)</title>", page, re.S)[1]
    assert "<" not in title and len(title) < 120


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


def test_plotly_is_in_the_page_byte_for_byte_and_cannot_be_markup():
    packed = re.search(r'id="tsuzuki-plotly">(.*?)</script>', to_html(LONG_TRACE), re.S)[1]
    assert not set("<\"'/\\ \n") & set(packed)
    assert gzip.decompress(base64.b85decode(packed.replace(",", "<"))) == plotly_script().read_bytes()


@pytest.mark.parametrize("view", VIEWS)
def test_plotly_beside_the_page_or_not_at_all(view):
    page = view_to_html(view, VALUES[view], plotly="plotly.min.js")
    assert page.count('<script src="plotly.min.js" async></script>') == bundle(*view_modules(view)).needs_plotly
    assert len(page.encode()) < 400_000


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_every_word_its_scripts_name(view):
    page = bundle(*view_modules(view), "player/page")
    named = {key for key in KEY.findall(page.script) if key in words("en")}
    assert named and all(named <= set(table) for table in page.setup["words"].values())


def test_a_page_comes_without_what_other_views_take():
    answers = set(re.findall(r"const \$player\$(\w+)\$(\w+) =", bundle(*view_modules("answers"), "player/page").script))
    assert ("views", "answers") in answers and {room for room, _ in answers} == {
        "core",
        "frame",
        "save",
        "trace",
        "views",
    }
    assert ".tz-map-legend {" not in bundle(*view_modules("step")).style
    shown = data(view_to_html("tokens", VALUES["tokens"]))["setup"]
    assert "timelines" not in shown and "learning" not in shown
    assert not [key for key in shown["words"]["ja"] if key.startswith(("page.", "error.", "duel.", "map."))]


@pytest.mark.parametrize(("language", "expected"), [("en", "en"), ("ja", "ja"), ("xx", "en")])
def test_language(language, expected):
    page = to_html(LONG_TRACE, language)
    assert f'<html lang="{expected}"' in page
    assert data(page)["language"] == expected


def lesson(name: str, language: str, view: str = "step") -> dict:
    shown = {"view": view, "value": VALUES[view], "text": [["p", {}, "<b>"]], "step": None, "guess": False}
    said = {"look": "", "question": "", "answer": "", "slides": "4", "title": f"{name} <i>{language}</i>"}
    return {"name": name, "language": language, "state": {}, **shown, **said}


def test_lessons_are_a_folder_with_one_plotly(tmp_path):
    folder = tmp_path / "lessons"
    make_folder(folder)
    lessons = [lesson("loop", "ja"), lesson("a & b", "en", "answers"), lesson("loop", "en")]
    written = write_lessons(folder, lessons, "ja")
    assert {path.name for path in folder.iterdir()} == {"loop.html", "a & b.html", INDEX, STYLE, SCRIPT, PLOTLY}
    assert {*written} == {*folder.iterdir()}
    loop, index = ((folder / name).read_text(encoding="utf-8") for name in ("loop.html", INDEX))
    assert set(data(loop)["lesson"]) == {"ja", "en"} and data(loop)["after"]["href"] == "a%20%26%20b.html"
    assert [entry["href"] for entry in data(index)["index"]] == ["loop.html", "a%20%26%20b.html"]
    assert "<i>" not in loop + index
    assert (folder / PLOTLY).read_bytes() == plotly_script().read_bytes()
    write_lessons(folder, lessons, "en")
