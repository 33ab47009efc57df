"""How often one address may ask: a leaky bucket for each, by a clock that never steps back.

Leaves out: the requests (`door`, `guard`).
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from aiolimiter import AsyncLimiter
from cachetools import LRUCache

MOST_ADDRESSES = 10_000
SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_RATE = re.compile(rf"\s*(\d+)\s*(?:/|per)\s*({'|'.join(SECONDS)})s?\s*")


class Rate:
    """Such as ``300/second``: that many at once, and from then on as many as the elapsed time allows.

    `times` is a multiple of what `rate` says. Raises ValueError where that is no rate.
    """

    def __init__(self, rate: str, times: float = 1.0) -> None:
        most, self._seconds = read_rate(rate)
        self._most = most * times
        self._buckets: LRUCache[object, AsyncLimiter] = LRUCache(MOST_ADDRESSES)

    async def admits(self, address: str) -> bool:
        """Whether this address may ask once more now; if so, it counts."""
        bucket = self._buckets.get(address)
        if bucket is None:
            bucket = self._buckets[address] = AsyncLimiter(self._most, self._seconds)
        if not bucket.has_capacity():
            return False
        await bucket.acquire()
        return True


def read_rate(rate: str) -> tuple[int, int]:
    """How often, in how many seconds. Raises ValueError where it is no rate."""
    found = _RATE.fullmatch(rate)
    if not found or not int(found[1]):
        raise ValueError(f"{rate!r} is no rate; one is written as 300/second, or with minute, hour or day")
    return int(found[1]), SECONDS[found[2]]


def address_of(client: object) -> str:
    """The address that an ASGI scope's client counts for: with IPv6, its whole network."""
    return _network(str(client[0])) if isinstance(client, tuple | list) and client else ""


@lru_cache(MOST_ADDRESSES)
def _network(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network(f"{host.partition('%')[0]}/64", strict=False))
