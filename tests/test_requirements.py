"""What the code imports is declared, what is declared is pinned once, and what is pinned is locked with all it needs.

Leaves out: installing it (`fresh_clone`), and what the README says of it (`test_readme_tables`).
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = {"model_utils", "page", "viz"}
OF_THE_PLATFORM = {"spaces"}
"""Hugging Face Spaces has it where there is a GPU to borrow, and nobody else needs it."""
READ_BY_OTHERS = {"protobuf", "unidic-lite"}
"""What transformers reads SentencePiece with, and fugashi's dictionary."""
EXTRAS = {"serve": ("remote",), "train": ("training",)}
FILES = {"serve": "requirements-serve.txt", "train": "requirements-training.txt"}
LOCKS = {f"requirements{part}.lock": f"requirements{part}.txt" for part in ("", "-dev", "-llama")}
AS_PIP_FINDS_IT = "torch"


def named(requirements: Iterable[str]) -> dict[str, Requirement]:
    return {canonicalize_name(found.name): found for found in map(Requirement, requirements)}


def in_file(name: str) -> dict[str, Requirement]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return named(line for line in lines if line[:1].isalnum())


DECLARED = named(PROJECT["project"]["dependencies"])
OPTIONAL = {extra: named(lines) for extra, lines in PROJECT["project"]["optional-dependencies"].items()}


def imported(paths: Iterable[Path]) -> set[str]:
    """The distributions of all that is imported, wherever in a file."""
    names: set[str] = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(str(node.module).partition(".")[0])
    of = packages_distributions()
    names -= sys.stdlib_module_names | OURS | OF_THE_PLATFORM
    return {canonicalize_name(of[name][0]) for name in names}


def sources(extra: str = "") -> list[Path]:
    """Those that need an extra, or those that need none."""
    paths = [ROOT / "app.py", *(path for room in sorted(OURS) for path in (ROOT / room).rglob("*.py"))]
    rooms = {room: extra for extra, names in EXTRAS.items() for room in names}
    return [path for path in paths if extra == next((rooms[part] for part in path.parts if part in rooms), "")]


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    needed = imported(sources())
    assert len(needed) > 15
    assert needed - DECLARED.keys() == set()
    for extra in EXTRAS:
        found = imported(sources(extra))
        assert found - DECLARED.keys() - OPTIONAL[extra].keys() == set(), extra
        assert OPTIONAL[extra].keys() - found - READ_BY_OTHERS == set(), extra
    assert DECLARED.keys() - needed - READ_BY_OTHERS == set()


def test_what_is_pinned_is_pinned_alike() -> None:
    groups = [(DECLARED, "requirements.txt"), *((OPTIONAL[extra], name) for extra, name in FILES.items())]
    for declared, name in groups:
        pins = in_file(name)
        assert {key: str(found.specifier) for key, found in declared.items() if found.specifier} == {
            key: str(found.specifier) for key, found in pins.items()
        }, name
        assert {key: found.extras for key, found in declared.items() if key in pins} == {
            key: found.extras for key, found in pins.items()
        }, name


def locked(name: str) -> dict[str, Requirement]:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^(\S+==\S+(?: ; .*?)?) \\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE)
    assert len(blocks) == len(re.findall(r"^\w", text, re.MULTILINE)) > 20, "a line without a hash"
    return named(line for line, _ in blocks)


def all_needed(by: Iterable[Requirement]) -> dict[str, str]:
    """The versions here of these distributions and, over all floors, of what they need here."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    left = list(by)
    while left:
        one = left.pop()
        key = canonicalize_name(one.name), frozenset(one.extras)
        if key in seen:
            continue
        seen.add(key)
        found[key[0]] = version(one.name)
        for need in map(Requirement, requires(one.name) or ()):
            if not need.marker or any(need.marker.evaluate({"extra": extra}) for extra in ("", *one.extras)):
                left.append(need)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_all_that_is_needed_is_locked_in_the_version_that_is_tested(lock: str) -> None:
    files = [LOCKS[lock], *(["requirements.txt", *FILES.values()] if "dev" in lock else [])]
    here = all_needed(found for name in files for found in in_file(name).values())
    here.pop(AS_PIP_FINDS_IT, None)
    held = {name: str(found.specifier) for name, found in locked(lock).items()}
    assert {name: held.get(name) for name in here} == {name: f"=={found}" for name, found in here.items()}
    for name in files:
        assert {key: held.get(key) for key in in_file(name) if key != AS_PIP_FINDS_IT} == {
            key: str(found.specifier) for key, found in in_file(name).items() if key != AS_PIP_FINDS_IT
        }


def test_the_app_is_locked_as_the_tests_are() -> None:
    app, tests, server = (locked(lock) for lock in LOCKS)
    assert {name: str(found) for name, found in app.items()} == {name: str(tests[name]) for name in app}
    shared = server.keys() & tests.keys()
    assert {name: str(server[name]) for name in shared} == {name: str(tests[name]) for name in shared} != {}


def test_no_lock_holds_torch_or_the_libraries_of_a_gpu() -> None:
    """pip finds those for the machine; the metadata that stand for torch are those of the version that is pinned."""
    for lock in LOCKS:
        assert not [name for name in locked(lock) if re.match("torch|nvidia|cuda|triton", name)]
    (stands,) = PROJECT["tool"]["uv"]["dependency-metadata"]
    assert f"=={stands['version']}" == str(DECLARED[AS_PIP_FINDS_IT].specifier)
    needed = named(line for line in requires("torch") or () if "extra ==" not in line and "platform" not in line)
    assert named(stands["requires-dist"]).keys() == needed.keys()
