"""`make app` on any Python: one line where it is too old, nothing left behind, and a .venv of a wrong one made anew.

The Makefile is tried in a folder of its own, with no packages to install and an app that says its Python's version.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OLD = """#!/bin/sh
[ "$1" = --version ] && echo Python 3.10.4 && exit
exec {python} -c 'import sys; sys.version_info = (3, 10, 4); exec(sys.argv[1])' "$2"
"""
"""A Python that takes itself for 3.10."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "requirements.lock").touch()
    (tmp_path / "app.py").write_text("import sys; print('served by', sys.prefix)", encoding="utf-8")
    script(tmp_path / "python3.10", OLD.format(python=sys.executable))
    return tmp_path


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def make_app(folder: Path, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    options = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 120, "check": False}
    return subprocess.run(["make", "app", f"PYTHON={python}"], cwd=folder, **options)


def assert_served(folder: Path, python: str = sys.executable) -> None:
    done = make_app(folder, python)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"served by {folder / '.venv'}\n")


@pytest.mark.parametrize(
    ("python", "found"), [("./python3.10", "./python3.10 is Python 3.10.4"), ("./nothing", "./nothing is not here")]
)
def test_a_wrong_python_is_one_line_and_leaves_nothing_behind(folder: Path, python: str, found: str) -> None:
    before = sorted(folder.iterdir())
    done = make_app(folder, python)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and f"{found}, and Tsuzuki needs Python 3.11 or newer" in done.stderr
    assert sorted(folder.iterdir()) == before
    assert_served(folder)
    assert_served(folder, python)  # It is no longer asked for once .venv is there.


@pytest.mark.parametrize("wrong", ["too old", "gone", "without pip"])
def test_a_venv_that_cannot_hold_the_app_is_made_anew(folder: Path, wrong: str) -> None:
    python = folder / ".venv" / "bin" / "python"
    if wrong == "too old":
        script(python, OLD.format(python=sys.executable))
    elif wrong == "gone":
        python.parent.mkdir(parents=True)
        python.symlink_to(folder / "python3.9")
    else:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    if wrong != "without pip":  # Else its making was cut short before anything was installed.
        (folder / ".venv" / "app").touch()
    assert_served(folder)


def test_a_venv_that_cannot_be_finished_is_not_left_behind(folder: Path) -> None:
    half = f'#!/bin/sh\n[ "$1" = -c ] && exec {sys.executable} "$@"\nmkdir .venv; echo no ensurepip >&2; exit 1\n'
    script(folder / "python3", half)
    done = make_app(folder, "./python3")
    assert done.returncode == 2 and "no ensurepip" in done.stderr
    assert not (folder / ".venv").exists()
