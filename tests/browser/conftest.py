"""The real app with the embedded model, served on a free port, and a visitor who notes all that goes wrong."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from model_utils.views.protocol.branches import Saved, branches_from_wire

from ..made import save_llama
from ..served import serve_app

ROOT = Path(__file__).resolve().parents[2]
REST_FRAMES = 6
"""Painted frames without a change after the app's last answer: it is on the page by then."""
PLOTLY = "*/plotly.js*"
expect.set_options(timeout=60_000)

NOTE_OWED = """(() => {
  const ask = window.fetch;
  const [owed, given] = [(window.owed = new Set()), new Set()];
  window.questions = 0;
  const OVER = /"msg": ?"process_completed"[^]*?"event_id": ?"([^"]+)"/;
  const give = (event) => (given.add(event), owed.delete(event));
  async function follow(stream) {
    try {
      let text = "";
      for await (const part of stream.pipeThrough(new TextDecoderStream())) {
        const lines = (text + part).split("\\n\\n");
        text = lines.pop();
        for (const line of lines) if (OVER.test(line)) give(OVER.exec(line)[1]);
      }
    } catch {
      // The app, or the page, has closed it.
    }
    owed.clear();
  }
  window.fetch = async (...request) => {
    const question = Symbol();
    const address = request[0].url ?? `${request[0]}`;
    const isEvent = address.includes("/queue/join");
    if (isEvent) {
      owed.add(question);
      window.questions += 1;
    }
    try {
      const answer = await ask(...request);
      if (isEvent && answer.ok) {
        const { event_id } = await answer.clone().json();
        if (!given.has(event_id)) owed.add(event_id);
      }
      if (address.includes("/queue/data")) follow(answer.clone().body);
      return answer;
    } finally {
      owed.delete(question);
    }
  };
})()"""
"""Counts what Gradio asks of the app, and notes in `window.owed` what the app has not answered to its end."""

ADDRESS_FOLLOWS = """async () => {
  const rest = location.origin + location.pathname + location.search;
  for (const begun = performance.now(); (await TsuzukiPage.link() || rest) !== location.href; ) {
    if (performance.now() - begun > 30_000) throw new Error("the address does not follow");
    await new Promise((done) => setTimeout(done, 20));
  }
}"""
KEPT = """() => new Promise((done) => {
  const request = indexedDB.open("tsuzuki");
  request.onsuccess = () => {
    // Reading waits for what the page has begun to write.
    const reading = request.result.transaction("page").objectStore("page").get("branches");
    reading.onsuccess = () => (request.result.close(), done());
  };
})"""

IS_AT_REST = """([look, begun, frames]) => {
  const now = owed.size ? null : look();
  const isSame = now !== null && window.seenOn === begun && window.seen === now;
  [window.seenOn, window.seen, window.seenFrames] = [begun, now, isSame ? window.seenFrames + 1 : 0];
  return window.seenFrames >= frames;
}"""


@pytest.fixture(scope="session")
def app() -> Iterator[str]:
    """The address of a running `python app.py`."""
    served = serve_app()
    yield served.url
    served.stop()


@pytest.fixture(scope="session")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of random weights that goes on until it is stopped, at a few milliseconds a token."""
    folder = tmp_path_factory.mktemp("models") / "endless"
    shape = {"hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 12, "num_attention_heads": 4}
    save_llama(folder, **shape, max_position_embeddings=4096, bos_token_id=0)
    return folder


def branches_of(file: str) -> Saved:
    return branches_from_wire(json.loads(file))._replace(page=None)


class Visitor:
    """One open page, and what a test asks of it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.requests: list[str] = []
        self.troubles: list[str] = []
        self.sent: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("request", lambda request: self.sent.append(request.post_data or ""))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", lambda said: self.troubles.append(said.text) if "Security Policy" in said.text else None)
        page.on("dialog", lambda dialog: (self.troubles.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.add_init_script(NOTE_OWED)
        page.goto(url)
        self.player = page.locator("#player")
        self.strip = self.player.locator(".tz-strip")
        self.notice = page.locator("[role=tabpanel]:visible .tz-notice").first
        expect(self.strip).to_be_attached() if "#" in url else expect(self.strip).to_be_visible()

    def type_prompt(self, text: str) -> None:
        self.page.locator("#prompt textarea").fill(text)

    def set_length(self, tokens: int) -> None:
        self.page.locator("#length input").fill(str(tokens))
        self.page.locator("#length input").blur()

    def choose_model(self, name: str | Path) -> None:
        self.page.locator("#model input").fill(str(name))
        self.page.locator("#model input").press("Enter")

    def run(self) -> None:
        """Press Run, and wait until the page has asked the app: from then on, the app owes an answer."""
        before = self.page.evaluate("questions")
        self.page.locator("#run").click()
        self.page.wait_for_function("(before) => questions > before", arg=before)

    def run_to_end(self, prompt: str, length: int) -> None:
        self.type_prompt(prompt)
        self.set_length(length)
        self.run()
        self.finished()

    def rest(self, look: str, frames: int = REST_FRAMES) -> None:
        """Wait until the app owes no answer and a JavaScript function has returned one string for so many frames; null,
        where it is too early.
        """
        arg = [time.monotonic(), frames]
        self.page.wait_for_function(f"([begun, frames]) => ({IS_AT_REST})([{look}, begun, frames])", arg=arg)

    def answered(self) -> None:
        """Wait until the app owes nothing, and its answers are on the page."""
        self.rest("() => ''")

    def finished(self) -> None:
        """Wait until Run is back, which it is at once of a short run, and nothing more comes: the trace is whole."""
        self.rest(
            """() => document.querySelector("#run")?.checkVisibility()
              ? String(document.querySelectorAll("#player .tz-token, #player .tz-branch").length) : null"""
        )

    def followed(self) -> None:
        """Wait until the address names what is on the page, which has been kept for the next visit by then."""
        self.page.evaluate(ADDRESS_FOLLOWS)
        self.page.evaluate(KEPT)

    def wait_for_growth(self, word: str, tokens: int) -> None:
        """Wait until the strip holds a word of the new prompt and more than so many tokens."""
        self.page.wait_for_function(
            """([word, tokens]) => {
              const cells = [...document.querySelectorAll("#player .tz-strip .tz-token")];
              return cells.length > tokens && cells.some((cell) => cell.textContent.includes(word));
            }""",
            arg=[word, tokens],
        )

    def choose_language(self, name: str) -> None:
        self.page.locator("#language").get_by_text(name).click()

    @property
    def tabs(self) -> Locator:
        """Those of all groups, of which a phone shows one."""
        return self.page.locator("#tabs [role=tab]")

    def tab(self, number: int) -> None:
        tab = self.tabs.nth(number)
        if not tab.is_visible():
            self.page.locator(f".tz-groups [data-group={tab.get_attribute('data-group')}]").click()
        tab.click()
        # A tab is built when it is first opened; its pictures come last, and then its fields listen.
        expect(self.page.locator(".tz-host:visible > *").first).to_be_attached()
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('.tz-host')].filter((host) => host.closest('[role=tabpanel]')"
            "?.checkVisibility()).every((host) => host.childElementCount)"
        )

    def tokens(self) -> list[str]:
        return self.strip.locator(".tz-token").all_inner_texts()

    def saved_file(self) -> str:
        """What the page's Save button gives: branches, and what else is on the page."""
        with self.page.expect_download() as download:
            self.page.locator("#file button").nth(1).click()
        return Path(download.value.path()).read_text(encoding="utf-8")

    def saved_branches(self) -> Saved:
        """The branches of that file alone."""
        return branches_of(self.saved_file())

    def saved(self) -> str:
        """The trace that the page shows, from its file."""
        branches, current, *_ = self.saved_branches()
        return branches[current].trace.to_json()

    def foreign_requests(self, url: str) -> list[str]:
        return [found for found in self.requests if not re.match(rf"({re.escape(url)}|data:|blob:|about:)", found)]


@pytest.fixture
def visit(browser: Browser, app: str) -> Iterator[Callable[..., Visitor]]:
    """visit("ja-JP", width=390, plots=True, …) -> Visitor. Whatever a test does, no request leaves and nothing breaks.

    Plotly takes longer to load than all else together, so a page has it only with `plots`.
    """
    visitors: list[Visitor] = []

    def open_page(
        locale: str = "en-US",
        width: int = 1280,
        height: int = 900,
        end: str = "",
        plots: bool = False,
        **options: object,
    ) -> Visitor:
        context = browser.new_context(locale=locale, viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(60_000)
        page = context.new_page()
        if not plots:
            network = context.new_cdp_session(page)
            network.send("Network.enable")
            network.send("Network.setBlockedURLs", {"urls": [PLOTLY]})
        visitors.append(Visitor(page, app + end))
        return visitors[-1]

    yield open_page
    for visitor in visitors:
        visitor.page.context.close()
        assert visitor.foreign_requests(app) == []
        assert visitor.troubles == []
