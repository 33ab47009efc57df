"""Files that are handed in: bounded, found by their own path alone, and gone when they were read or came in part."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from model_utils.serving.http import uploads as module
from model_utils.serving.http.guard import Guard
from model_utils.serving.http.uploads import Uploads, own_folder

LARGEST = 100_000
PATH = "/gradio_api/upload"


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "in", LARGEST)


def post(uploads: Uploads, **request: Any) -> httpx.Response:
    async def sent() -> httpx.Response:
        routes = [Route(PATH, uploads.receive, methods=["POST"])]
        app = Starlette(routes=routes, middleware=[Middleware(Guard, files=[], largest=LARGEST, rate="900/second")])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
            return await client.post(PATH, **request)

    return asyncio.run(sent())


def hand_in(uploads: Uploads, content: bytes = b"{}", name: str = "trace.json") -> str:
    found: list[str] = post(uploads, files={"files": (name, content)}).json()
    return found[0]


def test_a_file_is_there_until_it_is_read(uploads: Uploads) -> None:
    path = hand_in(uploads, b"[1]")
    assert path.endswith("trace.json") and uploads.path_of(path) == path
    assert uploads.take(path) == b"[1]"
    assert not list(uploads.folder.iterdir())


@pytest.mark.parametrize(
    "name", ["../../../etc/cron.d/x.json", "a/b\\c.json", ".json", "名前.json", "x" * 300 + ".json", "\n\x1b[2J.json"]
)
def test_no_name_leads_out_of_the_folder(uploads: Uploads, name: str) -> None:
    path = Path(hand_in(uploads, name=name))
    assert path.is_file() and path.parent.parent == uploads.folder and path.name.endswith("json")


@pytest.mark.parametrize(
    "path",
    [
        "http://127.0.0.1:9/a.json", "https://host/10GB.json", "file:///etc/passwd", "//host/share/a.json",
        "\\\\host\\share\\a.json", "/etc/passwd", "ftp://host/a", "../outside.json", "data:,x", "", "a\0b", "x" * 5_000,
    ],
)  # fmt: skip
def test_no_other_path_or_address_is_that_of_a_file(uploads: Uploads, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside.json").write_text("{}", encoding="utf-8")
    hand_in(uploads)
    assert uploads.path_of(path) == str(uploads.folder / module.NOT_HERE)
    assert not Path(uploads.path_of(path)).exists()


def test_a_link_out_of_the_folder_is_not_followed(uploads: Uploads, tmp_path: Path) -> None:
    (tmp_path / "private.json").write_text("{}", encoding="utf-8")
    link = Path(hand_in(uploads)).parent / "link.json"
    link.symlink_to(tmp_path / "private.json")
    assert uploads.path_of(str(link)) == str(uploads.folder / module.NOT_HERE)


def form(content: bytes) -> dict[str, Any]:
    begin = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.json"\r\n\r\n'
    return {"content": begin + content, "headers": {"content-type": "multipart/form-data; boundary=x"}}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (form(b"x" * 50_000), 400),
        (form(b"x" * 200_000), 413),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 400),
        ({"content": b"{}", "headers": {"content-type": "application/json"}}, 400),
        ({"files": [("files", ("a.json", b"{}")), ("files", ("b.json", b"{}"))]}, 400),
        ({"files": {"files": ("a.json", b"{}")}, "data": {str(at): "x" for at in range(20)}}, 400),
        ({"data": {"files": "no file"}}, 400),
    ],
    ids=range(8),
)
def test_what_is_no_whole_file_is_refused_and_leaves_nothing(
    uploads: Uploads, request_: dict[str, Any], status: int
) -> None:
    assert post(uploads, **request_).status_code == status
    assert not list(uploads.folder.glob("**/*"))


def test_who_goes_away_in_the_middle_leaves_nothing(uploads: Uploads) -> None:
    async def broken() -> Any:
        yield form(b"x" * 50_000)["content"]
        raise ConnectionResetError

    assert post(uploads, content=broken(), headers=form(b"")["headers"]).status_code == 400
    assert not list(uploads.folder.glob("**/*"))


def test_a_file_that_drips_is_given_up_in_time(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.1)

    async def dripping() -> Any:
        yield form(b"")["content"]
        for _ in range(50):
            await asyncio.sleep(0.02)
            yield b"x"

    assert post(uploads, content=dripping(), headers=form(b"")["headers"]).status_code == 408
    assert not list(uploads.folder.glob("**/*"))


def test_a_full_disk_is_named_and_leaves_nothing(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "no space", "a name")

    monkeypatch.setattr(module.shutil, "copyfileobj", full)
    answer = post(uploads, files={"files": ("a.json", b"{}")})
    assert answer.status_code == 507 and "disk" in answer.text and "a name" not in answer.text
    assert not list(uploads.folder.glob("*/*"))


def test_the_folder_is_bounded_and_what_nobody_asked_for_goes(uploads: Uploads) -> None:
    for at in range(module.MOST_FILES * 2):
        path = Path(hand_in(uploads, b"x" * (LARGEST - 500)))
        os.utime(path.parent, (time.time() - 100 + at,) * 2)
    files = list(uploads.folder.glob("*/*"))
    assert len(files) <= module.MOST_FILES + 1 and path in files
    os.utime(path.parent, (time.time() - 2 * module.KEPT_SECONDS,) * 2)
    (uploads.folder / "empty").touch()
    os.utime(uploads.folder / "empty", (0, 0))
    uploads.clear()
    assert not path.exists() and not (uploads.folder / "empty").exists()


def test_folders_of_processes_that_are_no_more_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    left, own = tmp_path / "tsuzuki-4194305-x", tmp_path / f"tsuzuki-{os.getpid()}-y"
    for folder in (left, own):
        folder.mkdir()
    found = own_folder()
    assert found.parent == tmp_path and not found.exists()
    assert own.exists() and not left.exists()
