"""First check of every request: is it for this app, from a page of this app, and not one of too many?

Leaves out: which paths there are (`guard`), and what a body may hold (`bodies`).
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ..rates import Rate, address_of
from .hosts import VARIABLE, Hosts, name_of

READS = 10.0
"""Reads allowed per request for work: a page makes some thirty reads, and asks for work once or twice."""
LONGEST_QUERY = 4_096
LONGEST_NAME = 100
UNCOUNTED = "/health"
"""Whoever watches over the app is always answered."""
_POLICY_CLOSED = 1008


class Door:
    """ASGI middleware. `rate`, such as ``300/second``, is how often one address may ask for work."""

    def __init__(self, app: ASGIApp, hosts: Hosts, rate: str) -> None:
        self._app, self._hosts = app, hosts
        self._reads = Rate(rate, READS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_CLOSED})
        elif refusal := await self._refusal(scope):
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._hosts.answers(host):
            name = "".join(filter(str.isprintable, name_of(host)[:LONGEST_NAME]))
            said = f"This app does not answer to the name {name}. Whoever runs it can allow it: {VARIABLE}={name}"
            return PlainTextResponse(said, 421)
        if len(scope.get("query_string", b"")) > LONGEST_QUERY:
            return PlainTextResponse("The address is too long", 414)
        if scope["method"] in ("GET", "HEAD"):
            return await self._refused_reading(scope)
        if not self._hosts.is_own_page(headers.get("origin", ""), host, headers.get("sec-fetch-site", "")):
            said = f"Only the app's own page may ask for this. Behind a proxy, say what it is called: {VARIABLE}=NAME"
            return PlainTextResponse(said, 403)
        return None

    async def _refused_reading(self, scope: Scope) -> PlainTextResponse | None:
        if scope["path"] == UNCOUNTED or await self._reads.admits(address_of(scope.get("client"))):
            return None
        return PlainTextResponse("Too many requests: wait a moment", 429)
