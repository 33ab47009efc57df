"""The guard before a small app: what it lets through, what it turns away, and the policy that a page carries."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from model_utils.serving.http import guard
from model_utils.serving.http.guard import Guard

PAGE = "<html><script>one()</script><script src='a.js'></script><script type='module'>two()</script></html>"
FILE = "/tsuzuki.js"


async def any_path(request: Request) -> Response:
    if request.method == "POST":
        return PlainTextResponse(str(len(await request.body())))
    return HTMLResponse(PAGE) if request.url.path == "/" else PlainTextResponse("here")


def client(rate: str = "1000/second", **options: Any) -> TestClient:
    bounds: dict[str, Any] = {"files": [FILE], "largest": 100, "rate": rate, **options}
    route = Route("/{path:path}", any_path, methods=["GET", "POST"])
    return TestClient(Starlette(routes=[route], middleware=[Middleware(Guard, **bounds)]))


@pytest.mark.parametrize(
    "path", ["/", "/config", "/assets/a/b.js", "/theme.css", FILE, "/gradio_api/queue/data?session_hash=a", "/health"]
)
def test_what_the_page_needs_is_there(path: str) -> None:
    assert client().get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd", FILE + "/../../x", FILE + "%2e", "/gradio_api/file=app.py",
        "/gradio_api/file/a", "/gradio_api/proxy=http://localhost", "/monitoring", "/gradio_api/runs",
        "/openapi.json", "/login", "/docs", "/gradio_api/deep_link", "/gradio_api/vibe-code",
        "/gradio_api/run/predict", "/gradio_api/stream/a",
    ],
)  # fmt: skip
def test_nothing_else_is(path: str) -> None:
    assert client().get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["/gradio_api/run/predict", "/gradio_api/call/a", "/login", "/", "/gradio_api/vibe-edit"]
)
def test_work_is_asked_for_in_one_way(path: str) -> None:
    assert client().post(path).status_code == 404
    assert client().post("/gradio_api/queue/join", content=b"x" * 100).text == "100"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_no_other_method_is_served(method: str) -> None:
    assert client().request(method, "/").status_code == 405


def test_a_body_too_large_is_refused_whether_or_not_it_says_so() -> None:
    assert client().post("/gradio_api/upload", content=b"x" * 101).status_code == 413
    assert client().post("/gradio_api/upload", content=iter([b"x" * 60, b"x" * 60])).status_code == 413
    assert client().post("/gradio_api/upload", content=iter([b"x" * 60, b"x" * 40])).text == "100"


def test_who_asks_too_often_is_told_to_wait_and_may_still_read() -> None:
    visitor = client(rate="3/minute")
    codes = [visitor.post("/gradio_api/queue/join").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert visitor.get("/").status_code == 200


def test_a_body_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.05)
    sent: list[Any] = []

    async def never() -> Any:
        await asyncio.sleep(10)

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    scope = {"type": "http", "method": "POST", "path": "/gradio_api/queue/join", "headers": [], "client": ("a", 1)}
    one = Guard(app, files=[], largest=100, rate="10/second")
    asyncio.run(one(scope, never, send))
    assert sent[0]["status"] == 408


def test_a_page_names_its_own_scripts_and_no_other_runs() -> None:
    policy = client().get("/").headers["content-security-policy"]
    allowed = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in (b"one()", b"two()")]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src")).split()[1:]
    assert sorted(scripts) == sorted(["'self'", "'unsafe-eval'", *(f"'sha256-{one}'" for one in allowed)])
    assert "object-src 'none'" in policy and "form-action 'none'" in policy
    assert client().get("/").text == PAGE


def test_a_page_may_be_framed_by_what_has_no_address_on_a_network() -> None:
    """``frame-ancestors *`` keeps out decks from ``file:`` and ``vscode-webview:``: it matches networks alone."""
    headers = client().get("/").headers
    assert "frame-ancestors" not in headers["content-security-policy"] and "x-frame-options" not in headers


def test_what_gradio_trips_over_is_a_bad_request_and_tells_no_more(caplog: pytest.LogCaptureFixture) -> None:
    async def trips(request: Request) -> Response:
        raise KeyError("what somebody typed")

    route = Route("/gradio_api/queue/join", trips, methods=["POST"])
    middleware = Middleware(Guard, files=[], largest=100, rate="10/second")
    answer = TestClient(Starlette(routes=[route], middleware=[middleware])).post("/gradio_api/queue/join")
    assert answer.status_code == 400 and "typed" not in answer.text and "typed" not in caplog.text
    assert "KeyError" in caplog.text


def test_every_answer_is_taken_for_what_it_says_it_is() -> None:
    headers = client().get("/config").headers
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
    assert "content-security-policy" not in headers
