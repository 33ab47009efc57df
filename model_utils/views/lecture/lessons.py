"""The lessons: one Markdown file each, in one language, with front matter that says what is shown beside the text.

    assets/lessons/loop.ja.md, assets/lessons/loop.en.md        one lesson in two languages

Adding a lesson is adding a file. A file that cannot be read is named with its line, and stops no other. Leaves out:
how the text is drawn (`viz.text.markdown`), and what the models are asked (`registry`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import yaml
from msgspec import Struct

from ...asset_folder import ASSETS
from ...catalog import DEFAULT
from ...errors import InvalidLesson
from ...trace.validate import Wrong, take, text_of
from ..protocol.view import GetModel, Inputs, Names
from ..registry import VIEWS

LESSONS = ASSETS / "lessons"
FENCE = "---"
_PLACE = re.compile(r" \(at ([\w.\[\]]*)\)$|field `(\w+)`")

_ASKED = ("inputs", "model", "order")

if TYPE_CHECKING:
    ViewName = str
else:
    ViewName = Literal[*VIEWS]


class FrontMatter(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands above the text of a lesson."""

    title: str
    language: str
    view: ViewName
    inputs: dict[str, Any]
    order: float = 1000.0
    """Its place among the lessons; equal ones go by name."""
    slides: str = ""
    """Numbers of the lecture's slides that it belongs to."""
    model: str = DEFAULT
    step: int | None = None
    """Where the picture opens, counted from 1."""
    guess: bool = False
    """Whether the audience votes for each next token before it is shown."""
    look: str = ""
    question: str = ""
    """Asked before the picture is shown."""
    answer: str = ""


class Lesson(NamedTuple):
    """One lesson in one language."""

    name: str
    """The file's name without its language."""
    front: FrontMatter
    inputs: Inputs
    text: str
    """Markdown."""

    def value(self, get: GetModel, names: Names = ("greedy", "beam search")) -> dict[str, Any]:
        """The plain value of its picture, from the models. `names` are those of the two branches of a map.

        Raises the errors of the models.
        """
        return self.inputs.value(self.front.model, get, names)

    def fields(self) -> dict[str, Any]:
        """Plain data for the page, with the `state` of a page that has these inputs, to go on from."""
        shown = {name: getattr(self.front, name) for name in self.front.__struct_fields__ if name not in _ASKED}
        state = {**self.inputs.state(self.front.model), "language": self.front.language}
        return {"name": self.name, **shown, "text": self.text, "state": state}


def read_lessons(folder: Path = LESSONS) -> tuple[list[Lesson], list[InvalidLesson]]:
    """The lessons of a folder in their order, and what is wrong with the files that are none."""
    lessons, troubles = [], []
    for path in sorted(folder.glob("*.md")):
        try:
            lessons.append(read_lesson(path))
        except InvalidLesson as error:
            troubles.append(error)
    return sorted(lessons, key=lambda lesson: (lesson.front.order, lesson.name)), troubles


def in_language(lessons: list[Lesson], name: str, language: str) -> Lesson | None:
    """The lesson of this name, in this language if there is one; None if there is no such lesson."""
    found = [lesson for lesson in lessons if lesson.name == name]
    return next((lesson for lesson in found if lesson.front.language == language), next(iter(found), None))


def contents(lessons: list[Lesson]) -> list[dict[str, Any]]:
    """One entry a lesson, in order: its name, its slides, and its title in each language."""
    entries: dict[str, dict[str, Any]] = {}
    for lesson in lessons:
        entry = entries.setdefault(lesson.name, {"name": lesson.name, "slides": lesson.front.slides, "titles": {}})
        entry["titles"][lesson.front.language] = lesson.front.title
    return list(entries.values())


def read_lesson(path: Path) -> Lesson:
    """One file. Raises InvalidLesson, with its line."""
    try:
        written = text_of(path.read_bytes())
    except (OSError, UnicodeDecodeError):
        raise InvalidLesson(file=path.name, line=1, reason="the file cannot be read as UTF-8 text") from None
    lines = written.splitlines()
    if not lines or lines[0] != FENCE or FENCE not in lines[1:]:
        raise InvalidLesson(file=path.name, line=1, reason=f"the front matter between two lines {FENCE} is missing")
    end = lines.index(FENCE, 1)
    head = "\n" + "\n".join(lines[1:end])
    data, places = _read_yaml(head, path.name)
    front: FrontMatter = _convert(data, FrontMatter, path.name, places, "")
    inputs: Inputs = _convert(front.inputs, VIEWS[front.view].inputs, path.name, places, "inputs")
    name = path.name.removesuffix(".md").removesuffix(f".{front.language}")
    return Lesson(name, front, inputs, "\n".join(lines[end + 1 :]).strip())


def _read_yaml(text: str, file: str) -> tuple[Any, dict[str, int]]:
    """The data, and the line of each key by its path with dots."""
    try:
        places = dict(_places(yaml.compose(text, yaml.SafeLoader)))
        return yaml.safe_load(text), places
    except yaml.MarkedYAMLError as error:
        mark = error.context_mark or error.problem_mark
        raise InvalidLesson(
            file=file, line=mark.line + 1 if mark else 1, reason=str(error.problem or "this is no YAML")
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InvalidLesson(file=file, line=1, reason=str(error).splitlines()[0].rstrip(".")) from None


def _places(node: yaml.Node | None, before: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            path = f"{before}{key.value}"
            yield path, key.start_mark.line + 1
            yield from _places(value, f"{path}.")


def _convert(data: Any, kind: Any, file: str, places: Mapping[str, int], within: str) -> Any:
    try:
        return take(data, kind)
    except Wrong as wrong:
        raise InvalidLesson(file=file, line=_line_of(str(wrong), places, within), reason=wrong) from None


def _line_of(said: str, places: Mapping[str, int], within: str) -> int:
    """The line of the key that an error names, or else of the whole section."""
    names = {re.sub(r"\[.*", "", name) for pair in _PLACE.findall(said) for name in pair if name}
    paths = {f"{within}.{name}".lstrip(".") for name in names}
    return max((line for path, line in places.items() if path in paths), default=places.get(within, 1))
