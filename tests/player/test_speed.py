"""From key to paint, on a page of its own."""

from __future__ import annotations

import statistics

from tests.viz.fakes import LONG_TRACE

STEP_MS = 20

STEPPING = """async (count) => {
    let calls = 0;
    for (const name of ['react', 'newPlot', 'restyle', 'relayout', 'update', 'animate', 'redraw']) {
        const original = Plotly[name];
        Plotly[name] = (...rest) => { calls += 1; return original(...rest); };
    }
    const painted = () => new Promise(resolve => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => resolve(performance.now());
        channel.port2.postMessage(0);
    }));
    const times = [], scripts = [];
    for (let at = 0; at < count; at += 1) {
        await new Promise(resolve => setTimeout(resolve, 7 + (at * 5) % 16));
        const start = performance.now();
        const key = at % 100 < 50 ? 'ArrowRight' : 'ArrowLeft';
        document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
        scripts.push(performance.now() - start);
        times.push(await painted() - start);
    }
    return {calls, times, scripts};
}"""


def test_a_step_is_painted_within_twenty_milliseconds_and_asks_nothing_of_plotly(open_trace, capsys):
    opened = open_trace(LONG_TRACE)
    opened.page.wait_for_timeout(500)
    measured = opened.page.evaluate(STEPPING, 100)
    median = statistics.median(measured["times"])
    script = statistics.median(measured["scripts"])
    with capsys.disabled():
        print(f"\nkey to paint: median {median:.1f} ms of 100 steps (script {script:.1f} ms)")
    assert measured["calls"] == 0
    assert median <= STEP_MS
