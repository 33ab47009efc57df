"""The app is killed while a page is open: the page says so, keeps what it shows, and goes on when the app is back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from ..served import Served, serve_app
from .conftest import Visitor

LOOK_MS = 10_000
"""How long a page waits before it looks again whether the app is there (health.js)."""
SEEN_MS = 300
"""Time for many more tokens of the endless model."""


@pytest.fixture
def own_app() -> Iterator[Served]:
    """An app of its own, which may be killed and started again at the same address."""
    served = serve_app()
    yield served
    served.kill()


def test_a_killed_app_is_missed_in_both_languages_and_nothing_is_lost(browser: Browser, own_app: Served, endless):
    pages = [browser.new_context(locale=locale).new_page() for locale in ("en-US", "ja-JP")]
    pages[1].clock.install()
    visitor, other = (Visitor(page, own_app.url) for page in pages)
    page, lost = visitor.page, visitor.page.locator(".tz-lost")
    visitor.choose_model(endless)
    visitor.type_prompt("Once upon a time")
    visitor.set_length(3000)
    visitor.run()
    visitor.wait_for_growth("upon", 12)
    own_app.kill()
    # A press has the page look at once; untouched, it looks when its time has come.
    page.locator("body").dispatch_event("click")
    other.page.clock.fast_forward(LOOK_MS)
    expect(lost).to_contain_text("does not answer")
    expect(other.page.locator(".tz-lost")).to_contain_text("応答していません")
    other.page.context.close()
    shown = visitor.tokens()
    assert len(shown) > 8
    page.wait_for_timeout(SEEN_MS)
    assert visitor.tokens() == shown
    assert page.locator("#prompt textarea").input_value() == "Once upon a time"
    page.evaluate("window.isOld = true")
    own_app.start()
    # Gradio loads the page again, at once or after a while.
    page.wait_for_function("!window.isOld")
    expect(lost).to_be_hidden()
    visitor.finished()
    expect(visitor.strip).to_contain_text("upon")
    assert visitor.tokens() == shown
    visitor.choose_model("small")
    visitor.type_prompt("The cat")
    visitor.set_length(4)
    visitor.run()
    expect(visitor.strip).to_contain_text("cat")
    visitor.finished()
    page.context.close()
