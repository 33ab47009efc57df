"""The app runs on Windows, too: what only other systems have is asked for where it is known to be there."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from model_utils.serving.http import sockets, uploads

ROOT = Path(__file__).parents[1]
POSIX_ALONE = {"crypt", "fcntl", "grp", "posix", "pty", "pwd", "resource", "spwd", "syslog", "termios", "tty"}
SOURCES = [ROOT / "app.py", *(path for room in ("model_utils", "page", "viz") for path in (ROOT / room).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """Names of packages that are imported as soon as a file is."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    plain = {name.name.partition(".")[0] for line in body if isinstance(line, ast.Import) for name in line.names}
    return plain | {(line.module or "").partition(".")[0] for line in body if isinstance(line, ast.ImportFrom)}


def test_no_file_needs_a_module_that_windows_lacks() -> None:
    found = {str(path.relative_to(ROOT)): imported(path) & POSIX_ALONE for path in SOURCES}
    assert len(found) > 100 and not {path: names for path, names in found.items() if names}


def test_where_there_is_no_bound_on_descriptors_none_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "resource", None)
    assert sockets.raise_descriptors() == sockets.DESCRIPTORS


def test_no_process_is_asked_by_a_signal_that_ends_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On Windows, signal 0 is Ctrl-C."""
    sent: list[int] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(uploads.os, "kill", lambda pid, number: sent.append(pid))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    (tmp_path / "tsuzuki-12345-left").mkdir()
    uploads.own_folder()
    assert not sent and (tmp_path / "tsuzuki-12345-left").exists()
