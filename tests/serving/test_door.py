"""Which names the app answers to, whose pages may ask it for work, and how often an address may read."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from model_utils.serving import rates
from model_utils.serving.http.door import Door
from model_utils.serving.http.hosts import Hosts
from model_utils.serving.rates import Rate, address_of

HOME = Hosts.read({})
SPACE = Hosts.read({"SPACE_ID": "a/b", "SPACE_HOST": "a-b.hf.space"})
NAMED = Hosts.read({"TSUZUKI_HOSTS": "class.example, *.school.example"})


async def here(request: Request) -> Response:
    return PlainTextResponse("here", headers={"x-kept": "yes"})


async def asked(hosts: Hosts, *requests: tuple[str, str, dict[str, str]], rate: str = "900/second") -> list[Any]:
    routes = [Route("/{path:path}", here, methods=["GET", "POST"])]
    app = Starlette(routes=routes, middleware=[Middleware(Door, hosts=hosts, rate=rate)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:7860") as client:
        return [await client.request(method, path, headers=headers) for method, path, headers in requests]


def ask(hosts: Hosts, *requests: tuple[str, str, dict[str, str]], **options: Any) -> list[int]:
    return [found.status_code for found in asyncio.run(asked(hosts, *requests, **options))]


@pytest.mark.parametrize(
    ("hosts", "host"),
    [
        (HOME, "localhost:7860"), (HOME, "127.0.0.1"), (HOME, "[::1]:7860"), (HOME, "192.168.1.20:80"),
        (HOME, "a.localhost"), (HOME, "[fe80::1]"),
        (SPACE, "a-b.hf.space"), (SPACE, "a-b--dev.hf.space"), (SPACE, "10.3.2.1:7860"),
        (NAMED, "CLASS.example:8080"), (NAMED, "class.example."), (NAMED, "north.school.example"),
        (Hosts.read({"TSUZUKI_HOSTS": "*"}), "any.example"),
        (Hosts.read({}, "lectern.example"), "lectern.example:7860"),
    ],
)  # fmt: skip
def test_the_app_answers_to_its_own_names_and_to_addresses_in_digits(hosts: Hosts, host: str) -> None:
    assert ask(hosts, ("GET", "/config", {"host": host}), ("POST", "/x", {"host": host})) == [200, 200]


@pytest.mark.parametrize(
    ("hosts", "host"),
    [
        (HOME, "evil.example"), (HOME, "127.0.0.1.evil.example"), (HOME, "localhost.evil.example"),
        (HOME, "x.hf.space"), (SPACE, "evil.example"), (SPACE, "hf.space.evil.example"),
        (NAMED, "school.example.evil"), (NAMED, "xclass.example"),
    ],
)  # fmt: skip
def test_a_name_of_another_site_is_not_answered_and_the_way_out_is_said(hosts: Hosts, host: str) -> None:
    get, post = asyncio.run(asked(hosts, ("GET", "/config", {"host": host}), ("POST", "/x", {"host": host})))
    assert get.status_code == post.status_code == 421 and f"TSUZUKI_HOSTS={host}" in get.text


def test_a_made_up_name_is_said_back_neither_at_length_nor_with_what_moves_a_cursor() -> None:
    (answer,) = asyncio.run(asked(HOME, ("GET", "/", {"host": "x" * 5_000})))
    assert answer.status_code == 421 and len(answer.text) < 500


OWN = {"host": "127.0.0.1:7860"}


@pytest.mark.parametrize(
    ("hosts", "headers", "status"),
    [
        (HOME, {**OWN}, 200),
        (HOME, {**OWN, "origin": "http://127.0.0.1:7860"}, 200),
        (HOME, {**OWN, "origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"}, 200),
        (HOME, {"host": "10.1.1.1", "origin": "http://10.1.1.1"}, 200),
        (HOME, {"host": "10.1.1.1:443", "origin": "https://10.1.1.1"}, 200),
        (HOME, {**OWN, "origin": "https://proxied.example", "sec-fetch-site": "same-origin"}, 200),
        (NAMED, {**OWN, "origin": "https://class.example"}, 200),
        (HOME, {**OWN, "origin": "https://evil.example"}, 403),
        (HOME, {**OWN, "origin": "null"}, 403),
        (HOME, {**OWN, "origin": "http://127.0.0.1:7861"}, 403),
        (HOME, {**OWN, "origin": "http://localhost:7860"}, 403),
        (HOME, {**OWN, "origin": "http://127.0.0.1:7860.evil.example"}, 403),
        (HOME, {**OWN, "origin": "http://127.0.0.1:7860", "sec-fetch-site": "cross-site"}, 403),
        (HOME, {**OWN, "sec-fetch-site": "same-site"}, 403),
    ],
)
def test_work_is_asked_for_by_the_apps_own_page_alone(hosts: Hosts, headers: dict[str, str], status: int) -> None:
    assert ask(hosts, ("POST", "/gradio_api/queue/join", headers)) == [status]


def test_any_page_may_hold_the_page_in_a_frame() -> None:
    headers = {**OWN, "origin": "https://deck.example", "sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe"}
    (answer,) = asyncio.run(asked(HOME, ("GET", "/?embed=1", headers)))
    assert answer.status_code == 200 and answer.headers["x-kept"] == "yes"
    assert "x-frame-options" not in answer.headers and "frame-ancestors" not in str(answer.headers)


def test_reading_too_often_is_told_to_wait_and_who_watches_is_always_answered() -> None:
    many = [("GET", f"/?{at}", {}) for at in range(35)]
    codes = ask(HOME, *many, ("GET", "/health", {}), rate="3/minute")
    assert codes[:30] == [200] * 30 and codes[30:35] == [429] * 5 and codes[35] == 200


def test_an_address_that_goes_on_and_on_is_refused() -> None:
    assert ask(HOME, ("GET", "/?" + "x" * 5_000, {}), ("GET", "/?language=ja&embed=1", {})) == [414, 200]


def test_no_other_protocol_is_spoken() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    door = Door(pytest.fail, HOME, "9/second")  # type: ignore[arg-type]
    asyncio.run(door({"type": "websocket", "path": "/", "headers": []}, pytest.fail, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_clock_that_steps_back_makes_nobody_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    async def admitted() -> list[bool]:
        rate = Rate("3/second")
        busy = [await rate.admits("a") for _ in range(4)]
        monkeypatch.setattr(time, "time", lambda: -3_600.0)
        await asyncio.sleep(0.5)
        return [*busy, await rate.admits("a"), await rate.admits("b")]

    assert asyncio.run(admitted()) == [True, True, True, False, True, True]


def test_rates_are_kept_of_so_many_addresses_and_a_network_is_one() -> None:
    async def asked_from_all() -> int:
        rate = Rate("1/second")
        for at in range(rates.MOST_ADDRESSES + 50):
            await rate.admits(str(at))
        return len(rate._buckets)

    assert asyncio.run(asked_from_all()) == rates.MOST_ADDRESSES
    assert address_of(("2001:db8::1", 5)) == address_of(("2001:db8::ffff:2", 6)) != address_of(("2001:db8:1::1", 5))
    assert address_of(("::ffff:10.0.0.1", 5)) == address_of(("10.0.0.1", 9)) == "10.0.0.1"


@pytest.mark.parametrize("rate", ["often", "0/second", "-3/second", "3/fortnight", "3", ""])
def test_what_is_no_rate_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="no rate"):
        Rate(rate)
