"""`python app.py export …` as one types it: pages that hold what was asked for, or one sentence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from model_utils import load, score_many
from model_utils.recorded import EXAMPLES
from model_utils.wire import from_wire
from viz import command
from viz.command import SETTINGS, read
from viz.words import words

ROOT = Path(__file__).resolve().parents[1]
BEAM = str(EXAMPLES / "beam_ja.json")
HEAVY = "gradio", "torch"
SEE_IMPORTS = f"""
import runpy, sys
sys.argv = ["app.py", "export", *sys.argv[1:]]
try:
    runpy.run_path("app.py", run_name="__main__")
finally:
    print(*[name for name in {HEAVY!r} if name in sys.modules], "were imported", file=sys.stderr)
"""


def export(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, str(ROOT / "app.py"), "export", *map(str, arguments)]
    return subprocess.run(asked, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)


def data(path: Path) -> dict:
    return json.loads(re.search(r'id="tsuzuki-data">(.*?)</script>', path.read_text(encoding="utf-8"), re.S)[1])


def test_a_saved_file_becomes_a_page_without_gradio_or_torch(tmp_path):
    out = tmp_path / "page.html"
    asked = [sys.executable, "-c", SEE_IMPORTS, "--trace", BEAM, "--language", "ja", str(out)]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "were imported")
    assert done.stdout == words("ja")["export.written"].format(path=out, size="2.1") + "\n"
    shown = data(out)
    assert (shown["view"], shown["language"]) == ("map", "ja")
    assert len(shown["value"]["branches"]) == 2


def test_a_prompt_goes_on_as_asked(tmp_path):
    settings = ("--max-new-tokens", "3", "--temperature", "0.7", "--top-k", "9", "--seed", "5", "--model", "nano")
    done = export("--prompt", "好きな果物は", *settings, "page.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    trace = from_wire(data(tmp_path / "page.html")["value"])
    assert (trace.model, sum(not step.given for step in trace.steps)) == ("nano", 3)
    assert (trace.sampling.temperature, trace.sampling.top_k, trace.sampling.seed) == (0.7, 9, 5)


def test_several_texts_are_a_duel(tmp_path):
    texts = ["好きな果物はぶどう", "<b>好きな</b>果物はたんす"]
    done = export("--text", texts[0], "--text", texts[1], "--model", "nano", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    shown = data(tmp_path / "page.html")
    assert shown["view"] == "duel" and shown["value"]["letters"] == "AB"
    assert [from_wire(wire) for wire in shown["value"]["traces"]] == score_many(load("nano"), texts)


TROUBLES = {
    "no file": (("--trace", "nothing.json", "page.html"), "cannot_read", {"path": "nothing.json"}),
    "no folder": (("--trace", BEAM, "no/page.html"), "no_folder", {"folder": "no"}),
    "no folder for lessons": (("--lessons", "no/lessons"), "no_folder", {"folder": "no"}),
    "a folder in its place": (("--trace", BEAM, "."), "cannot_write", {"path": "."}),
    "no room": (("--trace", BEAM, "/dev/full"), "cannot_write", {"path": "/dev/full"}),
    "a file in its place": (("--lessons", "broken.json"), "cannot_write", {"path": "broken.json"}),
    "settings": (
        ("--prompt", "a", "--temperature", "-1", "page.html"),
        "invalid_settings",
        {"name": "temperature", "value": -1.0, "low": 0.0, "high": 100.0},
    ),
}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("asked", "key", "blanks"), TROUBLES.values(), ids=TROUBLES.keys())
def test_what_cannot_be_is_one_sentence(tmp_path, asked, key, blanks, language):
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    done = export(*asked, "--language", language, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    said = words(language)
    named = {"name": said["term.temperature"]} if "name" in blanks else {}
    assert done.stderr == said[f"error.{key}"].format(**blanks | named) + "\n"


@pytest.mark.parametrize("raw", ["{", "[]", '{"schema": 1}', '{"branches": 3}', "<html>", "\0"])
def test_a_broken_file_is_one_sentence(tmp_path, raw):
    (tmp_path / "broken.json").write_text(raw, encoding="utf-8")
    done = export("--trace", "broken.json", "page.html", cwd=tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.startswith("This is not a trace that can be shown") and done.stderr.count("\n") == 1
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    "asked",
    [
        [],
        ["page.html"],
        ["--prompt", "a"],
        ["--prompt", "a", "--text", "b", "page.html"],
        ["--lessons", "folder", "page.html"],
        ["--prompt", "a", "--language", "fr", "page.html"],
        ["--prompt", "a", "--seed", "x", "page.html"],
        [*["--text", "a"] * 7, "page.html"],
    ],
)
def test_wrong_arguments_are_told_how_it_is_used(capsys, asked):
    with pytest.raises(SystemExit) as caught:
        read(asked)
    assert caught.value.code == 2 and "usage: python app.py export" in capsys.readouterr().err


def test_settings_left_out_are_those_of_the_page():
    asked = read(["--prompt", "a", "page.html"])
    assert {name: getattr(asked, name) for name in SETTINGS} == {
        name: default for name, (_, default) in SETTINGS.items()
    }


def test_a_lesson_that_fails_is_named_and_the_others_are_written(tmp_path, capsys):
    from model_utils.errors import InvalidLesson, ModelNotFound
    from tests.viz.test_export import lesson

    fields = lesson("loop", "en") | {"text": "*a* <b>"}
    value = fields.pop("value")
    wrong = [InvalidLesson(file="bad.en.md", line=3, reason="no title"), ModelNotFound(model="large")]
    code = command.export(
        ["--lessons", str(tmp_path / "all")], lambda asked: ("", {}, ""), lambda _: ([(fields, value)], wrong)
    )
    told = capsys.readouterr()
    assert code == 0 and "bad.en.md" in told.err and "large" in told.err and told.err.count("\n") == 2
    assert data(tmp_path / "all" / "loop.html")["lesson"]["en"]["text"] == [["p", {}, ["em", {}, "a"], " <b>"]]
