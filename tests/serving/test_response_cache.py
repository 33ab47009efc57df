"""What is packed once and kept: the same content for every browser, whatever it can unpack."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from model_utils.serving.http import response_cache
from model_utils.serving.http.response_cache import FOR_EVER, Packed

SCRIPT = "let one = 'ぶどう';\n" * 100
ASKED: Counter[str] = Counter()


async def answer(request: Request) -> Response:
    path = request.url.path
    ASKED[path] += 1
    if path == "/lasting/gone.js":
        return PlainTextResponse("no", 404)
    if path == "/lasting/parts.js":
        return StreamingResponse((part for part in (SCRIPT, "end")), media_type="text/javascript")
    if path == "/lasting/picture.png":
        return Response(b"\x89PNG", media_type="image/png")
    if path == "/":
        return Response(f"<p>{request.headers.items()}{request.url.query}</p>", media_type="text/html")
    return Response(SCRIPT, media_type="text/javascript", headers={"x-guard": "yes"})


async def ask(*requests: tuple[str, dict[str, str]], method: str = "GET") -> list[httpx.Response]:
    """All at once, of one app."""
    routes = [Route("/{path:path}", answer, methods=["GET", "POST"])]
    app = Starlette(routes=routes, middleware=[Middleware(Packed, lasting="/lasting/.+")])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        return await asyncio.gather(*(client.request(method, path, headers=headers) for path, headers in requests))


def all_of(*requests: tuple[str, dict[str, str]], **options: Any) -> list[httpx.Response]:
    ASKED.clear()
    return asyncio.run(ask(*requests, **options))


@pytest.mark.parametrize(("accepted", "named"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("identity", None)])
def test_a_lasting_answer_is_asked_for_once_and_unpacks_to_itself(accepted: str, named: str | None) -> None:
    answers = all_of(*[("/lasting/a.js", {"accept-encoding": accepted})] * 20)
    assert ASKED == {"/lasting/a.js": 1}
    for found in answers:
        assert (found.status_code, found.text) == (200, SCRIPT)
        assert found.headers.get("content-encoding") == named
        assert found.headers["vary"] == "accept-encoding" and found.headers["x-guard"] == "yes"
        assert found.headers["cache-control"] == FOR_EVER
        assert named is None or int(found.headers["content-length"]) < len(SCRIPT) / 5


def test_each_browser_gets_what_it_can_unpack() -> None:
    accepted = ("br", "gzip", "identity")
    answers = all_of(*(("/lasting/a.js", {"accept-encoding": one}) for one in accepted * 3))
    assert {found.text for found in answers} == {SCRIPT} and ASKED == {"/lasting/a.js": 3}


def test_what_comes_in_parts_is_kept_whole_and_a_picture_as_it_is() -> None:
    parts, picture = all_of(("/lasting/parts.js", {}), ("/lasting/picture.png", {}))
    assert parts.text == SCRIPT + "end"
    assert picture.content == b"\x89PNG" and "content-encoding" not in picture.headers


def test_an_answer_is_whole_for_the_next_though_the_first_who_asked_has_gone(tmp_path: Path) -> None:
    path = tmp_path / "script.js"
    path.write_text(SCRIPT, encoding="utf-8")
    packing = Packed(FileResponse(path), lasting="/.+")
    scope = {"type": "http", "method": "GET", "path": "/a.js", "scheme": "http", "headers": []}
    sent: list[Any] = []

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def twice() -> None:
        for _ in range(2):
            await packing(scope, gone, send)

    asyncio.run(twice())
    assert [message["body"] for message in sent if "body" in message] == [SCRIPT.encode()] * 2


def test_what_is_not_there_is_not_kept() -> None:
    answers = all_of(*[("/lasting/gone.js", {})] * 3)
    assert [found.status_code for found in answers] == [404] * 3 and ASKED == {"/lasting/gone.js": 3}
    assert all("cache-control" not in found.headers for found in answers)


def test_a_page_is_the_same_for_all_by_whatever_name_they_reach_it_and_holds_nothing_of_who_asked_first() -> None:
    mine = {"cookie": "mine", "accept-language": "ja", "referer": "mine", "accept-encoding": "br"}
    here = [("/?of=mine", mine), ("/", {"accept-encoding": "br"}), ("/?of=yours", {"accept-encoding": "gzip"})]
    there = ("/", {"x-forwarded-host": "class.example", "x-forwarded-proto": "https", "accept-encoding": "br"})
    *answers, other = all_of(*here, there)
    assert {found.text for found in answers} == {"<p>[('host', 'localhost')]</p>"}
    assert {found.text for found in answers} == {other.text}
    assert ASKED == {"/": 2}, "br, and gzip"
    assert all("cache-control" not in found.headers for found in (*answers, other))


def test_all_else_goes_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response_cache, "_PACKERS", {"br": pytest.fail})
    (asked,) = all_of(("/other", {"accept-encoding": "br"}))
    (posted,) = all_of(("/lasting/a.js", {"accept-encoding": "br"}), method="POST")
    (ranged,) = all_of(("/lasting/a.js", {"accept-encoding": "br", "range": "bytes=0-9"}))
    for found in (asked, posted, ranged):
        assert found.text == SCRIPT and "content-encoding" not in found.headers
