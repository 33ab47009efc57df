"""Uploads of visitors: one file per request, bounded one by one and together, and deleted as soon as they are read.

Incomplete uploads leave nothing. Leaves out: the contents of a file.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

SECONDS = 60.0
"""A file that takes longer to arrive holds a place for nothing."""
KEPT_SECONDS = 600.0
"""A page opens a file as soon as it is there; older ones are abandoned."""
MOST_FILES = 10
"""Of the largest size, in the folder together."""
ARRIVING = 8
_FULL = (errno.ENOSPC, errno.EDQUOT)
LONGEST_NAME = 100
NOT_HERE = "not-handed-in"


class Uploads:
    """The folder of what was handed in; `largest` bounds a file in bytes."""

    def __init__(self, folder: Path, largest: int) -> None:
        self.folder = folder
        self._largest = largest
        self._arriving = asyncio.Semaphore(ARRIVING)
        self._kept_since = 0

    async def receive(self, request: Request) -> Response:
        """One file, as a form sends it. Answers with its path, or with what is wrong."""
        if self._arriving.locked():
            return PlainTextResponse("Too many files are arriving at once: wait a moment", 503)
        async with self._arriving:
            try:
                async with asyncio.timeout(SECONDS), request.form(max_files=1, max_fields=4) as form:
                    file = form.get("files")
                    if not isinstance(file, UploadFile):
                        return PlainTextResponse("There is no file in this request", 400)
                    return JSONResponse([str(await asyncio.to_thread(self._keep, file))])
            except TimeoutError:
                return PlainTextResponse("The file took too long to arrive", 408)
            except (MultiPartException, HTTPException, KeyError):
                return PlainTextResponse("The app cannot read this request", 400)
            except ClientDisconnect:
                return PlainTextResponse("The file ended before it was whole", 400)
            except OSError as error:
                if error.errno not in _FULL:
                    raise
                return PlainTextResponse("There is no room for the file: the disk of this machine is full", 507)

    def path_of(self, path: str) -> str:
        """The path, if it is that of an uploaded file; else the path of no file."""
        found = Path(os.path.realpath(path)) if "\0" not in path else self.folder
        is_ours = found.is_relative_to(os.path.realpath(self.folder)) and found.is_file()
        return str(found if is_ours else self.folder / NOT_HERE)

    def take(self, path: str) -> bytes:
        """The contents of an uploaded file, which is then deleted."""
        file = Path(path)
        try:
            return file.read_bytes()
        finally:
            if file.is_relative_to(self.folder):
                shutil.rmtree(file.parent, ignore_errors=True)

    def clear(self, seconds: float = KEPT_SECONDS) -> None:
        """Remove older files, and the oldest beyond the total size."""
        self._kept_since = 0
        now, room = time.time(), MOST_FILES * self._largest
        for place in sorted(self.folder.glob("*"), key=_changed, reverse=True):
            room -= _size(place)
            if room < 0 or not -seconds < now - _changed(place) < seconds:
                _remove(place)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _keep(self, file: UploadFile) -> Path:
        place = self.folder / secrets.token_hex(16)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            place.mkdir(mode=0o700)
            path = place / _safe(file.filename or "")
            with path.open("wb") as into:
                shutil.copyfileobj(file.file, into)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise
        self._kept_since += path.stat().st_size
        if self._kept_since > self._largest:
            self.clear()
        return path


def own_folder() -> Path:
    """Where a folder of this process alone may be made. Those of processes that are no more are removed."""
    base = Path(os.environ.get("GRADIO_TEMP_DIR") or tempfile.gettempdir())
    for left in base.glob("tsuzuki-*-*"):
        with suppress(ValueError, OSError):
            if not _is_alive(int(left.name.split("-")[1])):
                shutil.rmtree(left, ignore_errors=True)
    return Path(os.path.realpath(base)) / f"tsuzuki-{os.getpid()}-{secrets.token_hex(8)}"


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":  # There the same call would end the process; what is left is the system's to clear.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _changed(place: Path) -> float:
    with suppress(OSError):
        return place.stat().st_mtime
    return 0.0


def _size(place: Path) -> int:
    with suppress(OSError):
        return sum(file.stat().st_size for file in place.glob("*")) if place.is_dir() else place.stat().st_size
    return 0


def _remove(place: Path) -> None:
    """Gradio leaves an empty file of its own beside each that is opened."""
    with suppress(OSError):
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()


def _safe(name: str) -> str:
    """The end of a file's name, which tells what it is; the rest is letters that every disk can hold."""
    kept = "".join(letter for letter in Path(name).name if letter.isalnum() or letter in "._-")
    return kept[-LONGEST_NAME:].lstrip(".") or "file"
