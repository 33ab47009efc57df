"""A trace as a notebook shows it: its HTML opened in a browser, in a page like a notebook's."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from model_utils import Trace
from tests.viz.fakes import AWKWARD_TRACE, HOSTILE, JAPANESE_TRACE, LONG_TRACE, NO_STEPS, SCORED_TRACE, scored
from viz.theme import DARK, LIGHT

MOST_BYTES = 250_000
ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = '<!doctype html><body data-jp-theme-light="{light}"><h1>Notebook</h1>{output}</body>'


@pytest.fixture
def open_output(browser, tmp_path):
    """open_output(trace, light="false", width=700) -> (page, frame); whatever a token contains, nothing goes wrong."""
    opened = []

    def open_(trace: Trace, light: str = "true", width: int = 1000, **options: object):
        path = tmp_path / "notebook.html"
        path.write_text(NOTEBOOK.format(light=light, output=trace._repr_html_()), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(60_000)
        page, troubles = context.new_page(), []
        opened.append((context, troubles))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith(("file:", "about:")) or troubles.append(request.url))
        page.goto(path.as_uri())
        frame = page.frame_locator("iframe")
        frame.locator(".tz-body").wait_for()
        return page, frame

    yield open_
    for context, troubles in opened:
        assert troubles == []
        context.close()


def test_it_is_the_player_and_it_steps(open_output) -> None:
    page, frame = open_output(JAPANESE_TRACE)
    assert frame.locator(".tz-token[data-step]").count() == len(JAPANESE_TRACE.steps)
    frame.locator(".tz-button").nth(2).click()
    assert frame.locator(".tz-current").inner_text().strip() == "です"
    assert page.locator("img").count() == 0


def test_the_frame_is_as_high_as_what_is_in_it(open_output) -> None:
    for trace, width in [(JAPANESE_TRACE, 1000), (SCORED_TRACE, 500), (NO_STEPS, 1000)]:
        page, frame = open_output(trace, width=width)
        inside = "() => frames[0].document.querySelector('main').getBoundingClientRect().bottom"
        page.wait_for_function(f"Math.abs(({inside})() - document.querySelector('iframe').offsetHeight) <= 1")
        assert page.evaluate("frames[0].document.documentElement.scrollWidth <= frames[0].innerWidth")
        assert frame.locator(".tz-strip").count() == 1


def test_it_follows_the_theme_of_the_notebook_and_the_language_of_the_reader(open_output) -> None:
    scheme = "() => getComputedStyle(frames[0].document.body).getPropertyValue('--scheme').trim()"
    page, frame = open_output(JAPANESE_TRACE, light="false", locale="ja-JP")
    assert page.evaluate(scheme) == "dark" and "再生" in frame.locator(".tz-play").inner_text()
    page, frame = open_output(JAPANESE_TRACE, color_scheme="dark")
    assert page.evaluate(scheme) == "light" and "Play" in frame.locator(".tz-play").inner_text()


def test_a_theme_that_is_changed_changes_the_player_and_its_plots(open_output) -> None:
    page, frame = open_output(JAPANESE_TRACE, light="true")
    plot = frame.locator(".tz-plot rect").first
    expect(plot).to_have_attribute("fill", LIGHT.paper)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    expect(plot).to_have_attribute("fill", DARK.paper)
    assert page.evaluate("getComputedStyle(frames[0].document.body).getPropertyValue('--scheme').trim()") == "dark"
    page.evaluate("document.body.dataset.jpThemeLight = 'true'; document.body.classList.add('vscode-dark')")
    page.evaluate("document.body.classList.remove('vscode-dark')")
    expect(plot).to_have_attribute("fill", LIGHT.paper)


def test_the_timelines_are_drawn_to_scale(open_output) -> None:
    _, frame = open_output(JAPANESE_TRACE)
    bars = frame.locator(".tz-plot").first.locator("rect[fill^='#']").all()[1:]
    heights = [float(bar.get_attribute("height")) for bar in bars]
    bits = [step.chosen.surprisal_bits for step in JAPANESE_TRACE.steps]
    assert [height / heights[0] for height in heights] == pytest.approx([one / bits[0] for one in bits], rel=0.01)
    assert frame.locator(".tz-plot").first.locator("circle").count() == len(bits)
    line = frame.locator(".tz-plot").nth(1).locator("path[fill=none]").last.get_attribute("d")
    tops = [float(part.split()[-1]) for part in re.findall(r"[ML][\d.]+ [\d.]+", line)]
    sums = list(itertools.accumulate(step.chosen.logprob for step in JAPANESE_TRACE.steps))
    falls = [(top - tops[0]) / (tops[-1] - tops[0]) for top in tops]
    assert falls == pytest.approx([(one - sums[0]) / (sums[-1] - sums[0]) for one in sums], abs=0.01)


def test_the_timelines_can_be_saved(open_output) -> None:
    page, frame = open_output(JAPANESE_TRACE)
    frame.locator(".tz-save summary").click()
    with page.expect_download() as download:
        frame.locator("button[aria-label*=timelines]").first.click()
    svg = Path(download.value.path()).read_text(encoding="utf-8")
    assert svg.startswith("<svg") and "Cumulative logprob" in svg


@pytest.mark.parametrize("trace", [JAPANESE_TRACE, AWKWARD_TRACE, NO_STEPS], ids=["japanese", "awkward", "no steps"])
def test_where_no_frame_may_be_the_steps_stand_as_a_table(browser, trace: Trace) -> None:
    """A notebook that nobody has trusted takes away frames and scripts."""
    outside = re.sub("<iframe.*?</iframe>", "", trace._repr_html_(), flags=re.S)
    page = browser.new_page(java_script_enabled=False)
    page.set_content(outside)
    assert page.locator("tbody tr").count() == len(trace.steps)
    assert [cell.inner_text() for cell in page.locator("tbody td:nth-child(2)").all()] == [
        step.chosen.token.label for step in trace.steps
    ]
    assert page.locator("img, script, b").count() == 0
    page.close()


def test_the_table_goes_where_the_player_comes(open_output) -> None:
    page, _ = open_output(JAPANESE_TRACE)
    expect(page.locator("iframe + div")).to_be_hidden()


def test_a_viewer_without_html_gets_the_steps_as_text() -> None:
    bundle = JAPANESE_TRACE._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    lines = bundle["text/plain"].splitlines()
    assert lines[0] == "small: 好きな果物はぶどうです。それにりんごも甘くておいしい"
    assert lines[-1].split() == ["15", "1.9", "%", "5.72", "7", "</s>"]
    assert len(lines) == 4 + len(JAPANESE_TRACE.steps)
    long = scored(["word "] * 250)._repr_mimebundle_()["text/plain"].splitlines()
    assert long[-1] == "… 50 more" and len(long) == 4 + 200 + 1


def test_hostile_tokens_stay_text(open_output) -> None:
    _, frame = open_output(AWKWARD_TRACE)
    shown = frame.locator(".tz-strip").text_content()
    assert "</script>" in shown and "<b>bold</b>" in shown
    assert frame.locator("img").count() == 0
    html = AWKWARD_TRACE._repr_html_()
    assert not [text for text in HOSTILE[:3] if text in html]


def test_an_output_is_small_and_so_is_the_text_beside_it() -> None:
    assert len(LONG_TRACE._repr_html_().encode()) < MOST_BYTES
    assert repr(JAPANESE_TRACE) == (
        "<Trace of small: '好きな果物はぶどうです。それにりんごも甘くておいしい', 15 steps, logprob -35.79 nats>"
    )
    assert len(repr(LONG_TRACE)) < 200


def test_without_viz_a_trace_shows_its_text() -> None:
    code = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
sys.modules["plotly"] = None
from model_utils import Trace
assert "viz" not in sys.modules
print(Trace("m", "1", 2, (), ())._repr_html_())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", timeout=120, check=True
    )
    assert done.stdout.strip() == "None"
