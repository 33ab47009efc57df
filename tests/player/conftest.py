"""Exported pages opened in the browser, for the player's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from model_utils.values import Trace
from viz import to_html


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
