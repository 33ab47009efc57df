"""Number formats, one by one and against the player's own, and escaping for Plotly."""

from __future__ import annotations

import json
import math
import random
import shutil
import subprocess

import pytest

from viz.pages.modules import joined_modules
from viz.text import formats


@pytest.mark.parametrize(
    ("probability", "shown"),
    [
        (1.0, "100 %"),
        (0.99999, ">99.9 %"),
        (0.9994, "99.9 %"),
        (0.18316, "18.3 %"),
        (0.34, "34.0 %"),
        (0.01, "1.0 %"),
        (0.00996, "1.0 %"),
        (0.0099, "0.99 %"),
        (0.0012, "0.12 %"),
        (0.00012, "0.012 %"),
        (0.000012, "0.0012 %"),
        (0.0000099, "<0.001 %"),
        (0.0, "0 %"),
    ],
)
def test_percent(probability, shown):
    assert formats.percent(probability) == shown


@pytest.mark.parametrize(
    ("logprob", "shown"),
    [
        (0.0, "100 %"),
        (math.log(0.0012), "0.12 %"),
        (math.log(1.2e-9), "1.2 × 10⁻⁹"),
        (math.log(9.96e-9), "1.0 × 10⁻⁸"),
        (-3000.0, "1.3 × 10⁻¹³⁰³"),
    ],
)
def test_product(logprob, shown):
    assert formats.product(logprob) == shown


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(1234567.891, 1, "1,234,567.9"), (-6.705, 2, "−6.71"), (-0.001, 2, "0.00"), (2.5, 0, "3"), (0.125, 2, "0.13")],
)
def test_fixed(value, decimals, shown):
    assert formats.fixed(value, decimals) == shown


def test_odds_and_perplexity():
    assert [formats.odds(nats) for nats in (0.0, math.log(3.44), math.log(69), math.log(1234))] == [
        "1.0",
        "3.4",
        "69",
        "1,234",
    ]
    assert [formats.perplexity(value) for value in (5.367, 53.67, 1234.5, math.nan)] == ["5.37", "53.7", "1,235", "–"]


def test_plotly_reads_labels_as_typed():
    assert formats.plotly_text("<b>a</b> & $x$") == "&lt;b&gt;a&lt;/b&gt; &amp; &#36;x&#36;"
    assert formats.plotly_label("x" * 30) == "x" * 23 + "…"


def test_the_player_has_the_same_formats():
    random_ = random.Random(0)
    probabilities = [0.0, 1.0, 0.9995, 0.00995, 0.5, *(10 ** random_.uniform(-8, 0) for _ in range(500))]
    logprobs = [0.0, *(-(10 ** random_.uniform(-4, 4)) for _ in range(500))]
    values = [[random_.uniform(-1, 1) * 10 ** random_.randint(-3, 7), random_.randint(0, 4)] for _ in range(500)]
    ties = [[sign * whole / 8, decimals] for sign in (1, -1) for whole in range(40) for decimals in (0, 1, 2)]
    nats = [random_.uniform(0, 12) for _ in range(200)]
    given = {
        "percent": [[one] for one in probabilities],
        "product": [[one] for one in logprobs],
        "fixed": values + ties,
        "odds": [[one] for one in nats],
        "perplexity": [[math.exp(one)] for one in nats],
    }
    expected = {name: [getattr(formats, name)(*arguments) for arguments in calls] for name, calls in given.items()}
    assert _in_javascript(given) == expected


def _in_javascript(given: dict[str, list[list[float]]]) -> dict[str, list[str]]:
    script = joined_modules("player/core/formats").script
    program = (
        f"globalThis.window = globalThis;\n{script}\nconst given = {json.dumps(given)};\n"
        "const run = ([name, calls]) => [name, calls.map(call => Tsuzuki[`player/core/formats`][name](...call))];\n"
        "console.log(JSON.stringify(Object.fromEntries(Object.entries(given).map(run))));"
    )
    return json.loads(
        subprocess.run(
            [_node(), "-"], input=program, capture_output=True, text=True, encoding="utf-8", check=True
        ).stdout
    )


def _node() -> str:
    """Node, from the system or from Playwright's own package."""
    from playwright._impl._driver import compute_driver_executable

    return shutil.which("node") or str(compute_driver_executable()[0])
