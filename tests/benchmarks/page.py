"""The page in a real browser: how long from start to served, open to drawn, Run to first bars, key or knob to paint,
and what a phone that opens it loads and costs the app.

Times of one machine, for its owner to judge; nothing here is a test. Leaves out: the model's own speed (`generation`).
"""

from __future__ import annotations

import statistics
import subprocess
import time
import urllib.request
from typing import Any

from ..chromium import launch_whole
from ..served import serve_app

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

TO_PAINT = """
async ([name, count]) => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  const knob = document.querySelectorAll(".tz-knob-slider")[3];
  const acts = {
    key: (at) => {
      const key = Math.floor(at / 15) % 2 ? "ArrowLeft" : "ArrowRight";
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    },
    knob: (at) => {
      knob.value = 0.3 + (at % 60) / 100;
      knob.dispatchEvent(new Event("input"));
    },
  };
  const times = [];
  for (let at = 0; at < count; at += 1) {
    await new Promise((done) => setTimeout(done, 30 + 13 * Math.random()));
    const begin = performance.now();
    acts[name](at);
    await painted();
    times.push(performance.now() - begin);
  }
  return times;
}
"""


def page(runs: int) -> dict[str, Any]:
    starts, opens, bars, phones, requests = [], [], [], [], 0
    paints: dict[str, list[float]] = {name: [] for name in ("key", "knob")}
    for _ in range(runs):
        begin = time.perf_counter()
        served = serve_app(**QUIET)
        starts.append(time.perf_counter() - begin)
        try:
            found = _visit(served.url)
        finally:
            served.stop()
        opens.append(found["open"])
        phones.append(found["phone"])
        bars.extend(found["bars"])
        for name, times in paints.items():
            times.extend(found[name])
        requests += found["requests_while_stepping"]
    return {
        "start_to_served_seconds": round(statistics.median(starts), 2),
        "open_to_drawn_seconds": round(statistics.median(opens), 2),
        "run_to_bars_ms": round(statistics.median(bars)),
        **{f"{name}_to_paint_ms": round(statistics.median(times), 1) for name, times in paints.items()},
        "requests_while_stepping": requests,
        **{f"phone_{name}": round(statistics.median(one[name] for one in phones)) for name in phones[0]},
        "runs": runs,
    }


def _visit(url: str) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch_whole(playwright.chromium)
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
        # Whether the app is still there is asked every ten seconds (health.js).
        tab.on("request", lambda request: request.url.endswith("/health") or asked.append(request.url))
        paints = {name: tab.evaluate(TO_PAINT, [name, 100]) for name in ("key", "knob")}
        phone = _phones(browser, url)
        browser.close()
    return {"open": opened, "bars": bars, "requests_while_stepping": len(asked), "phone": phone, **paints}


def _phones(browser: Any, url: str, count: int = 5) -> dict[str, float]:
    """Of each of so many phones that open the page for the first time: kilobytes, requests, and the app's own time."""
    begin, sizes = _processor_seconds(url), []
    for _ in range(count):
        context = browser.new_context(viewport={"width": 390, "height": 844})
        tab = context.new_page()
        network = context.new_cdp_session(tab)
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        tab.goto(url)
        tab.wait_for_selector("#player .tz-row", timeout=60_000)
        tab.wait_for_timeout(3_000)
        context.close()
    spent = (_processor_seconds(url) - begin) / count
    return {"kilobytes": sum(sizes) / count / 1000, "requests": len(sizes) / count, "processor_ms": spent * 1000}


def _processor_seconds(url: str) -> float:
    text = urllib.request.urlopen(f"{url}metrics").read().decode()
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith("process_cpu_seconds_total "))


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
