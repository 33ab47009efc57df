"""Plotly's pictures on an open page. Leaves out: what is in them."""

from __future__ import annotations

from playwright.sync_api import Page

NARROW_PX = 520
"""Narrower players fold them away, and Plotly is not loaded for them (assets/player/step/player.js)."""


def wait_for_plots(page: Page) -> None:
    """Wait for the first plot, if there is room for one."""
    page.wait_for_function(
        "(narrow) => document.querySelector('.tz-plot .main-svg')"
        " || (innerWidth < narrow && document.querySelector('.tz-side'))",
        arg=NARROW_PX,
    )
