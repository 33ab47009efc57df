"""What a view hands out, in a browser: each picture as SVG and PNG, and the numbers of a trace as CSV and JSON."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import resvg_py
from PIL import Image
from playwright.sync_api import Browser, Locator

from model_utils import candidates_to_csv, to_csv
from model_utils.trace.values import Trace
from model_utils.trace.wire import to_wire
from model_utils.views.answers import answers_to_wire
from model_utils.views.protocol.branches import Branch, branches_to_wire
from model_utils.views.tokens import tokens_to_wire
from tests.player.test_answers import PETS, asked, spelling
from tests.plots import wait_for_plots
from tests.viz.duels import CHEST, GRAPE
from tests.viz.fakes import (
    AWKWARD_TRACE,
    ENGLISH_TRACE,
    HOSTILE,
    JAPANESE_TRACE,
    SCORED_TRACE,
    TRACES,
    scored,
    text_trace,
)
from viz.pages.export import view_to_html
from viz.theme import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "title", "defs", "pattern", "clipPath", "g", "rect", "path", "polygon", "circle", "text", "tspan"}
"""What every program that draws SVG knows: no page in it, no style sheet."""
TILE = 16
VISIBLE_HOSTILE = [text for text in HOSTILE if text != "\u2028" and " " not in text]

DUEL = {"traces": [to_wire(GRAPE), to_wire(CHEST)], "letters": ["A", "B"]}
PAIR = {"sides": [{"model": name, "chat": False, "trace": to_wire(GRAPE)} for name in ("small", "nano")]}
POINTS = [{"name": f"micro@step{step}", "step": step, "tokens": step * 9, "trace": to_wire(GRAPE)} for step in (0, 8)]
LEARNING = {"model": "micro", "curve": [[9, 5.0], [72, 4.0]], "points": POINTS}
VIEWS: dict[str, tuple[Any, dict[str, list[str]]]] = {
    "step": (
        to_wire(JAPANESE_TRACE),
        {"step-5": ["ぶどう", "25.1 %"], "strip-5": ["好き"], "product-5": ["25.1 %", "×"], "timelines-5": []},
    ),
    "score": (
        to_wire(SCORED_TRACE),
        {"step-1": ["好き"], "strip-1": ["です"], "factors-1": ["果物"], "timelines-1": []},
    ),
    "map": (branches_to_wire([Branch("one", 0, JAPANESE_TRACE)], 0), {"map": ["ぶどう"]}),
    "tokens": (tokens_to_wire(ENGLISH_TRACE.tokens), {"tokens": ["Seine", "100"]}),
    "duel": (DUEL, {"duel": ["ぶどう", "たん", "≠"], "figures": ["perplexity"]}),
    "answers": (answers_to_wire(PETS), {"answers": ["ペットに", "猫"], "cuts": ["ネコ"]}),
    "models": (PAIR, {"models": ["small", "果物"], "figures": ["vocabulary"], "expected": ["small"]}),
    "learning": (LEARNING, {"learning-8": ["果物"], "expected-8": ["micro"], "curve-8": []}),
}
"""A value of each view, and by the name of each picture some of the text in it."""

WRITE = """(wire) => {
    const trace = new Tsuzuki[`player/trace/trace`].Trace(wire);
    return [Tsuzuki[`player/trace/csv`].tokens(trace), Tsuzuki[`player/trace/csv`].candidates(trace)];
}"""


class Opened:
    """An exported page of a view, and what its menu gives."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("dialog", lambda dialog: (self.troubles.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: self.troubles.append(request.url[:80]))

    def menu(self) -> Locator:
        """The menu that belongs to the picture, open: on the map's page the player has one above."""
        menu = self.page.locator(".tz-save:visible").last
        if menu.get_attribute("open") is None:
            menu.locator("summary").click()
        return menu

    def files(self, ending: str) -> dict[str, bytes]:
        """By name, without the beginning and the ending that all of them have."""
        found = {}
        for button in self.menu().locator("button", has_text=ending.upper()).all():
            with self.page.expect_download(timeout=60_000) as download:
                button.click()
            name = download.value.suggested_filename
            found[name.removeprefix("tsuzuki-").removesuffix(f".{ending}")] = Path(download.value.path()).read_bytes()
        return found


@pytest.fixture
def open_view(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """open_view("duel", value, "ja", width=390, color_scheme="dark") -> Opened: nothing goes wrong on it."""
    opened: list[Opened] = []

    def open_(view: str, value: Any, language: str = "en", width: int = 1280, **options: Any) -> Opened:
        path = tmp_path / f"{view}.html"
        path.write_text(view_to_html(view, value, language), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(60_000)
        one = Opened(context.new_page())
        one.page.goto(path.as_uri())
        one.troubles.clear()
        if view in ("step", "score", "map", "learning"):
            wait_for_plots(one.page)
        opened.append(one)
        return one

    yield open_
    for one in opened:
        assert one.troubles == []
        one.page.context.close()


def read(svg: bytes) -> tuple[ElementTree.Element, str, tuple[int, int]]:
    """A picture's root, its text, and its width and height."""
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    return root, "".join(root.itertext()), (round(float(root.get("width"))), round(float(root.get("height"))))


def colours(png: bytes) -> tuple[tuple[int, int], dict[str, float]]:
    """Size, and the share of each colour."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    pixels = image.width * image.height
    counts = image.getcolors(pixels)
    return image.size, {"#{:02x}{:02x}{:02x}".format(*colour): count / pixels for count, colour in counts}


def tiles(image: Image.Image) -> np.ndarray:
    """Its colours, each the mean of a tile, so that it matters where ink is and not how a letter's edge is smoothed."""
    small = image.convert("RGB").resize((image.width // TILE, image.height // TILE), Image.Resampling.BOX)
    return np.asarray(small, float)


def drawn(svg: bytes, zoom: float = 1) -> Image.Image:
    """By resvg, which is no browser."""
    return Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg.decode(), zoom=zoom))))


def drawn_alike(svg: bytes, png: bytes) -> bool:
    """Whether a program that is no browser gives the browser's picture."""
    browsers = Image.open(io.BytesIO(png))
    own = drawn(svg).resize(browsers.size)
    ink = np.abs(tiles(browsers) - tiles(browsers)[0, 0]).mean()
    return bool(np.abs(tiles(browsers) - tiles(own)).mean() < 0.3 * ink)


def assert_sharing_a_page(svgs: Iterable[bytes]) -> None:
    """Where several stand in one document, a name that two of them define means the same in both."""
    defined: dict[str, bytes] = {}
    for svg in svgs:
        for one in read(svg)[0].iter():
            if own := one.get("id"):
                assert defined.setdefault(own, ElementTree.tostring(one)) == ElementTree.tostring(one)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_picture_of_every_view(open_view, view: str, scheme: str) -> None:
    value, expected = VIEWS[view]
    paper, other = (theme.paper for theme in ((LIGHT, DARK) if scheme == "light" else (DARK, LIGHT)))
    opened = open_view(view, value, color_scheme=scheme)
    svgs, pngs = opened.files("svg"), opened.files("png")
    assert svgs.keys() == pngs.keys() == expected.keys()
    assert_sharing_a_page(svgs.values())
    for name, texts in expected.items():
        root, text, size = read(svgs[name])
        assert all(one in text for one in texts), name
        assert root.find(f"{SVG}rect").get("fill") == paper
        assert not [one for one in root.iter() if one.tag.endswith(("script", "foreignObject", "button"))]
        assert drawn_alike(svgs[name], pngs[name]), name
        measured, shares = colours(pngs[name])
        assert measured == (2 * size[0], 2 * size[1]), name
        assert 0.2 < shares[paper] < 0.995 and len(shares) > 30, name
        assert shares.get(other, 0) < 0.05, name


def test_a_picture_is_as_large_as_what_it_shows_and_leaves_the_page_as_it_was(open_view) -> None:
    opened = open_view("step", to_wire(JAPANESE_TRACE))
    opened.menu()
    before = opened.page.evaluate("[document.body.innerHTML, scrollY]")
    width, height = read(opened.files("svg")["strip-5"])[2]
    strip, legend = (opened.page.locator(kind).bounding_box() for kind in (".tz-strip", ".tz-legend"))
    assert width == pytest.approx(strip["width"] + 40, abs=2)
    assert height == pytest.approx(strip["height"] + 14 + legend["height"] + 40, abs=4)
    assert opened.page.evaluate("[document.body.innerHTML, scrollY]") == before


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_picture_is_what_the_page_shows(open_view, language: str) -> None:
    opened = open_view("step", to_wire(JAPANESE_TRACE), language)
    shown = Image.open(io.BytesIO(opened.page.locator(".tz-strip").screenshot()))
    picture = drawn(opened.files("svg")["strip-5"]).crop((20, 20, 20 + shown.width, 20 + shown.height))
    assert np.abs(tiles(shown) - tiles(picture)).mean() < 2


def test_text_is_text_at_its_baseline_and_edge(open_view) -> None:
    root = read(open_view("step", to_wire(JAPANESE_TRACE)).files("svg")["step-5"])[0]
    texts = {"".join(one.itertext()): one for one in root.iter(f"{SVG}text")}
    percent, label = texts["11.0 %"], texts["みかん"]
    assert percent.get("text-anchor") == "end" and label.get("text-anchor") is None
    assert float(percent.get("y")) == pytest.approx(float(label.get("y")), abs=2)
    assert (percent.get("font-size"), label.get("font-size")) == ("16", "17")


def test_what_a_box_cuts_off_ends_in_dots(open_view) -> None:
    long = text_trace(["a", "x y" * 40], 1, ends=False)
    root = read(open_view("step", to_wire(long)).files("svg")["step-2"])[0]
    assert sum("…" in text for text in root.itertext()) == 1


def test_what_scrolls_on_the_page_is_whole_in_the_picture(open_view) -> None:
    value = {"traces": [to_wire(scored(["とても長い文", "です"] * 20, seed)) for seed in (1, 2)], "letters": ["A", "B"]}
    opened = open_view("duel", value, width=600)
    inside = opened.page.locator(".tz-duel-scroll").evaluate("(box) => box.scrollWidth")
    assert inside > 2 * 600
    assert read(opened.files("svg")["duel"])[2][0] == pytest.approx(inside + 40, abs=4)
    table = open_view("score", to_wire(scored(["a", "b", "c"] * 20)))
    assert read(table.files("svg")["factors-1"])[2][1] > 60 * 20


def test_hostile_tokens_stay_text(open_view) -> None:
    nasty = [spelling(text, 0.01 / (1 + at), text) for at, text in enumerate(HOSTILE)]
    for view, value in [
        ("step", to_wire(AWKWARD_TRACE)),
        ("tokens", tokens_to_wire(AWKWARD_TRACE.tokens)),
        ("answers", answers_to_wire(asked(HOSTILE[0], nasty))),
        ("duel", {"traces": [to_wire(scored(HOSTILE, seed)) for seed in (1, 2)], "letters": ["A", "B"]}),
    ]:
        found = open_view(view, value).files("svg")
        name = next(one for one in found if one.split("-")[0] in ("strip", "tokens", "answers", "duel"))
        root, text, _ = read(found[name])
        assert all(one in text for one in VISIBLE_HOSTILE), view
        assert {one.tag.rpartition("}")[2] for one in root.iter()} <= SHAPES, view
        assert not [name for one in root.iter() for name in one.attrib if name.startswith("on")]


def test_characters_that_xml_does_not_have(open_view) -> None:
    found = open_view("answers", answers_to_wire(asked("a\x01b\ufffe", [spelling("c\x0bd", 0.5, "c")]))).files("svg")
    assert "a\ufffdb\ufffd" in read(found["answers"])[1]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_menu_works_by_keyboard_and_fits_a_phone(open_view, language: str) -> None:
    opened = open_view("step", to_wire(JAPANESE_TRACE), language, width=390)
    page = opened.page
    menu = page.locator(".tz-save")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    said = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert said == ("This step: SVG" if language == "en" else "このステップ：SVG")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "tsuzuki-step-5.svg"
    box = menu.locator(".tz-save-box").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert page.evaluate("document.activeElement.localName") == "summary"


def test_the_step_that_is_shown_is_the_one_saved(open_view) -> None:
    opened = open_view("step", to_wire(JAPANESE_TRACE))
    opened.page.keyboard.press("End")
    assert {"step-15", "strip-15"} <= opened.files("svg").keys()


def test_a_browser_that_gives_no_png_says_so(open_view) -> None:
    opened = open_view("tokens", tokens_to_wire(ENGLISH_TRACE.tokens))
    opened.page.evaluate("() => { HTMLCanvasElement.prototype.toBlob = () => { throw new Error('tainted'); }; }")
    opened.menu().locator("button", has_text="PNG").click()
    opened.page.wait_for_function("document.querySelector('.tz-save-said').textContent.includes('SVG')")


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES.keys())
def test_numbers_are_those_that_python_writes(open_view, trace: Trace) -> None:
    opened = open_view("step", to_wire(ENGLISH_TRACE))
    written = opened.page.evaluate(WRITE, to_wire(trace))
    assert written == [to_csv(trace), candidates_to_csv(trace)]


def test_the_files_of_a_trace(open_view) -> None:
    opened = open_view("step", to_wire(AWKWARD_TRACE))
    tables = opened.files("csv")
    assert tables["tokens"].decode() == to_csv(AWKWARD_TRACE)
    assert tables["candidates"].decode() == candidates_to_csv(AWKWARD_TRACE)
    assert Trace.from_json(opened.files("json")["trace"]) == AWKWARD_TRACE
