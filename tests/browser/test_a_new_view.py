"""A view that this test adds to a copy of the house: a file in three rooms, a line for each, and its words.

It is a tab, a part of links and embeds, a page in a file, and the picture of a lesson. Leaves out: what views draw.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visitor
from tests.served import ROOT, serve_app

FILES = Path(__file__).parent / "new_view"
PLACES = {
    "in_model_utils.py": "model_utils/views/longest.py",
    "in_player.js": "assets/player/views/longest.js",
    "in_page.py": "page/views/longest.py",
}
LINES = {
    "model_utils/views/registry.py": (
        ("from . import answers, duel, ", "from . import answers, duel, longest, "),
        ("tokens.VIEW, ", "tokens.VIEW, longest.VIEW, "),
    ),
    "assets/player/views/all.js": (('import "./tokens.js";\n', 'import "./tokens.js";\nimport "./longest.js";\n'),),
    "page/views/registry.py": (
        ("from . import answers, duel, lessons, ", "from . import answers, duel, lessons, longest, "),
        ('"tokens": tokens}', '"tokens": tokens, "longest": longest}'),
    ),
}
WORDS = {
    "page.tab.longest": "Longest",
    "page.longest.text": "A text",
    "page.longest.run": "Find",
    "save.longest": "The longest token",
    "longest.said": "The longest token is {token}.",
}
TEXT = "I ordered strawberries."
SAID = "The longest token is "
LESSON = f"---\ntitle: Long\nlanguage: en\nview: longest\ninputs:\n  text: {TEXT}\norder: 0\n---\nLook.\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    house = tmp_path_factory.mktemp("house")
    for folder in ("page", "viz", "model_utils", "assets"):
        shutil.copytree(ROOT / folder, house / folder, ignore=_left_out)
    shutil.copy(ROOT / "app.py", house)
    (house / "assets/models").symlink_to(ROOT / "assets/models")
    for name, place in PLACES.items():
        assert not (house / place).exists()
        shutil.copy(FILES / name, house / place)
    for name, changes in LINES.items():
        written = (house / name).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in written
            written = written.replace(old, new)
        (house / name).write_text(written, encoding="utf-8")
    for path in (house / "assets/locales").glob("*.json"):
        words = json.loads(path.read_text(encoding="utf-8")) | WORDS
        path.write_text(json.dumps(words), encoding="utf-8")
    (house / "assets/lessons/long.en.md").write_text(LESSON, encoding="utf-8")
    served = serve_app(cwd=house)
    yield served.url
    served.stop()


def _left_out(folder: str, names: list[str]) -> list[str]:
    """The models, to which a link leads, and what Python has compiled."""
    return ["models"] if Path(folder) == ROOT / "assets" else [name for name in names if name == "__pycache__"]


def test_a_file_in_each_room_and_a_line_for_each_make_a_view(browser: Browser, url: str, tmp_path: Path) -> None:
    context = browser.new_context(locale="en-US", accept_downloads=True)
    visitor = Visitor(context.new_page(), url)
    page = visitor.page
    page.get_by_role("tab", name="Longest").click()
    page.locator("#longest-text textarea").fill(TEXT)
    page.locator("#longest-run").click()
    said = page.locator("#longest .tz-longest-said")
    expect(said).to_contain_text(SAID)
    found = said.inner_text()
    visitor.followed()
    end = page.url.removeprefix(url)

    for place in (end, f"?embed=1{end}"):
        other = Visitor(context.new_page(), url + place)
        expect(other.page.locator("#longest .tz-longest-said")).to_have_text(found)
        expect(other.page.locator("#longest-text textarea")).to_have_value(TEXT)
        expect(other.page.locator("#longest-run")).to_be_visible(visible="embed" not in place)
        assert other.troubles == []

    with page.expect_download() as download:
        page.locator(".save-page:visible").get_by_role("button", name="Save as page").click()
    download.value.save_as(tmp_path / "longest.html")
    saved = context.new_page()
    saved.goto((tmp_path / "longest.html").as_uri())
    expect(saved.locator(".tz-longest-said")).to_have_text(found)

    page.get_by_role("tab", name="Lessons").click()
    expect(page.locator("#lessons .tz-longest-said")).to_have_text(found)
    assert visitor.troubles == []
    context.close()
