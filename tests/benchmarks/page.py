"""The page in a real browser: how long from start to served, open to drawn, Run to first bars, key or knob to paint,
and Plotly's own to draw as many bars anew.

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

TO_PAINT = """
async ([name, count]) => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  const plot = document.body.appendChild(document.createElement("div"));
  const knob = document.querySelectorAll(".tz-knob-slider")[3];
  const rows = [...Array(document.querySelectorAll("#player .tz-row").length).keys()];
  const bars = (at) => [{ type: "bar", orientation: "h", y: rows, x: rows.map((rank) => 1 / (1 + rank + (at % 15))) }];
  const acts = {
    key: (at) => {
      const key = Math.floor(at / 15) % 2 ? "ArrowLeft" : "ArrowRight";
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    },
    knob: (at) => {
      knob.value = 0.3 + (at % 60) / 100;
      knob.dispatchEvent(new Event("input"));
    },
    plotly: (at) => Plotly.react(plot, bars(at), { width: 480, height: 480 }),
  };
  const times = [];
  for (let at = 0; at < count; at += 1) {
    await new Promise((done) => setTimeout(done, 30 + 13 * Math.random()));
    const begin = performance.now();
    await acts[name](at);
    await painted();
    times.push(performance.now() - begin);
  }
  plot.remove();
  return times;
}
"""


def page(runs: int) -> dict[str, Any]:
    starts, opens, bars, requests = [], [], [], 0
    paints: dict[str, list[float]] = {name: [] for name in ("key", "knob", "plotly")}
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
        for name, times in paints.items():
            times.extend(found[name])
        requests += found["requests_while_stepping"]
    to_paint = {name: statistics.median(times) for name, times in paints.items()}
    return {
        "start_to_served_seconds": round(statistics.median(starts), 2),
        "open_to_drawn_seconds": round(statistics.median(opens), 2),
        "run_to_bars_ms": round(statistics.median(bars)),
        **{f"{name}_to_paint_ms": round(time, 1) for name, time in to_paint.items()},
        "key_to_plotly_ratio": round(to_paint["key"] / to_paint["plotly"], 2),
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
        paints = {name: tab.evaluate(TO_PAINT, [name, 100]) for name in ("key", "knob", "plotly")}
        browser.close()
    return {"open": opened, "bars": bars, "requests_while_stepping": len(asked), **paints}


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
