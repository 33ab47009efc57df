"""Exported pages opened in the browser, and the map of some branches on one, for the player's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from model_utils.values import Trace
from tests.viz.fakes import NO_STEPS
from viz import to_html

SHOW_MAP = """([value, language]) => {
    const { setup } = JSON.parse(document.getElementById('tsuzuki-data').textContent);
    const branches = window.branches = new Tsuzuki.Branches();
    const [top, below] = [document.createElement('div'), document.createElement('div')];
    document.body.replaceChildren(top, below);
    [window.asked, window.opened] = [[], 0];
    const ask = (branch, { text }) => asked.push([branch.key, Tsuzuki.idsOf(branch.wire), text]);
    const openExample = () => (window.opened += 1);
    window.player = new Tsuzuki.Player(top, { setup, branches, ask });
    window.map = new Tsuzuki.ProbabilityMap(below, { setup, language, branches, player, openExample });
    branches.fromValue(value);
}"""


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
def open_trace(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """open_trace(trace, "ja", width=390, …) -> Opened: the trace's exported page, with its timelines drawn."""
    contexts = []

    def open_(trace: Trace, language: str = "en", width: int = 1440, height: int = 900, **options: object) -> Opened:
        path = tmp_path / "page.html"
        path.write_text(to_html(trace, language), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("dialog", lambda dialog: (opened.dialogs.append(dialog.message), dialog.dismiss()))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.goto(path)
        if trace.steps:
            opened.page.wait_for_selector(".tz-plot .main-svg", state="attached")
        return opened

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def open_map(open_trace: Callable[..., Opened]) -> Iterator[Callable[..., Page]]:
    """open_map(value, "ja", width=390, …) -> Page: saved branches in a player, and their map below it."""
    opened: list[Opened] = []

    def open_(value: dict[str, Any], language: str = "en", **options: Any) -> Page:
        opened.append(open_trace(NO_STEPS, language, **options))
        opened[-1].page.evaluate(SHOW_MAP, [value, language])
        return opened[-1].page

    yield open_
    for one in opened:
        assert (one.dialogs, one.requests, one.errors) == ([], [], [])
