"""Chromium as the tests start it: the system's programs where it has some, and Playwright's own where it has none."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, BrowserType

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SHELL = "chromium-headless-shell"
WHOLE = ("chromium", "chromium-browser", "google-chrome")


def launch_light(chromium: BrowserType) -> Browser:
    """The headless shell, or else a whole one: without the parts of a desktop's browser, a page opens in a third of
    the time.
    """
    return chromium.launch(executable_path=_first(SHELL, *WHOLE), args=ARGUMENTS)


def launch_whole(chromium: BrowserType) -> Browser:
    """One that prints frames of other origins, too, which the shell leaves empty."""
    path = _first(*WHOLE)
    return chromium.launch(executable_path=path, channel=None if path else "chromium", args=ARGUMENTS)


def _first(*names: str) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)
