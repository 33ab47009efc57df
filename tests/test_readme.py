"""The code blocks of the README and of `docs` run as they stand.

Lines that install, train, or need the hub, a cluster or another program are checked for what can be checked without;
`python -m tests.fresh_clone PYTHON` runs them on a fresh clone. Leaves out: tables and prose (`test_readme_tables`).
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from model_utils.training.__main__ import parse as parse_training
from model_utils.views.lecture.examples import EXAMPLES
from model_utils.views.lecture.lessons import read_lesson, read_lessons

from .readme import ROOT, Block, blocks, commands, page_of
from .space_hub import space_hub

BIN = Path(sys.executable).parent
SHELL = [line for block in blocks() if block.language == "sh" for line in commands(block)]
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
"""An encoding as poor as that of an old machine, in which Japanese cannot be written."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the repository, and holds a file that the page has saved."""
    folder = tmp_path_factory.mktemp("readme")
    for path in ROOT.iterdir():
        if not path.name.startswith(".") or path.name == ".npmrc":
            (folder / path.name).symlink_to(path)
    shutil.copy(EXAMPLES / "beam_ja.json", folder / "branches.json")
    return folder


def environment(**own: str) -> dict[str, str]:
    """That of an activated .venv."""
    return {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "HF_HUB_OFFLINE": "1", **own}


def shell(command: str, folder: Path, **own: str) -> None:
    asked = ["bash", "-euc", command]
    options = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 300, "check": False}
    done = subprocess.run(asked, cwd=folder, env=environment(**own), **options)
    assert done.returncode == 0, done.stdout + done.stderr


def export(command: str, folder: Path) -> None:
    out = shlex.split(command, comments=True)[-1]
    shell(command, folder)
    assert (folder / out).exists()


def serve(command: str, folder: Path) -> None:
    with page_of(command, folder, environment()) as address:
        assert "Tsuzuki" in urllib.request.urlopen(address, timeout=20).read().decode("utf-8")
        port = re.search(r"--port (\d+)", command)
        assert not port or address.endswith(f":{port[1]}")


def install(command: str, folder: Path) -> None:
    """The file is there, and what it pins is what the tests run with."""
    wanted = re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", (folder / command.split()[-1]).read_text("utf-8"), re.M)
    assert wanted
    for name, version in wanted:
        assert importlib.metadata.version(name).split("+")[0] == version, name


def make(command: str, folder: Path) -> None:
    """There is such a target, and all that it asks for."""
    shell(f"{command.partition('#')[0]} --dry-run --old-file=.venv/app --old-file=.venv/dev BIN={BIN}", folder)


def put_on_spaces(command: str, folder: Path) -> None:
    with space_hub({}) as (address, hub):
        shell(command, ROOT, HF_ENDPOINT=address, HF_TOKEN="hf_none", HF_HUB_DISABLE_XET="1", HF_HUB_OFFLINE="0")
        assert hub.created["type"] == "space"
        assert "upload" not in command or ({"app.py", "README.md"} < set(hub.files) and not has_tests(hub.files))


def has_tests(files: dict[str, bytes]) -> bool:
    return any(name.startswith("tests") or "__pycache__" in name for name in files)


def train(command: str, folder: Path) -> None:
    asked = parse_training(shlex.split(command, comments=True)[3:])
    assert asked.command == "train" and asked.minutes == 5.5


def serve_replicas(command: str, folder: Path) -> None:
    """The application takes these arguments."""
    from model_utils.remote.ray.worker import Arguments, app

    target, *arguments = shlex.split(command, comments=True)[2:]
    assert target == "model_utils.remote.ray.worker:app"
    assert app(Arguments.model_validate(dict(argument.split("=", 1) for argument in arguments)))
    for name, value in {"replcas": "4", "gpus": "one", "replicas": "0"}.items():
        with pytest.raises(ValueError, match=name):
            Arguments.model_validate({name: value})


def elsewhere(command: str, folder: Path) -> None:
    """Other programs: nothing of them is here to be checked."""
    assert command.startswith(("source .venv/bin/activate", "docker ", "vllm serve ", "hf auth login"))


KINDS: list[tuple[str, Callable[[str, Path], None]]] = [
    (r"python app\.py export ", export),
    (r"(\w+=\S+ )*python app\.py\b", serve),
    (r"pip install -r ", install),
    (r"make ", make),
    (r"hf (repos|upload) ", put_on_spaces),
    (r"python -m model_utils\.training ", train),
    (r"serve run ", serve_replicas),
    (r"source |docker |vllm |hf auth ", elsewhere),
]


@pytest.mark.parametrize("command", SHELL)
def test_a_line_of_a_page_runs_as_it_stands(command: str, place: Path) -> None:
    check = next((check for pattern, check in KINDS if re.match(pattern, command)), None)
    assert check, f"nothing here runs: {command}"
    check(command, place)


def test_every_code_block_is_of_a_kind_that_is_checked() -> None:
    assert {block.language for block in blocks()} == {"sh", "bat", "python", "markdown", "html"}


def test_the_frame_of_a_slide_shows_a_lesson_that_is_exported() -> None:
    (frame,) = [block.text for block in blocks() if block.language == "html"]
    folder, name = re.search(r'src="([^/]+)/(\w+)\.html\?', frame).groups()
    assert any(line.startswith(f"python app.py export --lessons {folder} ") for line in SHELL)
    assert name in {lesson.name for lesson in read_lessons()[0]}


def test_the_three_lines_for_windows_name_what_is_there(place: Path) -> None:
    (lines,) = [block.text.splitlines() for block in blocks() if block.language == "bat"]
    assert len(lines) == 3
    named = {name for line in lines for name in line.split()}
    assert {name for name in named if (place / name).is_file()} == {"requirements.txt", "app.py"}


@pytest.mark.parametrize("block", [one for one in blocks() if one.language == "python"], ids=lambda one: one.place)
def test_python_of_a_page_runs_in_any_encoding(block: Block, tmp_path: Path) -> None:
    script = tmp_path / "block.py"
    script.write_text(block.text, encoding="utf-8")
    own = environment(PYTHONPATH=str(ROOT), **ASCII)
    subprocess.run([sys.executable, script], cwd=tmp_path, env=own, timeout=300, check=True)
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir() if path != script}
    assert written.keys() == set(re.findall(r'Path\("([^"]+)"\)\.write_text', block.text))
    assert written and all("果物" in text for text in written.values())


def test_the_lesson_of_a_page_is_a_lesson(tmp_path: Path) -> None:
    (written,) = [block.text for block in blocks() if block.language == "markdown"]
    (tmp_path / "tea.en.md").write_text(written, encoding="utf-8")
    lesson = read_lesson(tmp_path / "tea.en.md")
    assert (lesson.name, lesson.front.title, lesson.front.view) == ("tea", "Tea against sand", "duel")
