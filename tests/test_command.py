"""`python app.py export …` as one types it: pages that hold what was asked for, or one sentence."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from model_utils import load, score_many
from model_utils.trace.values import from_wire
from model_utils.views.lecture.examples import EXAMPLES
from model_utils.views.protocol.branches import branches_from_wire
from tests.trace.marks import ENCODINGS, marked
from viz import command
from viz.command import SETTINGS, read
from viz.text.i18n import words

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


def export(
    *arguments: str | Path, cwd: Path = ROOT, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, str(ROOT / "app.py"), "export", *map(str, arguments)]
    options = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 300, "check": False}
    return subprocess.run(asked, cwd=cwd, env=environment, **options)


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


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_saved_file_may_have_any_mark(tmp_path, encoding):
    (tmp_path / "saved.json").write_bytes(marked(Path(BEAM).read_text(encoding="utf-8"), encoding))
    done = export("--trace", "saved.json", "page.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(data(tmp_path / "page.html")["value"]["branches"]) == 2


def test_a_prompt_goes_on_as_asked(tmp_path):
    settings = ("--max-new-tokens", "3", "--temperature", "0.7", "--top-k", "9", "--seed", "5", "--model", "nano")
    done = export("--prompt", "好きな果物は", *settings, "page.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    trace = from_wire(data(tmp_path / "page.html")["value"])
    assert (trace.model, sum(not step.given for step in trace.steps)) == ("nano", 3)
    assert (trace.sampling.temperature, trace.sampling.top_k, trace.sampling.seed) == (0.7, 9, 5)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_takes_long_says_how_far_it_is(tmp_path, language):
    asked = ("--prompt", "好きな果物は", "--max-new-tokens", "2", "--language", language)
    done = export(*asked, tmp_path / "page.html")
    assert done.stderr.splitlines()[0] == words(language)["page.loading"].format(model="small")


def test_what_is_counted_is_told_at_once_and_then_once_a_second(capsys, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(command.time, "monotonic", lambda: now[0])
    tell = command.teller("en")
    for done in range(1, 41):
        tell("export.tokens", done=done, total=40)
        now[0] += 0.125
    told = capsys.readouterr()
    assert told.out == "" and told.err.splitlines() == [f"Token {done} of 40 …" for done in range(1, 41, 8)]


def test_a_terminal_that_lacks_the_characters_stops_nothing(tmp_path):
    """As on Windows, where the encoding of what is piped is an old one."""
    environment = os.environ | {"PYTHONIOENCODING": "cp1252:strict"}
    done = export("--trace", BEAM, "--language", "ja", tmp_path / "果物.html", environment=environment)
    assert done.returncode == 0 and "Traceback" not in done.stderr and (tmp_path / "果物.html").stat().st_size > 10**6


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


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("--promt", "--prompt"),
        ("--promt=a", "--prompt"),
        ("--top_k", "--top-k"),
        ("--max", "--max-new-tokens"),
        ("--maxnewtokens", "--max-new-tokens"),
        ("--Temperature", "--temperature"),
        ("-trace", "--trace"),
        ("--lesson", "--lessons"),
        ("--out", "--"),
    ],
)
def test_an_option_that_is_not_there_is_answered_with_the_nearest(capsys, mistyped, meant):
    with pytest.raises(SystemExit) as caught:
        read([mistyped, "a", "page.html"])
    told = capsys.readouterr().err.splitlines()[-1]
    assert caught.value.code == 2 and f"There is no option {mistyped.partition('=')[0]}. " in told and meant in told


def test_texts_that_look_like_options_are_texts():
    assert read(["--prompt", "- a list", "page.html"]).prompt == "- a list"
    assert read(["--prompt=--x", "page.html"]).prompt == "--x"
    assert read(["--prompt", "-5", "--", "--page.html"]).out == Path("--page.html")


def test_a_text_without_quotation_marks_is_told_of_them(capsys):
    with pytest.raises(SystemExit):
        read(["--prompt", "The", "capital", "of", "page.html"])
    assert "“of” is one word too many" in capsys.readouterr().err


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
        ["--lessons", str(tmp_path / "all")], lambda *_: ("", {}, ""), lambda *_: ([(fields, value)], wrong)
    )
    told = capsys.readouterr()
    assert code == 0 and "bad.en.md" in told.err and "large" in told.err and told.err.count("\n") == 2
    assert data(tmp_path / "all" / "loop.html")["lesson"]["en"]["text"] == [["p", {}, ["em", {}, "a"], " <b>"]]


def test_a_hand_out_is_of_the_branch_that_was_looked_at(tmp_path):
    out = tmp_path / "page.html"
    done = export("--hand-out", "--trace", BEAM, "--language", "ja", out)
    assert done.returncode == 0, done.stderr
    branches, current, *_ = branches_from_wire(json.loads(Path(BEAM).read_text(encoding="utf-8")))
    assert from_wire(data(out)["value"]) == branches[current].trace
    assert out.stat().st_size < 400_000


@pytest.mark.parametrize(
    "asked", [("--text", "a b", "--text", "a c", "page.html"), ("--lessons", "lessons")], ids=["texts", "lessons"]
)
def test_a_hand_out_of_several_is_refused(asked, capsys):
    with pytest.raises(SystemExit):
        read(["--hand-out", *asked])
    assert "--hand-out is of one text" in capsys.readouterr().err
