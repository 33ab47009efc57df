"""The wheel in an empty environment, from another folder: a page is served, a text goes on, a page is exported.

The environment reads the packages of this one, so that nothing is fetched. Leaves out: resolving and fetching the
dependencies (`test_requirements` holds what is declared to what is imported).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from .served import Served, free_port

ROOT = Path(__file__).resolve().parents[1]
INSTALLED = {"page/": "tsuzuki/", "assets/": "model_utils/assets/"}
CONTINUED = """
from model_utils import generate, load
from model_utils.asset_folder import ASSETS
from viz import to_html
trace = generate(load("nano"), "好きな果物は", max_new_tokens=3)
print(ASSETS, [step.chosen.token.id for step in trace.steps], len(to_html(trace)) > 10**5)
"""
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


def done(*asked: str | Path, folder: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Away from the repository, which is on no path here."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    options = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 300, "check": False}
    result = subprocess.run(
        list(map(str, asked)), cwd=folder, env={**environment, "HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"}, **options
    )
    assert result.returncode == code, result.stdout + result.stderr
    return result


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT, folder=folder)
    return next(folder.glob("tsuzuki-*-py3-none-any.whl"))


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel and no other package."""
    return installed(wheel, tmp_path_factory.mktemp("alone"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those of one with this environment's packages beside it."""
    place = tmp_path_factory.mktemp("installed")
    found = installed(wheel, place)
    path = next(place.glob("lib/python*/site-packages")) / "these.pth"
    path.write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return found


def installed(wheel: Path, place: Path) -> Path:
    venv.create(place, symlinks=True)
    done(
        PIP[0], "-m", "pip", "--python", place / "bin" / "python", *PIP[3:], "install", "--no-deps", wheel, folder=place
    )
    return place / "bin"


def test_a_wheel_holds_every_file_that_is_needed_under_names_of_its_own(wheel: Path) -> None:
    listed = [
        "git",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "page",
        "model_utils",
        "viz",
        "assets",
    ]
    names = subprocess.check_output(listed, cwd=ROOT).decode("utf-8").split("\0")
    wanted = {name for name in names if (ROOT / name).is_file() and not name.startswith("assets/pictures/")}
    for here, there in INSTALLED.items():
        wanted = {there + name.removeprefix(here) if name.startswith(here) else name for name in wanted}
    with zipfile.ZipFile(wheel) as opened:
        found = set(opened.namelist())
    assert {name for name in found if ".dist-info/" not in name} == wanted
    assert {name.partition("/")[0] for name in wanted} == {"model_utils", "tsuzuki", "viz"}
    assert {f"{package}/py.typed" for package in ("model_utils", "tsuzuki", "viz")} <= found


def test_the_command_serves_the_page(programs: Path, tmp_path: Path) -> None:
    port = free_port()
    own = {"GRADIO_SERVER_PORT": str(port), "HF_HUB_OFFLINE": "1"}
    app = Served((), port, own, "health", cwd=tmp_path, executable=programs / "tsuzuki")  # In Python's place.
    try:
        health = json.load(urllib.request.urlopen(f"{app.url}health", timeout=20))
        page = urllib.request.urlopen(app.url, timeout=20).read().decode("utf-8")
        script = urllib.request.urlopen(f"{app.url}tsuzuki.js", timeout=20).read().decode("utf-8")
    finally:
        app.stop()
    assert health["status"] == "ok" and "Tsuzuki" in page and '"command":"tsuzuki"' in script.replace('": "', '":"')


def test_a_prompt_goes_on_in_python(programs: Path, tmp_path: Path) -> None:
    from model_utils import generate, load

    folder, _, rest = done(programs / "python", "-c", CONTINUED, folder=tmp_path).stdout.partition(" ")
    assert Path(folder) == next(programs.parent.glob("lib/python*/site-packages")) / "model_utils" / "assets"
    trace = generate(load("nano"), "好きな果物は", max_new_tokens=3)
    assert rest == f"{[step.chosen.token.id for step in trace.steps]} True\n"


@pytest.mark.parametrize("command", [("tsuzuki",), ("python", "-m", "tsuzuki")], ids=" ".join)
def test_the_command_exports_a_page(programs: Path, tmp_path: Path, command: tuple[str, ...]) -> None:
    asked = ("export", "--prompt", "好きな果物は", "--max-new-tokens", "2", "--model", "nano", "page.html")
    done(programs / command[0], *command[1:], *asked, folder=tmp_path)
    assert 'id="tsuzuki-data"' in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_help_and_mistakes_name_the_command(programs: Path, tmp_path: Path) -> None:
    command = programs / "tsuzuki"
    told = [
        done(command, "--help", folder=tmp_path).stdout,
        done(command, "export", "--help", folder=tmp_path).stdout,
        done(command, "exprot", folder=tmp_path, code=2).stderr,
        done(command, "export", "--promt", "a", "page.html", folder=tmp_path, code=2).stderr,
    ]
    assert all(text.startswith("usage: tsuzuki") and "python app.py" not in text for text in told)
    assert "tsuzuki export --help" in told[0] and told[1].startswith("usage: tsuzuki export")


def test_an_installation_without_its_packages_is_told_so(alone: Path, tmp_path: Path) -> None:
    told = done(alone / "tsuzuki", folder=tmp_path, code=1).stderr
    assert "lacks packages that Tsuzuki needs (gradio, " in told and "Install it again: see README.md." in told
    assert told.count("\n") == 1
