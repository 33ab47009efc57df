"""One window of a real browser that Playwright does not drive, by what WebDriver has in every browser: addresses,
scripts, fingers, a mouse and keys. What is pressed goes through the browser's own input, never `element.click()`.

Leaves out: how a browser is started and spoken to (`firefox`, `webkit`).
"""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PATIENCE_S = 60
LOOK_S = 0.05

KEYS = {
    "Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "Home": "\ue011", "End": "\ue010", "Control": "\ue009",
    "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015",
}  # fmt: skip
"""The keys without a character, as WebDriver writes them."""

SEEN = "(found => found.checkVisibility() && found.getClientRects().length > 0)"

PLACE = """(() => {
  const seen = %(seen)s;
  const found = [...document.querySelectorAll(%(css)s)].filter(seen)[%(at)d];
  if (!found) return null;
  const point = () => {
    const { left, top, width, height } = found.getBoundingClientRect();
    return [left + %(x)s * width, top + %(y)s * height].map(Math.round);
  };
  // Not below what sticks to an edge of the page, either.
  const isFree = () => found.contains(document.elementFromPoint(...point()));
  if (!isFree()) found.scrollIntoView({ block: 'center', inline: 'center' });
  return isFree() ? point() : null;
})()"""

TROUBLES = """(() => {
  window.troubles ??= [];
  // That one size has changed another is no trouble.
  addEventListener('error', ({ message }) => message.startsWith('ResizeObserver loop') || troubles.push(message));
  addEventListener('unhandledrejection', ({ reason }) => troubles.push(String(reason)));
  addEventListener('securitypolicyviolation', ({ violatedDirective }) => troubles.push(violatedDirective));
})()"""


class Window(ABC):
    """Where a test asks for what is not there yet, it waits for it, a minute at most."""

    @abstractmethod
    def goto(self, url: str) -> None:
        """Open an address; done when the page is loaded."""

    @abstractmethod
    def evaluate(self, script: str) -> Any:
        """The value of an expression as JSON has it; a promise is waited for. Raises where it throws."""

    @abstractmethod
    def act(self, actions: list[dict[str, Any]]) -> None:
        """WebDriver's actions, of pointers and keys."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """The size of the page, in CSS pixels."""

    @abstractmethod
    def picture(self, path: Path) -> None:
        """What is seen of the page, as PNG."""

    @abstractmethod
    def close(self) -> None: ...

    def watch(self) -> None:
        """From now on, note what goes wrong on this page."""
        self.evaluate(TROUBLES)

    @property
    def troubles(self) -> list[str]:
        return self.evaluate("window.troubles ?? []")

    def wait(self, script: str, patience: float = PATIENCE_S) -> Any:
        """Until the expression is true; returns its value."""
        end = time.monotonic() + patience
        while (found := self.evaluate(f"({script}) || null")) is None:
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(LOOK_S)
        return found

    def wait_for_text(self, css: str, text: str) -> None:
        """Until some element that is seen contains a text."""
        wanted = f"found => {SEEN}(found) && found.textContent.includes({json.dumps(text)})"
        self.wait(f"[...document.querySelectorAll({json.dumps(css)})].some({wanted})")

    def count(self, css: str) -> int:
        """How many elements are seen."""
        return self.evaluate(f"[...document.querySelectorAll({json.dumps(css)})].filter({SEEN}).length")

    def text(self, css: str) -> str:
        """What the first element that is seen says."""
        return self.wait(f"[...document.querySelectorAll({json.dumps(css)})].find({SEEN})?.innerText?.trim()")

    def place(self, css: str, at: int = 0, part: tuple[float, float] = (0.5, 0.5)) -> tuple[int, int]:
        """A point of an element at which a pointer meets it: its middle, or another part of it."""
        blanks = {"seen": SEEN, "css": json.dumps(css), "at": at, "x": part[0], "y": part[1]}
        x, y = self.wait(PLACE % blanks)
        return x, y

    def click(self, css: str, at: int = 0, part: tuple[float, float] = (0.5, 0.5), pointer: str = "mouse") -> None:
        """Press the middle of the element, or another part of it, with a mouse or a finger (`touch`)."""
        self.click_at(*self.place(css, at, part), pointer)

    def click_at(self, x: int, y: int, pointer: str = "mouse") -> None:
        """Press a point of the page as it is seen."""
        move = {"type": "pointerMove", "x": x, "y": y, "duration": 0, "origin": "viewport"}
        presses = [move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self.act([{"type": "pointer", "id": pointer, "parameters": {"pointerType": pointer}, "actions": presses}])

    def press(self, *keys: str) -> None:
        """Keys held together, let go in reverse."""
        values = [KEYS.get(key, key) for key in keys]
        self._keys([("keyDown", value) for value in values] + [("keyUp", value) for value in reversed(values)])

    def type(self, text: str) -> None:
        self._keys([(kind, character) for character in text for kind in ("keyDown", "keyUp")])

    def fill(self, css: str, text: str) -> None:
        """In the place of what is in a field."""
        self.click(css)
        self.press("Control", "a")
        self.type(text)

    def _keys(self, moves: Iterable[tuple[str, str]]) -> None:
        self.act([{"type": "key", "id": "keys", "actions": [{"type": kind, "value": value} for kind, value in moves]}])
