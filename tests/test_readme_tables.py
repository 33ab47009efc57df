"""What the README and `docs` say of options, variables, lessons and files is what the code says.

Leaves out: their code blocks (`test_readme`).
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from markdown_it import MarkdownIt

from model_utils import Trace, to_csv
from model_utils.tokens.vocabulary import visible
from model_utils.trace.values import Candidate, Step, Token
from model_utils.views.lecture.lessons import FrontMatter
from model_utils.views.registry import VIEWS
from viz.command import read as read_export

from .readme import README, ROOT, blocks, pages

TEXTS = {page: page.read_text(encoding="utf-8") for page in pages()}
TEXT = "\n".join(TEXTS.values())


def table_after(heading: str) -> dict[str, list[str]]:
    """The rows of the one table whose head begins so, by their first cell."""
    lines = TEXT.splitlines()
    (start,) = [at + 2 for at, line in enumerate(lines) if line.startswith(heading)]
    end = next(at for at in range(start, len(lines)) if not lines[at].startswith("|"))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:end]]
    return {row[0]: row[1:] for row in rows}


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def defaults_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Those of the fields that have one, as JSON has them."""
    named = {field.name: field.default for field in msgspec.structs.fields(kind) if not field.required}
    plain: dict[str, Any] = json.loads(json.dumps(named))
    return plain


def test_the_fields_of_a_lesson_are_those_of_the_code() -> None:
    rows = {name: cells for first, cells in table_after("| field |").items() for name in words(first)}
    assert set(rows) == set(FrontMatter.__struct_fields__)
    defaults = defaults_of(FrontMatter)
    assert {name for name, cells in rows.items() if cells[0] == "needed"} == set(rows) - set(defaults)
    assert words(rows["model"][0]) == [defaults["model"]]
    assert words(rows["guess"][0]) == [json.dumps(defaults["guess"])]
    assert words(rows["view"][1])[: len(VIEWS)] == list(VIEWS)


def test_the_inputs_of_each_view_are_those_of_the_code() -> None:
    rows = table_after("| view | inputs |")
    assert [words(view)[0] for view in rows] == list(VIEWS)
    for (_, cells), view in zip(rows.items(), VIEWS.values(), strict=True):
        kind = view.inputs
        told = dict(re.findall(r"(?:^|, )`(\w+)`(?: \(`?([^)`]+)`?\))?", cells[0]))
        assert told.keys() == set(kind.__struct_fields__)
        assert {name: json.loads(default) for name, default in told.items() if default} == defaults_of(kind)


def test_the_variables_of_the_table_are_those_that_the_code_reads() -> None:
    told = {name.partition("=")[0] for first in table_after("| in the environment |") for name in words(first)}
    sources = [path for folder in ("model_utils", "page", "viz") for path in (ROOT / folder).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "app.py", *sources)]
    read = {name for text in texts for name in re.findall(r'"((?:TSUZUKI|GRADIO)_[A-Z_]+)"', text)}
    assert set(re.findall(r"TSUZUKI_[A-Z_]+", TEXT)) <= read
    assert {name for name in told if name.startswith("TSUZUKI_")} == {n for n in read if n.startswith("TSUZUKI_")}
    assert {"GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"} <= told & read


def options_of(text: str) -> set[str]:
    return set(re.findall(r"--[a-z][a-z-]*", text))


def test_the_options_of_the_table_are_those_of_export(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_export(["--help"])
    rows = {name.split()[0]: cells for first, cells in table_after("| option |").items() for name in words(first)}
    assert rows.keys() == options_of(capsys.readouterr().out) - {"--help"}
    asked = read_export(["--prompt", "a", "page.html"])
    assert words(rows["--max-new-tokens"][0]) == [str(asked.max_new_tokens)]


def test_every_option_of_the_app_in_a_line_is_there() -> None:
    done = subprocess.run([sys.executable, "app.py", "--help"], cwd=ROOT, capture_output=True, timeout=60, check=True)
    lines = [line for block in blocks() if block.language == "sh" for line in block.text.splitlines()]
    used = [options_of(line) for line in lines if re.search(r"python app\.py\b(?! export)", line)]
    assert used and set().union(*used) <= options_of(done.stdout.decode("utf-8"))


def links_of(text: str) -> list[str]:
    """What a page links to and shows."""
    lines = MarkdownIt().enable("table").parse(text)
    parts = [part for line in lines for part in [line, *(line.children or [])]]
    html = [part.content for part in parts if part.type in ("html_block", "html_inline")]
    return [
        *(str(part.attrs.get("href") or part.attrs["src"]) for part in parts if part.type in ("link_open", "image")),
        *re.findall(r'(?:src|href)="([^"]+)"', "\n".join(html)),
    ]


def test_every_file_on_the_map_is_there() -> None:
    for first in table_after("| room | what is in it |"):
        assert all((ROOT / name).exists() for name in words(first)), first


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_and_picture_is_there_in_the_repository_and_on_a_space(page: Path) -> None:
    served = re.search(r"^SERVED := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    places = shlex.split(served[1])
    for link in links_of(TEXTS[page]):
        if not link.startswith("https://"):
            file = (page.parent / link).resolve()
            assert file.is_file(), link
            assert any(file.is_relative_to(ROOT / place.removesuffix("/*")) for place in places), link


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    assert TEXTS[README].count("\n") <= 130
    linked = {(ROOT / link).resolve() for link in links_of(TEXTS[README]) if not link.startswith("https://")}
    assert set(pages()) - {README} <= linked


def test_every_room_is_on_the_map_and_says_what_it_is() -> None:
    named = {name.rstrip("/") for first in table_after("| room | what is in it |") for name in words(first)}
    rooms = [path.parent for path in sorted((ROOT / "model_utils").rglob("__init__.py"))]
    shown = [room for room in rooms if len(room.relative_to(ROOT).parts) <= 2]
    assert {room.relative_to(ROOT).as_posix() for room in shown} <= named
    for room in rooms:
        assert "Leaves out:" in " ".join((room / "__init__.py").read_text(encoding="utf-8").split()), room


def test_the_context_of_the_embedded_model_is_what_the_readme_says() -> None:
    config = json.loads((ROOT / "assets" / "models" / "small" / "config.json").read_text(encoding="utf-8"))
    said = re.search(r"read (\d+) tokens, prompt and continuation together", TEXT)
    assert int(said[1]) == config["max_position_embeddings"]


def test_the_labels_and_the_exact_bytes_of_a_csv_are_told_apart() -> None:
    """What the README says gives the text back: of a token that a spreadsheet would run, and of one with a space."""
    said = next(one for one in TEXT.splitlines() if one.startswith("In a CSV"))
    assert "␣" in said and "apostrophe" in said
    tokens = [
        Token(id=at, bytes=raw, label=visible(raw.decode()), special=False) for at, raw in enumerate((b"=1", b" a"))
    ]
    steps = [Step(Candidate(token, 1, 0.0), True, (Candidate(token, 1, 0.0),), 0.0) for token in tokens]
    trace = Trace(model="m", revision="", vocab_size=2, context=(), steps=tuple(steps), sampling=None, end="given")
    rows = list(csv.DictReader(io.StringIO(to_csv(trace))))
    assert [row["token"] for row in rows] == ["'=1", "␣a"]
    assert "`bytes.fromhex(row.bytes).decode()`" in TEXT
    assert [bytes.fromhex(row["bytes"]).decode() for row in rows] == ["=1", " a"]


def test_what_an_installation_and_a_frame_need_is_said() -> None:
    sizes = [
        float(size) for row in table_after("| an installation").values() for size in re.findall(r"([\d.]+) GB", row[0])
    ]
    assert len(sizes) == 2 and sizes[0] > sizes[1]
    assert "A deck on an `https://` address shows a live frame from an `https://` address alone" in TEXT


def test_the_app_installs_what_reads_sentencepiece_files() -> None:
    """Without them, folders with a `tokenizer.model` alone do not load."""
    named = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert all(re.search(rf"^{package}==", named, re.MULTILINE) for package in ("sentencepiece", "protobuf"))


@pytest.mark.parametrize("page", [README, ROOT / "docs" / "views.md"], ids=lambda page: page.name)
def test_the_number_of_lessons(page: Path) -> None:
    (count,) = re.findall(r"\*\*Lessons\*\*: (\d+) of them in both languages", TEXTS[page])
    assert 2 * int(count) == len(list((ROOT / "assets" / "lessons").glob("*.md")))
