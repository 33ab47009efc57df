"""Tiny models on disk, each made once a run, in one thread: the machine's other work makes threads wait."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import save_model

FolderOf = Callable[..., Path]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    import torch
    from transformers.utils import logging

    torch.set_num_threads(1)
    logging.disable_progress_bar()


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> FolderOf:
    """The folder of a tiny model: folder_of("llama", "byte-level-bpe", "bfloat16")."""
    made: dict[tuple[str, str, str], Path] = {}

    def make(architecture: str, tokenizer: str = "byte-level-bpe", dtype: str = "float32") -> Path:
        key = (architecture, tokenizer, dtype)
        if key not in made:
            made[key] = save_model(tmp_path_factory.mktemp("-".join(key)), *key)
        return made[key]

    return make
