"""The page in a real browser: how long from start to served, open to drawn, Run to first bars, key to paint.

Times of one machine, for its owner to judge; nothing here is a test. Leaves out: the model's own speed (`generation`).
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import time
from typing import Any

from ..served import serve_app

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
ARGUMENTS = ["--no-sandbox", "--disable-gpu"]

KEY_TO_PAINT = """
async (steps) => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  const times = [];
  for (let at = 0; at < steps; at += 1) {
    await new Promise((done) => setTimeout(done, 30 + 13 * Math.random()));
    const key = Math.floor(at / 15) % 2 ? "ArrowLeft" : "ArrowRight";
    const begin = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    await painted();
    times.push(performance.now() - begin);
  }
  return times;
}
"""


def page(runs: int) -> dict[str, Any]:
    starts, opens, bars, keys, requests = [], [], [], [], 0
    for _ in range(runs):
        begin = time.perf_counter()
        served = serve_app(**QUIET)
        starts.append(time.perf_counter() - begin)
        try:
            found = _visit(served.url)
        finally:
            served.stop()
        opens.append(found["open"])
        bars.extend(found["bars"])
        keys.extend(found["keys"])
        requests += found["requests_while_stepping"]
    return {
        "start_to_served_seconds": round(statistics.median(starts), 2),
        "open_to_drawn_seconds": round(statistics.median(opens), 2),
        "run_to_bars_ms": round(statistics.median(bars)),
        "key_to_paint_ms": round(statistics.median(keys), 1),
        "requests_while_stepping": requests,
        "runs": runs,
    }


def _visit(url: str) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        tab = browser.new_page(locale="ja-JP")
        tab.goto("about:blank")
        begin = time.perf_counter()
        tab.goto(url, wait_until="commit")
        tab.wait_for_selector("#player .tz-row", timeout=60_000)
        opened = time.perf_counter() - begin
        time.sleep(8)  # until the model is loaded and the timelines are drawn
        bars = [_run(tab, prompt) for prompt in ("今日は", "I like", "猫が", "She was", "犬は")][1:]
        tab.get_by_role("button", name="The old man").click()
        time.sleep(1)
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        keys = tab.evaluate(KEY_TO_PAINT, 100)
        browser.close()
    return {"open": opened, "bars": bars, "keys": keys, "requests_while_stepping": len(asked)}


def _run(tab: Any, prompt: str) -> float:
    """Milliseconds from the press of Run to the first frame that shows bars of the new prompt's trace."""
    tab.locator("#prompt textarea").fill(prompt)
    time.sleep(0.5)
    elapsed: float = tab.evaluate(
        """(prompt) => new Promise((done) => {
          const begin = performance.now();
          document.querySelector("#run").click();
          const look = () => {
            // The prompt's tokens in the strip say that the bars beside them are the new trace's.
            const given = [...document.querySelectorAll("#player .tz-given")].map((cell) => cell.textContent).join("");
            const isNew = given.replaceAll("␣", " ").trim() === prompt;
            if (isNew && document.querySelector("#player .tz-row")) return done(performance.now() - begin);
            requestAnimationFrame(look);
          };
          look();
        })""",
        prompt,
    )
    time.sleep(0.7)
    return elapsed
