"""What several folders of tests share: one real browser, the order of the folders (fast ones first), and the profile
of Hypothesis that `make quick` takes.

There is no browser test without a browser: where none starts, they fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tests.chromium import launch_light

# Beside a browser and an app on the same processors, torch's threads wait for one another; one alone is sooner done.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Tests that call `make` are not part of the `make test` that they run in: its options and variables are not theirs.
for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)

settings.register_profile("quick", max_examples=10)

SLOW = ("tests/remote/ray/", "tests/player/", "tests/browser/", "tests/engines/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((at for at, folder in enumerate(SLOW, start=1) if folder in str(item.path)), 0))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch_light(playwright.chromium)
        yield started
        started.close()
