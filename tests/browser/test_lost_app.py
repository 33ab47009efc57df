"""The app is killed while a page is open: the page says so, keeps what it shows, and goes on when the app is back."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, expect

from .conftest import ROOT, Visitor, wait_until_served


class App:
    """An app of its own, which may be killed and started again at the same address."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self.start()

    def start(self) -> None:
        environment = {**os.environ, "GRADIO_SERVER_PORT": str(self.port), "HF_HUB_OFFLINE": "1"}
        self.process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
        wait_until_served(self.url, self.process)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def own_app():
    app = App()
    yield app
    app.kill()


@pytest.mark.parametrize(("locale", "said"), [("en-US", "does not answer"), ("ja-JP", "応答していません")])
def test_a_killed_app_is_missed_and_nothing_is_lost(browser: Browser, own_app: App, endless, locale, said):
    visitor = Visitor(browser.new_context(locale=locale).new_page(), own_app.url)
    page, lost = visitor.page, visitor.page.locator(".tz-lost")
    visitor.choose_model(endless)
    visitor.type_prompt("Once upon a time")
    visitor.set_length(3000)
    visitor.run()
    visitor.wait_for_growth("upon", 12)
    own_app.kill()
    expect(lost).to_contain_text(said)
    shown = visitor.tokens()
    assert len(shown) > 8
    page.wait_for_timeout(1_000)
    assert visitor.tokens() == shown
    assert page.locator("#prompt textarea").input_value() == "Once upon a time"
    own_app.start()
    expect(lost).to_be_hidden()
    visitor.finished()
    # Gradio may by now have opened the page anew.
    expect(visitor.strip.locator(".tz-token").first).to_be_visible()
    visitor.choose_model("small")
    visitor.type_prompt("The cat")
    visitor.set_length(4)
    visitor.run()
    expect(visitor.strip).to_contain_text("cat")
    visitor.finished()
    page.context.close()
