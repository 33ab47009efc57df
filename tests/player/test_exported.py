"""Pages of every view as one opens them from a stick in a hall: from the file system, with the network cut."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.plots import wait_for_plots
from tests.viz.exported import HOSTILE_VALUES, MARKUP, VALUES
from tests.viz.test_export import lesson
from viz import view_to_html
from viz.pages.assets import VIEWS, view_modules
from viz.pages.lessons_folder import INDEX, make_folder, write_lessons
from viz.pages.modules import joined_modules

SEEN = {
    "step": ".tz-strip .tz-token",
    "score": ".tz-table tbody tr",
    "map": ".tz-map .tz-taken",
    "tokens": ".tz-piece",
    "duel": ".tz-duel-word",
    "answers": ".tz-answers-row",
    "models": ".tz-duel-word",
    "learning": ".tz-duel-word",
}
"""What each view draws of its value."""
BOXES = """() => [...document.querySelectorAll('main *')].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const { color, backgroundColor, fontSize } = getComputedStyle(element);
    return [element.className, x, y, width, height, color, backgroundColor, fontSize].join();
})"""
WORD_KEY = "(text) => /\\\\b(page|error|bars|duel|map|models|answers|learning|tokens|export)\\\\.[a-z_]+/.test(text)"


@pytest.fixture
def open_view(open_file, tmp_path):
    """open_view(view, value, "ja", width=390, …) -> Page, with nothing asked for and nothing broken in the end."""
    pages = []

    def open_(view, value, language="en", **options):
        path = tmp_path / f"{view}.html"
        path.write_text(view_to_html(view, value, language, title=view), encoding="utf-8")
        pages.append(open_file(path, offline=True, **options))
        expect(pages[-1].page.locator(SEEN[view]).first).to_be_visible()
        return pages[-1].page

    yield open_
    for opened in pages:
        assert (opened.dialogs, opened.requests, opened.errors) == ([], [], [])


def with_plotly(page, view: str) -> None:
    if view in ("step", "score", "map", "learning"):
        wait_for_plots(page)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_page_draws_its_view_and_changes_its_language(open_view, view, language):
    page = open_view(view, VALUES[view], language)
    with_plotly(page, view)
    one = page.locator("main").inner_text()
    other = {"en": "日本語", "ja": "English"}[language]
    page.get_by_role("button", name=other).click()
    expect(page.locator("html")).to_have_attribute("lang", {"en": "ja", "ja": "en"}[language])
    another = page.locator("main").inner_text()
    assert one != another
    for text in (one, another):
        assert not page.evaluate(WORD_KEY, text), text


def test_saved_branches_open_at_the_step_where_they_were(open_view):
    page = open_view("map", VALUES["map"] | {"page": {"step": 2}})
    expect(page.locator(".tz-strip [aria-current]")).to_have_attribute("data-step", "2")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("view", VIEWS)
def test_markup_in_any_text_is_text(open_view, view, language):
    page = open_view(view, HOSTILE_VALUES[view], language)
    with_plotly(page, view)
    for element in page.locator("main :is(button, [tabindex]):visible").all()[:12]:
        element.focus()
    assert page.locator("main :is(img, b:text-is('bold'), script)").count() == 0
    assert "<img src=x" in page.locator("main").inner_text()


def test_markup_in_the_name_of_a_branch_is_its_name(open_view):
    page = open_view("map", HOSTILE_VALUES["map"])
    expect(page.locator(".tz-branch bdi").first).to_have_text(MARKUP)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("view", VIEWS)
def test_no_style_is_missing(open_view, view, width):
    page = open_view(view, VALUES[view], width=width, reduced_motion="reduce")
    with_plotly(page, view)
    page.wait_for_timeout(400)
    before = page.evaluate(BOXES)
    all_styles, own = (joined_modules(*view_modules(*views)).styles for views in ((), (view,)))
    sheets = "\n".join(path.read_text(encoding="utf-8") for path in all_styles if path not in own)
    page.evaluate(
        "(css) => { const all = new CSSStyleSheet(); all.replaceSync(css);document.adoptedStyleSheets = [all]; }",
        sheets,
    )
    assert page.evaluate(BOXES) == before


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_need_not_scroll_sideways(open_view, view):
    page = open_view(view, VALUES[view], "ja", width=360, height=780)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_branches_and_their_map_by_keyboard(open_view):
    page = open_view("map", VALUES["map"])
    branches, blocks = page.locator(".tz-branch"), page.locator(".tz-map .tz-taken")
    expect(branches).to_have_count(2)
    branches.nth(1).focus()
    page.keyboard.press("Enter")
    expect(branches.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".tz-strip .tz-token")).to_have_count(8)
    blocks.last.focus()
    page.keyboard.press("Enter")
    assert page.locator(".tz-map [aria-current=step]").count() == 1
    # There is no model here, so nothing offers to go on.
    assert page.locator(".tz-go-on:visible, .tz-map-ask:visible").count() == 0
    assert "goes on with" not in page.locator("main").inner_text()


def test_what_is_changed_on_the_page_can_be_undone(open_view):
    page = open_view("map", VALUES["map"])
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".tz-branch")).to_have_count(1)
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".tz-branch")).to_have_count(2)


def test_the_training_curve_follows_the_theme(open_view):
    page = open_view("learning", VALUES["learning"], color_scheme="light")
    with_plotly(page, "learning")
    line = page.locator(".tz-plot .scatterlayer path.js-line").last
    light = line.get_attribute("style")
    page.get_by_role("button", name="Light or dark").click()
    page.wait_for_function(
        "(light) => [...document.querySelectorAll('.tz-plot .scatterlayer path.js-line')].at(-1)"
        ".getAttribute('style') !== light",
        arg=light,
    )


def test_a_duel_says_who_wins_and_opens_a_text(open_view):
    page = open_view("duel", VALUES["duel"], "ja")
    expect(page.locator(".tz-duel-said")).to_contain_text("倍")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("status").first).to_contain_text("times as probable as")
    page.locator(".tz-duel-word").last.click()
    expect(page.locator(".tz-duel-player .tz-plot .main-svg").first).to_be_visible()


@pytest.mark.parametrize(("width", "height", "is_said"), [(960, 540, True), (640, 400, False)])
def test_a_duel_on_a_slide_says_who_wins_where_there_is_room(open_file, tmp_path, width, height, is_said):
    path = tmp_path / "duel.html"
    path.write_text(view_to_html("duel", VALUES["duel"]), encoding="utf-8")
    page = open_file(path, width, height, offline=True).page
    page.goto(f"{path.as_uri()}?embed=1")
    expect(page.locator(".tz-duel-grid")).to_be_visible()
    expect(page.locator(".tz-duel-said")).to_be_visible(visible=is_said)
    assert page.evaluate("document.scrollingElement.scrollHeight") == height
    assert page.locator(".tz-duel-figures").is_hidden()


def test_lessons_lead_to_one_another(open_file, tmp_path):
    lessons = [lesson("loop", "ja"), lesson("loop", "en"), lesson("pets", "ja", "answers")]
    make_folder(tmp_path / "lessons")
    write_lessons(tmp_path / "lessons", lessons, "ja")
    opened = open_file(tmp_path / "lessons" / INDEX, offline=True)
    page = opened.page
    page.get_by_role("link", name="loop <i>ja</i>").click()
    expect(page.locator(".tz-strip .tz-token").first).to_be_visible()
    wait_for_plots(page)
    page.get_by_role("button", name="English").click()
    expect(page.locator(".tz-lesson-title")).to_have_text("loop <i>en</i>")
    page.get_by_role("link", name="pets").click()
    expect(page.locator(".tz-answers-row").first).to_be_visible()
    page.get_by_role("link", name="loop").click()
    # The language chosen there stays.
    expect(page.locator(".tz-lesson-title")).to_have_text("loop <i>en</i>")
    assert (opened.dialogs, opened.errors) == ([], [])
    assert all(url.startswith((tmp_path.as_uri(), "data:")) for url in opened.requests)


@pytest.mark.parametrize("view", ["step", "score", "duel", "map", "answers"])
def test_without_scripts_a_page_says_so_and_shows_its_traces_as_tables(browser, tmp_path, view):
    path = tmp_path / "page.html"
    path.write_text(view_to_html(view, HOSTILE_VALUES[view], "ja"), encoding="utf-8")
    page = browser.new_page(java_script_enabled=False)
    page.goto(path.as_uri())
    assert "スクリプト" in page.locator("body").inner_text()
    tables = {"step": 1, "score": 1, "duel": 2, "map": 1}.get(view, 0)
    assert page.locator("table").count() == tables
    assert page.locator("noscript img, noscript script, noscript b").count() == 0
    page.close()
