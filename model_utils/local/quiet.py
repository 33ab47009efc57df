"""Loading a model prints nothing: in a notebook, all that is printed stands in the cell for good.

Leaves out: progress bars of downloads, which take long.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_notice() -> Iterator[None]:
    """No warning of tqdm during imports: without ipywidgets it prints one, which notebooks show in red."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")
        yield


@contextmanager
def without_bars() -> Iterator[None]:
    """No progress bars while transformers loads local weights, which takes a moment."""
    from transformers.utils import logging

    were_on = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if were_on:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
