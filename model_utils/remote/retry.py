"""Retry of requests while a server does not answer. Leaves out: the errors that mean no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from ..errors import ServerUnreachable

TIMEOUT_SECONDS = 60.0
PATIENCE_SECONDS = 60.0
"""How long a server may be gone before a text is given up."""

T = TypeVar("T")


def patiently(work: Callable[[], T], lost: tuple[type[Exception], ...], address: str) -> T:
    """The result of `work`, retried after errors of `lost`. Raises ServerUnreachable."""
    tries = Retrying(
        retry=retry_if_exception_type(lost),
        stop=stop_after_delay(PATIENCE_SECONDS),
        wait=wait_exponential(0.1, max=2.0),
        reraise=True,
    )
    try:
        return tries(work)
    except lost:
        raise ServerUnreachable(address=address) from None
