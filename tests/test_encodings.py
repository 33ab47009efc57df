"""Text is read and written in UTF-8 whatever a machine's own encoding is: whatever opens text names an encoding.

Looked for in every source, in the code blocks of every Markdown file, and in strings that are code (scripts, examples).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("model_utils", "viz", "page", "tests", "assets", "docs")
WORDS = ("open(", "_text(", "text=True", "universal_newlines")


def files(ending: str) -> list[Path]:
    return [*ROOT.glob(f"*{ending}"), *(path for name in FOLDERS for path in (ROOT / name).rglob(f"*{ending}"))]


def names_none(call: ast.Call) -> bool:
    """Whether a call opens text without naming its encoding."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if "encoding" in given or None in given:
        return False
    if name in ("read_text", "write_text") and isinstance(call.func, ast.Attribute):
        return len(call.args) <= (name == "write_text")
    if name == "open":
        words = [one.value for one in [*call.args, given.get("mode")] if isinstance(one, ast.Constant)]
        modes = [one for one in words if isinstance(one, str) and one and set(one) <= set("rwaxbt+U")]
        is_own = isinstance(call.func, ast.Name) or not call.args  # Others, such as Image.open, may open anything.
        return (is_own or bool(modes)) and not any("b" in mode for mode in modes)
    return any(is_true(given.get(word)) for word in ("text", "universal_newlines"))


def is_true(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is True


def is_half(options: ast.Dict) -> bool:
    """Options of a process, kept for several calls, whose text has no encoding."""
    keys = [key.value for key in options.keys if isinstance(key, ast.Constant)]
    return "text" in keys and "encoding" not in keys and is_true(options.values[keys.index("text")])


def troubles(source: str) -> Iterator[int]:
    """The lines at which text is opened without an encoding."""
    for node in ast.walk(ast.parse(source)):
        if (isinstance(node, ast.Call) and names_none(node)) or (isinstance(node, ast.Dict) and is_half(node)):
            yield node.lineno
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and any(w in node.value for w in WORDS):
            try:
                inner = list(troubles(dedent(node.value)))
            except SyntaxError:
                continue
            yield from (node.lineno + line - 1 for line in inner)


def test_every_source_names_its_encodings() -> None:
    others = [path for path in files(".py") if path != Path(__file__)]
    found = [f"{path.relative_to(ROOT)}:{n}" for path in others for n in troubles(path.read_text(encoding="utf-8"))]
    assert found == []


def test_every_code_block_names_its_encodings() -> None:
    found = []
    for path in files(".md"):
        blocks = MarkdownIt().parse(path.read_text(encoding="utf-8"))
        codes = [one.content for one in blocks if one.type == "fence" and one.info.startswith("python")]
        found += [f"{path.relative_to(ROOT)}: {code.splitlines()[n - 1]}" for code in codes for n in troubles(code)]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        'open("a", "w").write(x)',
        'open("a", newline="")',
        'path.open("a")',
        "path.open()",
        'gzip.open(path, "rt")',
        "path.read_text()",
        "path.write_text(x)",
        'path.write_text(x, newline="")',
        "run(asked, text=True)",
        "Popen(asked, universal_newlines=True)",
        'options = {"text": True}',
        "script = 'open(path).read()'",
    ],
)
def test_what_names_none_is_found(line: str) -> None:
    assert list(troubles(line)) == [1]


@pytest.mark.parametrize(
    "line",
    [
        'open("a", "w", encoding="utf-8")',
        'open("a", "rb")',
        'path.open("xb")',
        'path.read_text("utf-8")',
        'path.write_text(x, "utf-8")',
        "Image.open(io.BytesIO(png))",
        'run(asked, text=True, encoding="utf-8")',
        'options = {"text": True, "encoding": "utf-8"}',
        '{"text": "words"}',
        "run(asked, **options)",
    ],
)
def test_what_names_one_or_opens_no_text_is_left_alone(line: str) -> None:
    assert list(troubles(line)) == []
