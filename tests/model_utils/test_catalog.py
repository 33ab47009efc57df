"""Where models come from, and what each unloadable kind gets. The hub is a local one; huggingface_hub is real."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from model_utils import catalog, generate, load
from model_utils.errors import (
    HubUnreachable,
    ModelLoadFailed,
    ModelNotFound,
    RemoteCodeNeeded,
    TsuzukiError,
    UnsafeWeights,
)
from tests.models import FolderOf

from ..hub import COMMIT, Hub, files_of, serving


@pytest.fixture
def folder(folder_of: FolderOf, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(folder_of("llama"), tmp_path / "mine"))


def change_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    config = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    path.write_text(json.dumps({key: value for key, value in config.items() if value is not None}), encoding="utf-8")


def test_a_folder_is_named_by_its_name_and_dated_by_its_content(folder: Path, tmp_path: Path) -> None:
    source = catalog.find(str(folder))
    assert source.name == "mine" and len(source.revision) == 12 and source.folder == folder
    moved = Path(shutil.copytree(folder, tmp_path / "elsewhere" / "mine"))
    assert catalog.find(str(moved)).revision == source.revision
    change_config(moved, rms_norm_eps=1e-3)
    assert catalog.find(str(moved)).revision != source.revision
    trace = generate(load(f" {folder} "), "a", 1)
    assert (trace.model, trace.revision) == ("mine", source.revision) and str(tmp_path) not in trace.to_json()


def test_embedded_names_come_first_the_default_first_of_all(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    for name in ("abc", "small"):
        shutil.copytree(folder, models / name)
    (models / "unfinished").mkdir()
    monkeypatch.setattr(catalog, "MODELS", models)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(folder, tmp_path / "abc")
    assert catalog.embedded() == ["small", "abc"]
    assert catalog.find("abc").folder == models / "abc"
    for default in (None, "", "  "):
        assert catalog.find(default).folder == models / "small"


def test_earlier_weights_are_found_by_step_and_have_their_own_revision(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(folder, tmp_path / "models" / "abc")
    monkeypatch.setattr(catalog, "MODELS", tmp_path / "models")
    final = catalog.find("abc")
    weights = load_file(final.folder / "model.safetensors")
    for step in (0, 128, 32):
        changed = {name: weight * 0 + step for name, weight in weights.items()}
        save_file(changed, final.folder / f"model.step{step}.safetensors", {"format": "pt"})
    assert catalog.names() == ["abc", "abc@step0", "abc@step32", "abc@step128"]
    assert catalog.find("abc") == final
    assert catalog.find("abc@step32").revision not in (final.revision, catalog.find("abc@step128").revision)
    trace = generate(load("abc@step0"), "a", 1)
    assert trace.model == "abc@step0"
    assert [step.entropy for step in trace.steps] == pytest.approx([math.log(trace.vocab_size)] * len(trace.steps))
    for unknown in ("abc@step1", "abc@", "abc@../x"):
        with pytest.raises(ModelNotFound):
            catalog.find(unknown)


@pytest.mark.parametrize(
    "name",
    [
        "/nowhere/at/all",
        "a/b/c",
        "../x",
        "a/..",
        "http://x/y",
        "~nobody/x",
        "x" * 5000,
        "a\x00b",
        "好き",
        "a b",
        "-",
        "a--b/c",
    ],
    ids=lambda name: ascii(name)[:20],
)
def test_what_can_be_no_model(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({}) as (address, _):
        point_at(monkeypatch, address)
        with pytest.raises(ModelNotFound):
            catalog.find(name)


def test_an_empty_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound):
        catalog.find(str(tmp_path))


def test_pickled_weights_alone_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UnsafeWeights):
        load(str(folder))


def test_pickled_weights_beside_safe_ones_are_not_opened(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    assert load(str(folder)).model == "mine"


def test_code_of_its_own_is_never_run(folder: Path, tmp_path: Path) -> None:
    """Its own code is refused; where transformers knows the model too, that is used and the folder's code is not."""
    marker = tmp_path / "was-run"
    (folder / "modeling_own.py").write_text(f"open({str(marker)!r}, 'w')\n", encoding="utf-8")
    own = {"AutoConfig": "modeling_own.OwnConfig", "AutoModelForCausalLM": "modeling_own.OwnModel"}
    change_config(folder, auto_map=own)
    assert generate(load(str(folder)), "a", 1).steps
    change_config(folder, model_type="own-kind")
    with pytest.raises(RemoteCodeNeeded):
        load(str(folder))
    change_config(folder, model_type=["own-kind"])
    with pytest.raises(TsuzukiError):
        load(str(folder))
    assert not marker.exists()


@pytest.mark.parametrize("config", ["", "{", "[]", "17", '"x"', "\ud83d", '{"model_type": '], ids=ascii)
def test_a_broken_configuration(folder: Path, config: str) -> None:
    (folder / "config.json").write_bytes(config.encode("utf-8", "surrogatepass"))
    with pytest.raises(ModelLoadFailed, match=r"mine could not be loaded.*config\.json"):
        load(str(folder))


def cut_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-500])


def noise_for_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\xff" * 4000)


def lost_weights(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def broken_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        cut_weights,
        noise_for_weights,
        lost_weights,
        broken_tokenizer,
        lambda folder: change_config(folder, hidden_size=64),
        lambda folder: change_config(folder, num_hidden_layers=3),
        lambda folder: change_config(folder, model_type="no-such-kind"),
        lambda folder: change_config(folder, model_type=None),
        lambda folder: change_config(folder, model_type="vit"),
    ],
    ids=[
        "cut short",
        "noise",
        "a layer's weights lost",
        "tokenizer",
        "another width",
        "another layer",
        "unknown kind",
        "no kind",
        "no language model",
    ],
)
def test_a_broken_model_is_refused_in_one_sentence(folder: Path, damage: Any) -> None:
    damage(folder)
    with pytest.raises(ModelLoadFailed) as error:
        load(str(folder))
    assert "mine could not be loaded" in str(error.value) and str(folder) not in str(error.value)
    assert "\n" not in str(error.value) and len(str(error.value)) < 300


def point_at(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")


@pytest.fixture
def hub(folder_of: FolderOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    from huggingface_hub import constants

    good = files_of(folder_of("llama"))
    pickled = {name: body for name, body in good.items() if name != "model.safetensors"}
    config = json.loads(good["config.json"])
    own = json.dumps({**config, "model_type": "own", "auto_map": {"AutoConfig": "own.Own"}}).encode()
    repos = {
        "lab/good": {**good, "README.md": b"# good", "pytorch_model.bin": b"pickle", "onnx/model.safetensors": b"no"},
        "lab/pickled": {**pickled, "pytorch_model.bin": b"pickle"},
        "lab/nested": {**pickled, "onnx/model.safetensors": b"no", "pytorch_model.bin": b"pickle"},
        "lab/own-code": {**good, "config.json": own, "own.py": b"raise SystemExit"},
        "lab/no-config": {"weights.gguf": b"GGUF"},
    }
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    with serving(repos) as (address, served):
        point_at(monkeypatch, address)
        yield served


def test_a_hub_model_is_dated_by_its_commit(hub: type[Hub]) -> None:
    trace = generate(load("lab/good"), "a", 1)
    assert (trace.model, trace.revision) == ("lab/good", COMMIT)
    fetched = {path.split("/")[-1] for path in hub.asked if path.startswith("GET") and "resolve" in path}
    assert "model.safetensors" in fetched and not fetched & {"pytorch_model.bin", "README.md"}
    assert not any("onnx" in path for path in hub.asked)


def test_a_hub_model_may_be_asked_for_at_a_revision(hub: type[Hub]) -> None:
    found = catalog.find("lab/good@v1.0")
    assert (found.name, found.revision) == ("lab/good", COMMIT)
    assert {"GET /api/models/lab/good/revision/v1.0", "HEAD /lab/good/resolve/v1.0/config.json"} <= set(hub.asked)
    for wrong in (f"lab/good@{hub.missing}", "lab/good@", "lab/good@../x", "lab/good@a b"):
        with pytest.raises(ModelNotFound):
            catalog.find(wrong)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("lab/missing", ModelNotFound),
        ("missing", ModelNotFound),
        ("lab/no-config", ModelNotFound),
        ("lab/pickled", UnsafeWeights),
        ("lab/nested", UnsafeWeights),
        ("lab/own-code", RemoteCodeNeeded),
    ],
)
def test_what_the_hub_has_but_cannot_be_loaded(hub: type[Hub], name: str, error: type[TsuzukiError]) -> None:
    with pytest.raises(error, match=name):
        catalog.find(name)
    fetched = [path for path in hub.asked if "resolve" in path]
    assert all(path.endswith("config.json") for path in fetched), "nothing else is downloaded"


@pytest.mark.parametrize("status", [500, 503, 429, 403])
def test_a_hub_that_fails_is_unreachable(hub: type[Hub], status: int) -> None:
    hub.broken = status
    with pytest.raises(HubUnreachable):
        catalog.find("lab/good")


def test_without_a_network_the_cache_serves(hub: type[Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    online = catalog.find("lab/good")
    for breaking in ("refused", "failing"):
        if breaking == "refused":
            point_at(monkeypatch, "http://127.0.0.1:9")
        else:
            hub.broken = 500
        offline = catalog.find("lab/good")
        assert offline == online
        with pytest.raises(HubUnreachable):
            catalog.find("lab/pickled")


def test_an_interrupted_download_is_not_taken_for_a_model(hub: type[Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    online = catalog.find("lab/good")
    (online.folder / "model.safetensors").unlink()
    hub.broken = 500
    with pytest.raises(HubUnreachable):
        catalog.find("lab/good")


def test_a_hub_that_dies_during_the_download_is_unreachable(hub: type[Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Hub.file

    def dies(self: Hub, repo: str, name: str) -> None:
        whole(self, repo, name) if name == "config.json" else self.answer(403, b"")

    monkeypatch.setattr(hub, "file", dies)
    with pytest.raises(HubUnreachable):
        catalog.find("lab/good")
