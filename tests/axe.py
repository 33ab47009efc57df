"""axe-core on an open page, with the rules of WCAG 2.2, levels A and AA.

Leaves out: which pages, and in which state.
"""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Preloading, which fetches every style sheet again, is for rules on sounds, and on screens that are turned.
OPTIONS = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"], "preload": False}


def violations(page: Page) -> list[str]:
    """Each rule that is broken, at what, and how: a line an element."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("async (options) => (await axe.run(options)).violations", OPTIONS)
    return [f"{rule['id']}: {node['target']}: {why(node)}" for rule in found for node in rule["nodes"]]


def why(node: dict) -> str:
    return "; ".join(check["message"] for kind in ("any", "all", "none") for check in node[kind])


def open_folds(page: Page) -> None:
    """Open all that is folded away and can be seen."""
    page.evaluate(
        "() => [...document.querySelectorAll('details')].filter((fold) => fold.checkVisibility())"
        ".forEach((fold) => (fold.open = true))"
    )
