"""What a folder is that is no model, and what a person is told to do."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from model_utils import catalog, load
from model_utils.errors import ModelLoadFailed, ModelNotFound
from model_utils.model_errors import AdapterAlone, FileMissing, FileNotFolder, ForLlamaCpp, ModelInside, NoModelInFolder
from tests.models import FolderOf

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 400\n"


@pytest.fixture
def folder(folder_of: FolderOf, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(folder_of("llama"), tmp_path / "above" / "mine"))


def test_an_empty_folder_is_named_in_full_with_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(NoModelInFolder, match=re.escape(f"{tmp_path} holds no model: it has no config.json")):
        load(str(tmp_path))


def test_a_folder_one_level_too_high_or_too_deep_names_the_right_one(folder: Path) -> None:
    inner = folder / "onnx"
    inner.mkdir()
    for wrong in (folder.parent, inner):
        with pytest.raises(ModelInside, match=re.escape(f"Perhaps you mean {folder}")):
            load(str(wrong))


def test_the_folder_of_a_hubs_cache_names_its_snapshot(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "models--lab--good" / "snapshots" / "0123"
    shutil.copytree(folder, kept)
    for wrong in (kept.parents[1], kept.parents[0], kept.parents[2]):
        with pytest.raises(ModelInside, match=re.escape(str(kept))):
            load(str(wrong))


@pytest.mark.parametrize("alone", [True, False])
def test_an_adapter_is_no_model(folder: Path, alone: bool) -> None:
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "lab/base"}), encoding="utf-8")
    if alone:
        (folder / "config.json").unlink()
    with pytest.raises(AdapterAlone, match="an adapter for lab/base"):
        load(str(folder))


def test_a_file_is_no_folder(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFolder, match=re.escape(f"Give the folder that it lies in: {folder}")):
        load(str(folder / "model.safetensors"))
    gguf = tmp_path / "only" / "tiny.gguf"
    gguf.parent.mkdir()
    gguf.write_bytes(b"GGUF")
    for given in (gguf, gguf.parent):
        with pytest.raises(ForLlamaCpp, match=r"tiny\.gguf is a GGUF file"):
            load(str(given))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_note_of_git_lfs_is_no_file(folder: Path, name: str) -> None:
    (folder / name).write_text(POINTER, encoding="utf-8")
    with pytest.raises(FileMissing, match=re.escape(f"{name} is only a note of Git LFS")):
        load(str(folder))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "generation_config.json", "vocab.json"])
@pytest.mark.parametrize("is_link", [True, False], ids=["a link to nowhere", "a folder"])
def test_a_file_that_is_none_is_named(folder: Path, name: str, is_link: bool) -> None:
    """So are the files of a hub's cache whose links were copied alone."""
    (folder / name).unlink(missing_ok=True)
    if is_link:
        (folder / name).symlink_to(folder / "nowhere")
    else:
        (folder / name).mkdir()
    with pytest.raises(ModelLoadFailed, match=re.escape(f"mine could not be loaded: its {name} cannot be read")):
        load(str(folder))


def test_all_of_these_are_models_that_were_not_found(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound):
        catalog.find(str(tmp_path))
