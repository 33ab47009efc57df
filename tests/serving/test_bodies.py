"""What a body may be: whole, in time, small, of the page's shape. What is refused comes back nowhere."""

from __future__ import annotations

import asyncio
import json
import time
import tracemalloc
from typing import Any

import httpx
import pytest
from msgspec import Struct
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from model_utils.serving.http import bodies
from model_utils.serving.http.bodies import Bodies, Kind, typed

JSON = {"content-type": "application/json"}


class Shape(Struct):
    name: str
    values: list[int | str] = []
    more: Any = None


KINDS = {"/asked": Kind(2_000_000, 1_000, 0.3, typed(Shape))}


async def said_back(request: Request) -> Response:
    return PlainTextResponse(await request.body())


def app() -> Starlette:
    routes = [Route("/{path:path}", said_back, methods=["GET", "POST"])]
    return Starlette(routes=routes, middleware=[Middleware(Bodies, kinds=KINDS)])


def post(content: Any, headers: dict[str, str] = JSON, path: str = "/asked") -> httpx.Response:
    async def sent() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://app") as client:
            return await client.post(path, content=content, headers=headers)

    return asyncio.run(sent())


def test_what_the_page_sends_is_handed_on_and_nothing_besides() -> None:
    found = post(json.dumps({"name": "half \ud800", "values": [1, "ぶどう"], "oauth_token": "x", "more": {"a": [1]}}))
    assert json.loads(found.text) == {"name": "half \ud800", "values": [1, "ぶどう"], "more": {"a": [1]}}
    assert post(b"anything", {}, "/other").text == "anything"


SECRET = "what-somebody-typed"


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b'{"name":[' + b"{}," * 700_000 + b"{}]}", JSON, 413),
        (b'{"name":["' + SECRET.encode() + b'"]}', JSON, 400),
        (b'{"name":"a","values":[{"' + SECRET.encode() + b'":1}]}', JSON, 400),
        (b"[" * 900, JSON, 400),
        (b'{"name":"a","more":' + b"[" * 990 + b"]" * 990 + b"}", JSON, 400),
        (b"[" * 1_000_000, JSON, 413),
        (b'{"name":"' + b"1" * 2_100_000, JSON, 413),
        (b'{"name":' + b"9" * 5_000 + b"}", JSON, 400),
        (b"\xff\xfe" + SECRET.encode(), JSON, 400),
        (b"", JSON, 400),
        (b'{"name":"a"}', {"content-type": "text/plain"}, 415),
        (b'{"name":"a"}', {"content-type": "multipart/form-data; boundary=x"}, 415),
        (b'{"name":"a"}', {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b'{"name":"a"}', {}, 415),
        (b'{"name":"a"}', {**JSON, "content-encoding": "gzip"}, 415),
    ],
    ids=lambda value: str(value)[:30],
)
def test_anything_else_is_a_sentence_that_repeats_nothing(content: bytes, headers: dict[str, str], status: int) -> None:
    found = post(content, headers)
    assert found.status_code == status and len(found.text) < 100 and SECRET not in found.text


def test_megabytes_of_the_wrong_type_cost_no_more_than_to_count_them() -> None:
    content = b'{"name":[' + b"{}," * 600_000 + b"{}]}"
    tracemalloc.start()
    begin = time.process_time()
    assert post(content).status_code == 413
    spent, (_, most) = time.process_time() - begin, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5 * len(content) and spent < 5


def test_a_body_in_parts_is_counted_and_one_that_drips_is_given_up() -> None:
    async def parts(*chunks: bytes, seconds: float = 0.0) -> Any:
        for chunk in chunks:
            yield chunk
            await asyncio.sleep(seconds)

    assert post(parts(b'{"name":', b'"a"}')).status_code == 200
    assert post(parts(*[b" " * 300_000] * 8)).status_code == 413
    assert post(parts(*[b" "] * 20, seconds=0.05)).status_code == 408


def test_what_arrives_at_once_is_bounded_together_and_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_AT_ONCE", 1_000)
    middleware = Bodies(app(), KINDS)

    async def slow(content: bytes) -> Any:
        yield content[:-1]
        await asyncio.sleep(0.1)
        yield content[-1:]

    async def sent() -> list[int]:
        transport = httpx.ASGITransport(middleware)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            content = json.dumps({"name": "x" * 280}).encode()
            found = await asyncio.gather(
                *(client.post("/asked", content=slow(content), headers=JSON) for _ in range(4))
            )
        return sorted(one.status_code for one in found)

    assert asyncio.run(sent()) == [200, 503, 503, 503]
    assert not middleware._arriving


def test_half_a_body_is_no_request() -> None:
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": b'{"name":', "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/asked", "headers": [(b"content-type", b"application/json")]}
    asyncio.run(Bodies(pytest.fail, KINDS)(scope, receive, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 400
