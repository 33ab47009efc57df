"""Joins the JavaScript modules that an entry imports, directly or through others, into one script for a page.

    script, styles = joined_modules("player/views/duel", "player/page")

The result needs no other file, so it may stand in a page that opens from a disk; comments stay behind. Modules run
once, each after those that it imports. ``window.Tsuzuki`` has the exports of each by name, for the browser's console
and for tests. Leaves out: all but what the sources use, which is `import * as x`, `import {a, b as c}`, imports of a
module or a style sheet for its effects, and `export` before a declaration; `tsc` checks that the names exist.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from model_utils.asset_folder import ASSETS

_IMPORT = re.compile(
    r'^import (?:(?:\* as (?P<all>\w+)|\{(?P<some>[^}]*)\}) from )?"(?P<path>\.[^"]+)";\n', re.MULTILINE
)
_COMMENT = re.compile(r"^[ ]*(?://[^\n]*|/\*.*?\*/)\n", re.MULTILINE | re.DOTALL)
"""A comment that has its lines to itself."""
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)


class Joined(NamedTuple):
    script: str
    styles: tuple[Path, ...]
    """The imported style sheets, in the order of their modules."""


class CircularImport(Exception):
    """Modules import one another in a circle."""


@cache
def joined_modules(*entries: str, root: Path = ASSETS) -> Joined:
    """The modules of these entries, named by their paths below `root` without the ending. Raises CircularImport."""
    root = root.resolve()
    modules: dict[Path, str] = {}
    styles: dict[Path, None] = {}

    def visit(path: Path, above: tuple[Path, ...] = ()) -> None:
        if path in above:
            raise CircularImport(" imports ".join(one.stem for one in (*above[above.index(path) :], path)))
        if path in modules:
            return
        source = path.read_text(encoding="utf-8")
        for imported in (path.parent / found["path"] for found in _IMPORT.finditer(source)):
            if imported.suffix == ".css":
                styles[imported.resolve()] = None
            else:
                visit(imported.resolve(), (*above, path))
        modules[path] = _as_function(source, path, root)

    for entry in entries:
        visit(root / f"{entry}.js")
    exposed = ", ".join(f'"{_name(path, root)}": {_variable(path, root)}' for path in modules)
    last = f"window.Tsuzuki = {{ {exposed} }};"
    script = "\n".join(["(() => {", '"use strict";', *modules.values(), last, "})();\n"])
    return Joined(script, tuple(styles))


def _as_function(source: str, path: Path, root: Path) -> str:
    """A module as a call of a function, which gives the module's exports."""

    def bound(found: re.Match[str]) -> str:
        target = (path.parent / found["path"]).resolve()
        if target.suffix == ".css" or not (found["all"] or found["some"]):
            return ""
        names = found["all"] or f"{{{found['some'].replace(' as ', ': ')}}}"
        return f"const {names} = {_variable(target, root)};\n"

    exported = ", ".join(_EXPORT.findall(source))
    body = _EXPORT.sub("", _IMPORT.sub(bound, _COMMENT.sub("", source)))
    return f"const {_variable(path, root)} = (() => {{\n{body}return {{ {exported} }};\n}})();"


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).with_suffix("").as_posix()


def _variable(path: Path, root: Path) -> str:
    return "$" + _name(path, root).replace("/", "$")
