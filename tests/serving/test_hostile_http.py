"""The running app in public mode, asked over HTTP what no page would ask: never a 500, a traceback, a file, or a hang.

Leaves out: the same inputs without a server (`test_hostile`).
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.random_examples import share_of

from ..served import serve_app
from . import inputs
from .hostile import JSON, LEAF, TEXT, damaged

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
HANG_SECONDS = 5.0
FORBIDDEN = ("Traceback", str(ROOT), "site-packages", "secret-of-the-test")


class Server:
    """The app, and what its configuration tells everybody."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=HANG_SECONDS)
        config = self.http.get("/config").json()
        ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
        self.events = {dependency["id"]: len(dependency["inputs"]) for dependency in config["dependencies"]}
        self.run = next(
            one["id"] for one in config["dependencies"] if [ids["run"], "click"] in map(list, one["targets"])
        )
        buttons = {part["id"] for part in config["components"] if part["type"] == "uploadbutton"}
        self.uploads = {
            one["id"]: len(one["inputs"]) for one in config["dependencies"] if buttons & set(one["inputs"][:1])
        }

    def post(self, path: str, body: Any) -> httpx.Response:
        content = json.dumps(body).encode()
        answer = self.http.post(path, content=content, headers={"content-type": "application/json"})
        assert answer.status_code < 500 and not any(word in answer.text for word in FORBIDDEN)
        return answer

    def ask(self, body: dict[str, Any]) -> str:
        """Join the queue and read on until the event is over. Returns all that was sent."""
        answer = self.post("/gradio_api/queue/join", body)
        if answer.status_code != 200:
            return answer.text
        begun, said = time.monotonic(), ""
        with self.http.stream("GET", "/gradio_api/queue/data", params={"session_hash": body["session_hash"]}) as events:
            for line in events.iter_lines():
                said += line
                assert time.monotonic() - begun < HANG_SECONDS
                if "process_completed" in line or "unexpected_error" in line or "close_stream" in line:
                    break
        assert not any(word in said for word in FORBIDDEN), said[-2_000:]
        return said


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    served = serve_app(
        {
            "TSUZUKI_PUBLIC": "1",
            "TSUZUKI_MODELS": "",
            "HF_TOKEN": "secret-of-the-test",
            "TSUZUKI_RATE": "1000/second",
        },
        "health",
    )
    while not httpx.get(f"{served.url}health", timeout=5).json()["ready"]:
        time.sleep(0.1)
    yield Server(served.url.rstrip("/"))
    served.stop()


def many(count: int) -> Any:
    return settings(
        max_examples=share_of(count),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        phases=[Phase.generate],
    )


GOOD = ["Hello", 3, 0, 0, 1, 0, 1, 0, "small", "en"]


def body(server: Server, data: Any, session: str, event: int | None = None, **more: Any) -> dict[str, Any]:
    return {"fn_index": server.run if event is None else event, "data": data, "session_hash": session, **more}


def test_a_good_request_is_answered(server: Server) -> None:
    said = server.ask(body(server, GOOD, "good"))
    assert "process_completed" in said and '"success":true' in said and "max_new_tokens" in said


@many(150)
@given(damaged(GOOD), st.uuids())
def test_settings_that_no_page_has(server: Server, data: Any, session: Any) -> None:
    server.ask(body(server, data, session.hex))


@many(150)
@given(st.data(), st.uuids())
def test_any_event_with_anything(server: Server, data: Any, session: Any) -> None:
    event = data.draw(st.sampled_from(sorted(server.events)))
    values = data.draw(st.lists(LEAF, min_size=server.events[event], max_size=server.events[event]))
    server.ask(body(server, values, session.hex, event, event_data=data.draw(JSON)))


@many(150)
@given(damaged({"fn_index": 4, "data": GOOD, "session_hash": "x", "event_data": None, "trigger_id": 3}))
def test_bodies_that_are_no_request(server: Server, data: Any) -> None:
    if isinstance(data, dict) and data.get("session_hash") == "x":
        data["session_hash"] = None
    for path in ("queue/join", "cancel", "reset"):
        server.post(f"/gradio_api/{path}", data)


@many(150)
@given(st.one_of(damaged({"name": "loop", "language": "ja", "read": False}), JSON), TEXT)
def test_what_is_asked_for_without_an_event(server: Server, asked: Any, view: str) -> None:
    server.post("/lesson", asked)
    server.post("/save", asked)
    server.post("/save", {"view": view, "value": asked, "language": "en"})


@pytest.mark.parametrize(
    "model",
    ["/etc", "../..", "openai-community/gpt2", "http://127.0.0.1/x", "openai:http://127.0.0.1#m", "~", "./assets"],
)
def test_no_visitor_chooses_what_is_loaded(server: Server, model: str) -> None:
    said = server.ask(body(server, [*GOOD[:8], model, "en"], f"load-{abs(hash(model))}"))
    assert "is not among the models of this page" in said


@pytest.mark.parametrize(("at", "value"), [(0, "x" * 5_000), (1, 100_000)])
def test_no_visitor_asks_for_too_much(server: Server, at: int, value: Any) -> None:
    said = server.ask(body(server, [*GOOD[:at], value, *GOOD[at + 1 :]], f"much-{at}"))
    assert "at most" in said or "from 0 to 200" in said


def test_no_file_is_read_over_http(server: Server) -> None:
    for path in ("app.py", "README.md", "assets/models/small/config.json", ".git/config", "/etc/passwd"):
        for address in (
            f"/gradio_api/file={ROOT / path}",
            f"/gradio_api/file={path}",
            f"/assets/../{path}",
            f"/{path}",
        ):
            assert server.http.get(address).status_code in (403, 404)
    assert server.http.get("/tsuzuki.js").status_code == 200


def test_no_file_of_the_machine_is_taken_for_an_uploaded_one(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "private.csv"
    path.write_text("text\nsecret-of-the-test\n", encoding="utf-8")
    file = {"path": str(path), "url": str(path), "orig_name": "a.csv", "meta": {"_type": "gradio.FileData"}}
    asked = 0
    for event, count in server.uploads.items():
        for sent in (file, [file], {**file, "path": f"/proc/self/root{path}"}):
            said = server.ask(body(server, [sent, *["small", "en"][-(count - 1) :]], f"file-{asked}", event))
            assert '"success":false' in said
            asked += 1
    assert asked == 6


def test_nothing_that_was_typed_is_in_what_everybody_may_read(server: Server) -> None:
    server.ask(body(server, ["a-very-private-text", *GOOD[1:]], "private"))
    for path in ("/metrics", "/health", "/config", "/gradio_api/info", "/"):
        text = server.http.get(path).text
        assert "a-very-private-text" not in text and "secret-of-the-test" not in text
        assert str(ROOT) not in text, path


@pytest.mark.parametrize("name", ["wrong_types", "foreign_files", "long_keys", "aborted_files", "many_branches"])
def test_what_would_stop_the_others_is_answered_soon_and_repeats_nothing(
    server: Server, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attacker = inputs.Attacker(str(server.http.base_url))
    answers: list[tuple[int, bytes]] = []
    post = attacker.post
    monkeypatch.setattr(attacker, "post", lambda *args: answers.append(post(*args)) or answers[-1])
    begun = time.monotonic()
    for at in range(3):
        inputs.INPUTS[name](attacker, at)
    assert time.monotonic() - begun < 3 * HANG_SECONDS
    if name == "wrong_types":
        assert all(status in (0, 413) and len(said) < 100 for status, said in answers)
    assert all(status < 500 for status, _ in answers)


def test_no_address_is_fetched_for_anybody(server: Server) -> None:
    """Wherever in an event's values it stands, and however it is spelled."""
    fetched = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.5)
        address = f"127.0.0.1:{listening.getsockname()[1]}/a.json"
        file = {"orig_name": "a.json", "meta": {"_type": "gradio.FileData"}}
        paths = [f"http://{address}", f"HTTP://{address}", f"https://{address}", f"//{address}", f"ftp://{address}"]
        for at, path in enumerate(paths):
            for sent in ({**file, "path": path}, [{**file, "path": path}], {**file, "path": "a.json", "url": path}):
                for event, count in server.uploads.items():
                    server.ask(body(server, [sent, *["small", "en"][-(count - 1) :]], f"fetch-{at}", event))
                server.ask(body(server, [{"value": sent}, *GOOD[1:]], f"nested-{at}"))
                server.ask(body(server, [sent, *GOOD[1:]], f"prompt-{at}", event_data={"a": [sent]}))
        with suppress(TimeoutError):
            fetched.append(listening.accept())
    assert not fetched


@pytest.mark.parametrize(
    ("path", "headers", "content"),
    [
        ("/gradio_api/queue/join", {"content-type": "text/plain"}, b"{}"),
        ("/save", {"content-type": "text/plain"}, b"{}"),
        ("/lesson", {"content-type": "multipart/form-data; boundary=x"}, b"--x--"),
        ("/gradio_api/upload", {"content-type": "multipart/form-data", "origin": "https://evil.example"}, b""),
        ("/gradio_api/component_server", {"content-type": "text/plain"}, b"{}"),
    ],
)  # fmt: skip
def test_no_other_site_makes_a_visitors_browser_ask(
    server: Server, path: str, headers: dict[str, str], content: bytes
) -> None:
    assert server.http.post(path, content=content, headers=headers).status_code in (403, 404, 415)
    origin = {"content-type": "application/json", "origin": "https://evil.example"}
    assert server.http.post(path, content=b"{}", headers=origin).status_code in (403, 404)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:7860", "x.hf.space"])
def test_the_app_answers_to_no_name_that_is_not_its_own(server: Server, host: str) -> None:
    for path in ("/", "/config", "/health", "/metrics", "/gradio_api/queue/data?session_hash=a"):
        assert server.http.get(path, headers={"host": host}).status_code == 421


def test_a_page_is_made_once_whatever_name_it_is_asked_for_under(server: Server) -> None:
    pages = {server.http.get("/", headers={"host": f"10.0.{at}.1", "x-forwarded-host": "a.b"}).text for at in range(20)}
    assert len(pages) == 1 and "10.0." not in pages.pop()


def test_no_script_of_another_site_reads_an_answer(server: Server) -> None:
    for host in ("10.0.0.1", "localhost"):
        found = server.http.get("/config", headers={"host": host, "origin": "https://evil.example"})
        assert not [name for name in found.headers if name.startswith("access-control")]
        asked = {"host": host, "origin": "https://evil.example", "access-control-request-method": "POST"}
        assert server.http.options("/gradio_api/queue/join", headers=asked).status_code in (403, 405)


@pytest.mark.parametrize(
    "path", ["/gradio_api/queue/status", "/gradio_api/component_server", "/gradio_api/dev/reload", "/gradio_api/token"]
)
def test_what_the_page_does_not_need_is_not_there(server: Server, path: str) -> None:
    assert server.http.get(path).status_code == 404
    assert server.http.post(path, json={}).status_code == 404
