"""Firefox and WebKit, those of them that are installed, and the real app for them.

Leaves out: Chromium, which `tests/browser` has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ..served import serve_app
from .firefox import BINARY, Firefox
from .webkit import DRIVER, SCREEN, WebKit
from .window import Window

ENGINES: dict[str, Callable[..., Window]] = {
    **({"firefox": Firefox} if BINARY else {}),
    **({"webkit": WebKit} if DRIVER and SCREEN else {}),
}


@pytest.fixture(scope="session")
def app() -> Iterator[str]:
    """The address of a running `python app.py`."""
    served = serve_app()
    yield served.url
    served.stop()


@pytest.fixture(params=ENGINES)
def window(request: pytest.FixtureRequest) -> Iterator[Callable[..., Window]]:
    """window(width=390, …) -> Window, of each browser in turn. Nothing may go wrong on its last page."""
    opened: list[Window] = []

    def open_window(**options: Any) -> Window:
        opened.append(ENGINES[request.param](**options))
        return opened[-1]

    yield open_window
    troubles = [window.troubles for window in opened]
    for one in opened:
        one.close()
    assert not any(troubles), troubles
