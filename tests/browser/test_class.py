"""Several pages on one app: a closed one leaves nothing running, and what one has asked for another has at once."""

from __future__ import annotations

import time
import urllib.request

from playwright.sync_api import expect
from prometheus_client.parser import text_string_to_metric_families

PATIENCE_SECONDS = 30


def metric(app: str, name: str, **labels: str) -> float:
    text = urllib.request.urlopen(f"{app}metrics", timeout=10).read().decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return next((one.value for one in samples if one.name == name and labels.items() <= one.labels.items()), 0.0)


def wait_for(app: str, name: str, value: float, **labels: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while metric(app, name, **labels) != value:
        assert time.monotonic() < end, f"{name} is {metric(app, name, **labels)}"
        time.sleep(0.1)


def test_a_closed_page_leaves_nothing_running(visit, app, endless):
    visitor = visit()
    visitor.choose_model(endless)
    visitor.type_prompt("Once upon a time")
    visitor.set_length(3000)
    visitor.run()
    visitor.wait_for_growth("upon", 12)
    assert metric(app, "tsuzuki_jobs_begun") == 1
    visitor.page.close()
    wait_for(app, "tsuzuki_jobs_begun", 0)


def test_what_one_page_asked_for_another_has_at_once(visit, app):
    before = metric(app, "tsuzuki_jobs_total", kind="run", outcome="done")
    for locale in ("en-US", "ja-JP"):
        visitor = visit(locale=locale)
        visitor.type_prompt("The old woman said that")
        visitor.set_length(9)
        visitor.run()
        expect(visitor.strip).to_contain_text("woman")
        visitor.finished()
    assert metric(app, "tsuzuki_jobs_total", kind="run", outcome="done") == before + 1
