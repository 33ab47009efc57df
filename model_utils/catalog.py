"""The models and the places of their files: embedded ones by name, folders by path, the rest on the hub.

An embedded model may have weights of earlier steps of its training beside the final ones: `micro@step128`.
Nothing here imports torch. Only safetensors weights are accepted, and code from the hub is never run. Leaves out:
making a model of the files (`model`).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from .asset_folder import ASSETS
from .configuration import read_config
from .errors import HubUnreachable, ModelLoadFailed, ModelNotFound, TsuzukiError, UnsafeWeights
from .folders import check_folder, check_shards, not_a_folder

MODELS = ASSETS / "models"
DEFAULT = "small"

HUB_TIMEOUT_SECONDS = 5

SUGGESTED = (
    "openai-community/gpt2",
    "HuggingFaceTB/SmolLM2-135M",
    "HuggingFaceTB/SmolLM2-135M-Instruct",
    "Qwen/Qwen3-0.6B-Base",
    "Qwen/Qwen3-0.6B",
    "rinna/japanese-gpt2-small",
    "llm-jp/llm-jp-3-150m",
    "sbintuitions/sarashina2.2-0.5b",
)
"""Small models of the hub, English and Japanese, base and instructed. None is pinned: each is the newest revision."""

_HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?(@(?P<revision>[\w-][\w./-]*))?", re.ASCII)
_SNAPSHOT = re.compile(r"model\.(step\d+)\.safetensors")
_OF_THE_RUN = "training_"
"""Files that tell how a model was made; what it computes does not depend on them."""

_WANTED = ["*.safetensors", "*.json", "*.model", "*.txt", "*.jinja"]
_TOKENIZER = ["*.json", "*.model", "*.txt", "*.jinja"]
_UNWANTED = ["*/*"]
"""Folders within a model hold other forms of it."""


class Source(NamedTuple):
    """The files of one model."""

    name: str
    """As the page and the trace call it; never a path."""
    folder: Path
    revision: str
    """The hub's commit, or the first 12 hex digits of a SHA-256 over the files."""
    variant: str | None = None
    """As transformers has it: `step128` reads model.step128.safetensors."""


def embedded() -> list[str]:
    """The names of the models in the repository, the default first."""
    names = {path.parent.name for path in MODELS.glob("*/config.json")}
    return sorted(names, key=lambda name: (name != DEFAULT, name))


def snapshots(model: str) -> list[str]:
    """The names of an embedded model's earlier weights, such as `micro@step128`, in the order of their steps."""
    found = [match[1] for path in (MODELS / model).iterdir() if (match := _SNAPSHOT.fullmatch(path.name))]
    return [f"{model}@{variant}" for variant in sorted(found, key=lambda variant: int(variant.removeprefix("step")))]


def names() -> list[str]:
    """All that can be chosen without a network: the embedded models, then their earlier weights."""
    models = embedded()
    return models + [name for model in models for name in snapshots(model)]


def find(model: str | None) -> Source:
    """The files of an embedded model's name, a folder, or a hub id, in this order. Downloads what is missing.

    A hub id may name a revision: ``openai-community/gpt2@main``, or a commit.
    Raises ModelNotFound, HubUnreachable, UnsafeWeights, RemoteCodeNeeded or ModelLoadFailed.
    """
    model = (model or "").strip() or DEFAULT
    name, _, variant = model.partition("@")
    if name in embedded() and model in (name, *snapshots(name)):
        return _in_folder(MODELS / name, variant)
    folder = _folder(model)
    if folder:
        return _in_folder(folder)
    match = _HUB_ID.fullmatch(model)
    if not match or ".." in model or (variant and name in embedded()):
        raise ModelNotFound(model=model)
    return _on_hub(name, match["revision"])


def _folder(model: str) -> Path | None:
    try:
        folder = Path(model).expanduser().resolve()
        if folder.is_file():
            raise not_a_folder(folder)
        return folder if folder.is_dir() else None
    except (OSError, RuntimeError, ValueError):  # Too long for a path, nobody's home, a forbidden character.
        return None


def _in_folder(folder: Path, variant: str = "") -> Source:
    check_folder(folder)
    _check_files(folder, folder.name, [path.name for path in folder.iterdir()])
    digest = hashlib.sha256()
    weights = [folder / f"model.{variant}.safetensors"] if variant else _final_weights(folder)
    described = [path for path in folder.glob("*.json") if not path.name.startswith(_OF_THE_RUN)]
    for path in sorted([*weights, *described]):
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:  # A folder of that name, a link to nowhere, what nobody may read.
            reason = f"its {path.name} cannot be read ({error.strerror})"
            raise ModelLoadFailed(model=folder.name, reason=reason) from None
    name = f"{folder.name}@{variant}" if variant else folder.name
    return Source(name, folder, digest.hexdigest()[:12], variant or None)


def _final_weights(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.safetensors") if not _SNAPSHOT.fullmatch(path.name)]


def _on_hub(model: str, revision: str | None) -> Source:
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        found = HfApi().model_info(model, revision=revision, timeout=HUB_TIMEOUT_SECONDS)
    except (RepositoryNotFoundError, RevisionNotFoundError, HFValidationError):
        raise ModelNotFound(model=model) from None
    except Exception:  # No network, a hub that is down, offline mode: each layer raises its own. The cache may have it.
        try:
            folder = _download(model, revision, local_files_only=True)
        except LocalEntryNotFoundError:
            raise HubUnreachable(model=model) from None
        _check_files(folder, model, [path.name for path in folder.iterdir()])
        return Source(model, folder, folder.name)
    try:
        # The configuration first, as it decides whether the rest may be loaded. It is requested by the revision's name,
        # if any, so that the cache records its commit and finds it without the hub.
        folder = Path(hf_hub_download(model, "config.json", revision=revision)).parent
        _check_files(folder, model, [file.rfilename for file in found.siblings or []])
        folder = _download(model, folder.name)
        check_shards(folder, model)
    except LocalEntryNotFoundError:
        raise HubUnreachable(model=model) from None
    except EntryNotFoundError:
        raise ModelNotFound(model=model) from None
    except TsuzukiError:
        raise
    except Exception:
        raise HubUnreachable(model=model) from None
    return Source(model, folder, folder.name)


def _download(model: str, revision: str | None, local_files_only: bool = False) -> Path:
    """The files of one revision, or of the newest in the cache. Cached files are not requested again."""
    from huggingface_hub import snapshot_download

    return Path(
        snapshot_download(
            model,
            revision=revision,
            local_files_only=local_files_only,
            allow_patterns=_WANTED,
            ignore_patterns=_UNWANTED,
        )
    )


def tokenizer_folder(model: str) -> Path:
    """The files of a hub id's tokenizer, without its weights. Raises whatever the hub's client raises."""
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(model, allow_patterns=_TOKENIZER, ignore_patterns=[*_UNWANTED, "*.index.json"]))


def _check_files(folder: Path, name: str, files: list[str]) -> None:
    """Raise unless the folder's configuration and the names of the model's files allow loading it."""
    try:
        read_config(folder, name)
    except FileNotFoundError:
        raise ModelNotFound(model=name) from None
    if not any(file.endswith(".safetensors") and "/" not in file for file in files):
        raise UnsafeWeights(model=name)
    check_shards(folder, name)
