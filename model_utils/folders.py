"""Errors with advice for folders and files that are no model. Leaves out: loading, and the hub."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from .configuration import CONFIG
from .errors import ModelNotFound, UnsafeWeights
from .model_errors import AdapterAlone, FileMissing, FileNotFolder, ForLlamaCpp, ModelInside, NoModelInFolder

ADAPTER = "adapter_config.json"
GGUF = ".gguf"
POINTER = b"version https://git-lfs.github.com/spec/"
LARGEST_POINTER = 1024
"""Bytes."""
MOST_LOOKED_AT = 200
"""Folders within a folder."""


def check_folder(folder: Path) -> None:
    """Raise unless this is a model's folder; the error gives its full path and the missing part."""
    if (folder / ADAPTER).is_file():
        raise AdapterAlone(folder=folder, base=_base(folder))
    if not (folder / CONFIG).is_file():
        raise _without_config(folder)
    for path in sorted(folder.iterdir()):
        if path.is_file() and is_pointer(path):
            raise FileMissing(model=folder, file=path.name)


def not_a_folder(path: Path) -> ModelNotFound:
    """The error for a file that was given in place of a folder."""
    if path.suffix == GGUF:
        return ForLlamaCpp(model=path)
    return FileNotFolder(model=path, other=path.parent)


def is_pointer(path: Path) -> bool:
    """Whether Git LFS left a note in place of a file."""
    if path.stat().st_size > LARGEST_POINTER:
        return False
    with path.open("rb") as file:
        return file.read(len(POINTER)) == POINTER


def _without_config(folder: Path) -> ModelNotFound:
    try:
        inside = sorted(folder.iterdir())[:MOST_LOOKED_AT]
    except OSError:
        return NoModelInFolder(folder=folder, missing=CONFIG)
    found = next(_with_config([folder, *inside]), None)
    if found:
        return ModelInside(folder=folder, missing=CONFIG, other=found)
    ggufs = [path for path in inside if path.suffix == GGUF]
    if ggufs:
        return ForLlamaCpp(model=ggufs[0])
    above = next(_with_config([folder.parent]), None)
    if above:
        return ModelInside(folder=folder, missing=CONFIG, other=above)
    return NoModelInFolder(folder=folder, missing=CONFIG)


def _with_config(folders: Iterable[Path]) -> Iterator[Path]:
    """The models' folders among these, and first snapshots of hub caches."""
    for folder in folders:
        try:
            if (folder / CONFIG).is_file():
                yield folder
            yield from (path.parent for path in sorted(folder.glob(f"snapshots/*/{CONFIG}"))[:1])
        except OSError:
            continue


def _base(folder: Path) -> str:
    """The model that an adapter belongs to."""
    try:
        named = json.loads((folder / ADAPTER).read_text(encoding="utf-8")).get("base_model_name_or_path")
    except (OSError, ValueError, AttributeError, RecursionError):
        named = None
    return str(named or "another model")[:200]


def check_shards(folder: Path, model: str) -> None:
    """Raises UnsafeWeights where an index of weights names anything but safetensors files beside it."""
    for path in folder.glob("*.safetensors.index*.json"):
        try:
            named = set(json.loads(path.read_text(encoding="utf-8"))["weight_map"].values())
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise UnsafeWeights(model=model) from None
        if not all(isinstance(name, str) and name.endswith(".safetensors") and "/" not in name for name in named):
            raise UnsafeWeights(model=model)
