"""Exported pages opened in the browser, and the map of some branches on one, for the player's tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from model_utils.trace.values import Trace
from tests.plots import wait_for_plots
from tests.viz.fakes import NO_STEPS
from viz import bundle, player_setup, to_html
from viz.pages.assets import view_modules

SHOW_MAP = """([value, language]) => {
    const { setup } = JSON.parse(document.getElementById('tsuzuki-data').textContent);
    const { Branches, idsOf } = Tsuzuki['player/trace/branches'];
    const { ProbabilityMap } = Tsuzuki['player/map/map'];
    const branches = window.branches = new Branches();
    const [top, below] = [document.createElement('div'), document.createElement('div')];
    document.head.append(document.getElementById('tsuzuki-plotly') ?? '');
    document.body.replaceChildren(top, below);
    [window.asked, window.opened] = [[], 0];
    const ask = (branch, { text }) => asked.push([branch.key, idsOf(branch.wire), text]);
    const openExample = () => (window.opened += 1);
    window.player = new Tsuzuki[`player/step/player`].Player(top, { setup, branches, ask });
    window.map = new ProbabilityMap(below, { setup, language, branches, player, openExample });
    branches.fromValue(value);
}"""

OUTLINE = """(value) => {
    const branches = new Tsuzuki[`player/trace/branches`].Branches();
    branches.fromValue(value);
    return Tsuzuki[`page/address/outline`].outline(branches);
}"""
"""Branches as a link names them."""

PLOTLY = re.compile(r'<script type="text/plain" id="tsuzuki-plotly">.*?</script>\n', re.DOTALL)
GIVE_SETUP = """(setup) => {
    const data = document.getElementById('tsuzuki-data');
    data.textContent = JSON.stringify({ ...JSON.parse(data.textContent), setup });
}"""


def load_all(page: Page) -> None:
    """Every view, and what packs a link, in the place of what the exported page of a trace has."""
    everything = bundle(
        *view_modules(), "page/address/link", "page/lessons", "page/address/outline", "player/frame/page_frame"
    )
    page.add_script_tag(content=everything.script)
    page.add_style_tag(content=everything.style)
    page.evaluate(GIVE_SETUP, player_setup())


@dataclass
class Opened:
    """A page, and everything that happened on it that should not."""

    page: Page
    dialogs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def goto(self, path: Path) -> None:
        self.page.goto(path.as_uri())
        self.requests.remove(path.as_uri())


@pytest.fixture
def open_file(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """open_file(path, width=390, …) -> Opened: a page from the file system."""
    contexts = []

    def open_(path: Path, width: int = 1440, height: int = 900, **options: object) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("dialog", lambda dialog: (opened.dialogs.append(dialog.message), dialog.dismiss()))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.goto(path)
        return opened

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def open_trace(open_file: Callable[..., Opened], tmp_path: Path) -> Callable[..., Opened]:
    """open_trace(trace, "ja", plots=True, width=390, …) -> Opened: its exported page.

    Plotly takes longer to load than all else together, so a page has it, and its timelines drawn, only with `plots`.
    """

    def open_(trace: Trace, language: str = "en", plots: bool = False, **options: Any) -> Opened:
        path = tmp_path / "page.html"
        html = to_html(trace, language)
        path.write_text(html if plots else PLOTLY.sub("", html), encoding="utf-8")
        opened = open_file(path, **options)
        if plots and trace.steps:
            wait_for_plots(opened.page)
        return opened

    return open_


@pytest.fixture
def open_map(open_trace: Callable[..., Opened]) -> Iterator[Callable[..., Page]]:
    """open_map(value, "ja", width=390, …) -> Page: saved branches in a player, and their map below it."""
    opened: list[Opened] = []

    def open_(value: dict[str, Any], language: str = "en", **options: Any) -> Page:
        opened.append(open_trace(NO_STEPS, language, **options))
        load_all(opened[-1].page)
        opened[-1].page.evaluate(SHOW_MAP, [value, language])
        return opened[-1].page

    yield open_
    for one in opened:
        assert (one.dialogs, one.requests, one.errors) == ([], [], [])


@pytest.fixture
def page(open_trace: Callable[..., Opened]) -> Iterator[Page]:
    """A page with every module and nothing to see, on which nothing breaks. Modules with other needs have their own."""
    opened = open_trace(NO_STEPS)
    load_all(opened.page)
    yield opened.page
    assert (opened.dialogs, opened.requests, opened.errors) == ([], [], [])
