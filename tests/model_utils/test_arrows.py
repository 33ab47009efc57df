"""The arrows of the house, in fresh interpreters: page -> viz -> trace <- model_utils, and page -> model_utils.

Each import runs in a process of its own, so that nothing another test has imported can hide an arrow.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "transformers", "tokenizers", "huggingface_hub", "safetensors"}
PAGE = {"gradio", "plotly", "viz", "page", "app"}
KNOWN_TO_VIZ = re.compile(r"model_utils(\.asset_folder(\.ASSETS)?|\.errors|\.trace(\..+)?)?")
FLOORS = (
    *(
        ("asset_folder",),
        ("readable_error",),
        ("remote_errors",),
        ("errors",),
        ("model_errors",),
        ("trace",),
        ("tokens", "logits"),
    ),
    *(("lm",), ("configuration",), ("folders",), ("catalog",), ("decoding",), ("local/gpu",), ("local",), ("remote",)),
    *(
        ("remote/completions",),
        ("remote/ray",),
        ("model_utils",),
        ("views/protocol",),
        ("views",),
        ("views/lecture",),
        ("serving",),
        ("serving/http",),
    ),
    *(("training",), ("training/text", "training/lecture/forms"), ("training/lecture/knowledge",)),
    *(("training/lecture/skills",), ("training/lecture",), ("training/learning",), ("training/measuring",)),
    *(("training/steps",), ("training/cards", "training/trials")),
)
"""The rooms of `model_utils`, and the modules in none, from the ground up: arrows point down."""
UP = ("remote/ray", "model_utils")
"""A Ray worker calls the public `load`."""
HOUSE = ("model_utils", "page", "viz", "assets/player", "assets/page")
CODE = (".py", ".js")
MOST_FILES = 12
MOST_LINES = 300
LONGEST_FUNCTION = 45


def modules_of(package: str) -> list[str]:
    names = [path.relative_to(ROOT).with_suffix("").parts for path in sorted((ROOT / package).rglob("*.py"))]
    return [".".join(parts).removesuffix(".__init__") for parts in names if parts[-1] != "__main__"]


def imported_by(code: str) -> set[str]:
    script = f"import sys, json; sys.path.insert(0, {str(ROOT)!r})\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return set(json.loads(done.stdout.splitlines()[-1]))


def top(modules: set[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


def test_importing_model_utils_imports_no_torch() -> None:
    assert not top(imported_by("import model_utils; model_utils.Trace")) & (HEAVY | PAGE)


def test_replaying_a_trace_needs_no_torch() -> None:
    code = """
from model_utils import Trace
trace = Trace.from_json('{"schema":1,"model":"m","revision":"1","vocab_size":2,"end":"given","sampling":null,'
    '"tokens":[[0,"YQ==","a",false]],"context":[0],"steps":[{"chosen":[0,1,-0.5],"given":true,"entropy":0.1,'
    '"candidates":[[0],[-0.5]]}]}')
trace.fork(0, 1), trace.perplexity, trace.to_json(), trace.text
"""
    assert not top(imported_by(code)) & (HEAVY | PAGE)


def test_listing_the_models_needs_no_torch() -> None:
    assert "torch" not in top(imported_by("from model_utils import catalog; catalog.embedded()"))


def test_no_module_of_model_utils_knows_the_page() -> None:
    modules = [module for module in modules_of("model_utils") if not module.startswith("model_utils.training")]
    assert "model_utils.local.model" in modules and "model_utils.decoding.tracing" in modules
    assert not top(imported_by("import " + ", ".join(modules))) & PAGE


def test_viz_knows_values_alone() -> None:
    modules = modules_of("viz")
    assert len(modules) > 3
    found = imported_by("import " + ", ".join(modules))
    assert not top(found) & (HEAVY | {"gradio", "page", "app"})
    # `import model_utils` itself brings its own loops along; what viz imports by name is what is checked below.
    assert "plotly" in top(found)


@pytest.mark.parametrize("module", modules_of("viz"))
def test_what_viz_imports_of_model_utils(module: str) -> None:
    """Read from the source: every `model_utils` that a module of viz names."""
    path = ROOT.joinpath(*module.split("."))
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")
    named = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            named.add(str(node.module))
            named |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "model_utils"}
    assert not {name for name in named if name.split(".")[0] in {"torch", "transformers", "gradio", "page", "app"}}
    assert all(map(KNOWN_TO_VIZ.fullmatch, (name for name in named if name.startswith("model_utils"))))


def arrows() -> Iterator[tuple[str, str, str]]:
    """From room to room, as the sources say, and the module that says it."""
    for module, imported in module_arrows("model_utils"):
        if imported.startswith("model_utils"):
            yield _room(module), _room(imported), module


def module_arrows(package: str) -> Iterator[tuple[str, str]]:
    """From module to module of the house, as the sources say, also inside functions; types alone are no arrows."""
    paths = {module: ROOT.joinpath(*module.split(".")) for module in modules_of(package)}
    files = {m: path / "__init__.py" if path.is_dir() else path.with_suffix(".py") for m, path in paths.items()}
    for module, file in files.items():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        home = module if file.name == "__init__.py" else module.rpartition(".")[0]
        for node in _imports(tree):
            base = home.split(".")[: len(home.split(".")) - node.level + 1] if node.level else []
            target = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names if target.startswith(("model_utils", "viz", "page")) else ():
                full = f"{target}.{alias.name}"
                yield module, full if _is_module(full) else target


def _is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def _imports(tree: ast.AST) -> Iterator[ast.ImportFrom]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom):
            yield node
        elif not (isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"):
            yield from _imports(node)


def _room(module: str) -> str:
    path = ROOT.joinpath(*module.split("."))
    inner = path if path.is_dir() else path.parent
    name = inner.relative_to(ROOT / "model_utils").as_posix()
    return name if name != "." else module.removeprefix("model_utils.")


def test_arrows_between_rooms_point_down() -> None:
    floor_of = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
    found = {(a, b, module) for a, b, module in arrows() if a != b}
    assert len(found) > 50
    assert not [arrow for arrow in found if floor_of[arrow[0]] <= floor_of[arrow[1]] and arrow[:2] != UP]


def test_modules_are_in_no_circle_late_imports_included() -> None:
    """Not even inside a room; a package stands for its `__init__`."""
    knows: dict[str, set[str]] = {}
    for module, imported in (arrow for package in ("model_utils", "viz", "page") for arrow in module_arrows(package)):
        knows.setdefault(module, set()).add(imported)
    assert len(list(TopologicalSorter(knows).static_order())) > 100


def test_a_room_is_small_enough_to_be_seen_at_a_glance() -> None:
    rooms = {path.parent for top in HOUSE for path in (ROOT / top).rglob("*") if path.suffix in CODE}
    assert len([room for room in rooms if room.parent == ROOT / "model_utils"]) <= 9
    for room in rooms:
        for kind in CODE:
            files = [path for path in room.glob(f"*{kind}") if path.name != "__init__.py"]
            assert len(files) <= MOST_FILES, room


def test_a_file_is_short_enough_to_be_read_at_once() -> None:
    files = [path for top in HOUSE for path in (ROOT / top).rglob("*") if path.suffix in (*CODE, ".css")]
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in files}
    assert len(lines) > 300 and not {path.name: count for path, count in lines.items() if count > MOST_LINES}


def test_a_function_is_short_enough_to_be_seen_at_once() -> None:
    """Those of scripts are counted by Biome (biome.jsonc)."""
    for path in (path for top in HOUSE for path in (ROOT / top).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, (path, node.name)


def test_a_file_opens_with_what_it_leaves_out() -> None:
    for path in (path for top in HOUSE for path in (ROOT / top).rglob("*") if path.suffix in CODE):
        head = re.match(r'"""(.*?)"""|/\*(.*?)\*/', path.read_text(encoding="utf-8"), re.DOTALL)
        assert head and re.search(r"Leaves\s+(\*\s+)?out", head[0]), path
