"""The latest run of each page; a newer one or Stop cancels it.

Leaves out: ending a run, which checks `is_wanted` itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Work:
    """One run of one page."""

    def __init__(self, newest: dict[str | None, Work], page: str | None) -> None:
        self._newest, self._page = newest, page

    @property
    def is_wanted(self) -> bool:
        return self._newest.get(self._page) is self

    @property
    def is_replaced(self) -> bool:
        """Whether a newer run took its place; False after Stop."""
        return self._newest.get(self._page) not in (self, None)


class Latest:
    """The latest run of each page."""

    def __init__(self) -> None:
        self._newest: dict[str | None, Work] = {}

    def __len__(self) -> int:
        return len(self._newest)

    @contextmanager
    def begin(self, page: str | None) -> Iterator[Work]:
        """A run that is wanted until a newer one begins, until Stop, or until its end."""
        work = self._newest[page] = Work(self._newest, page)
        try:
            yield work
        finally:
            if work.is_wanted:
                self.stop(page)

    def stop(self, page: str | None) -> None:
        self._newest.pop(page, None)
