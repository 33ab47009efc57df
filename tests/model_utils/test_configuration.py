"""A configuration decides shapes and nothing else: it fetches and runs nothing, and is refused where it is absurd."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from transformers import Phi3Config, Phi3ForCausalLM

from model_utils import load, score
from model_utils.configuration import plain_config, read_config, rescales_beyond
from model_utils.errors import ModelLoadFailed, UnsafeWeights
from model_utils.model_errors import ImpossibleFactor, ImpossibleShape, QuantizedWeights
from tests.models import FolderOf
from viz import LANGUAGES, sentence_of

from ..kinds import byte_level, save_tokenizer


@pytest.fixture
def folder(folder_of: FolderOf, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(folder_of("llama"), tmp_path / "mine"))


def change(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"_attn_implementation": "owner/repo"},
        {"attn_implementation": "owner/repo@main:function"},
        {"_attn_implementation_internal": "kernels-community/flash-attn"},
        {"_experts_implementation": "owner/repo"},
        {"experts_implementation": "owner/repo"},
        {"use_kernels": True, "kernel_config": {"RMSNorm": "owner/repo:RMSNorm"}},
        {"auto_map": {"AutoModelForCausalLM": "owner/repo--own.Model"}, "trust_remote_code": True},
        {"configuration_files": ["config.4.0.json"], "_name_or_path": "mistralai/owner", "_commit_hash": "abc"},
        {"output_attentions": True, "output_hidden_states": True, "return_dict": False},
        {"tokenizer_class": "owner/repo"},
        {"is_encoder_decoder": True},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_key_that_would_fetch_or_run_something_changes_no_number(
    folder: Path, changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the package that fetches kernels is installed."""
    expected = score(load(str(folder)), "the cat").logprob

    def fetched(*_: Any, **__: Any) -> None:
        raise AssertionError("fetched")

    kernels = ModuleType("kernels")
    kernels.get_kernel = fetched  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "kernels", kernels)
    for module in ("transformers.modeling_utils", "transformers.integrations.hub_kernels"):
        monkeypatch.setattr(f"{module}.load_and_register_attn_kernel", fetched, raising=False)
    change(folder, **changes)
    assert score(load(str(folder)), "the cat").logprob == expected


def test_keys_within_other_keys_are_taken_out_too(folder: Path) -> None:
    change(folder, text_config={"_attn_implementation": "owner/repo"}, extra=[{"auto_map": {}}])
    kept = json.dumps(plain_config(folder, "mine").to_dict(), default=str)
    assert "owner/repo" not in kept and "auto_map" not in kept


@pytest.mark.parametrize("key", ["quantization_config", "compression_config"])
@pytest.mark.parametrize("value", [{"quant_method": "bitsandbytes", "load_in_4bit": True}, {"x": 1}, "gptq"])
def test_quantized_weights_are_refused_by_their_method(folder: Path, key: str, value: object) -> None:
    change(folder, **{key: value})
    with pytest.raises(QuantizedWeights, match="mine could not be loaded: its weights are quantized"):
        load(str(folder))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_hidden_layers", -1),
        ("num_hidden_layers", 0),
        ("num_hidden_layers", 10**9),
        ("num_attention_heads", -2),
        ("num_key_value_heads", -1),
        ("hidden_size", 0),
        ("hidden_size", 10**12),
        ("vocab_size", -5),
        ("vocab_size", 0),
        ("vocab_size", "many"),
        ("vocab_size", True),
        ("intermediate_size", 2.5),
        ("head_dim", -16),
    ],
)
def test_a_shape_that_no_model_has_is_refused_by_name(folder: Path, name: str, value: object) -> None:
    change(folder, **{name: value})
    with pytest.raises(ImpossibleShape, match=f"mine could not be loaded: {name} in its config.json is"):
        load(str(folder))


@pytest.mark.parametrize(
    "changes",
    [{"num_hidden_layers": 1}, {"num_hidden_layers": 900}, {"hidden_size": 900_000}, {"vocab_size": 99_000_000}],
    ids=str,
)
def test_a_shape_that_the_weights_do_not_have_is_refused_before_room_is_made(
    folder: Path, changes: dict[str, int]
) -> None:
    """A model of fewer layers than its files would give numbers, and wrong ones."""
    change(folder, **changes)
    with pytest.raises(ModelLoadFailed, match=r"config\.json|size mismatch|lack weights") as error:
        load(str(folder))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "changes", [{"vocab_size": 20}, {"num_key_value_heads": 1}, {"intermediate_size": 40}], ids=str
)
def test_a_weight_of_another_shape_is_named(folder: Path, changes: dict[str, int]) -> None:
    change(folder, **changes)
    with pytest.raises(ModelLoadFailed, match=r"in its files \S+ is of shape \(.*\), and by its config\.json \("):
        load(str(folder))


@pytest.mark.parametrize("depth", [60, 900, 100_000])
@pytest.mark.parametrize("kind", ["[]", "{}"])
def test_a_deep_configuration_is_refused_in_a_sentence(folder: Path, depth: int, kind: str) -> None:
    body = "[" * depth + "]" * depth if kind == "[]" else '{"a":' * depth + "1" + "}" * depth
    for text in (body, f'{{"model_type": "llama", "x": {body}}}'):
        (folder / "config.json").write_text(text, encoding="utf-8")
        with pytest.raises(ModelLoadFailed, match=r"mine could not be loaded: its config\.json"):
            load(str(folder))


@pytest.mark.parametrize("name", ["tokenizer_config.json", "generation_config.json", "tokenizer.json"])
def test_other_deep_files_are_refused_in_a_sentence(folder: Path, name: str) -> None:
    (folder / name).write_text('{"a":' * 50_000 + "1" + "}" * 50_000, encoding="utf-8")
    with pytest.raises(ModelLoadFailed, match="mine could not be loaded"):
        load(str(folder))


@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "tokenizer_config.json"])
@pytest.mark.parametrize("raw", [b"null", b"[]", b"7", b'"x"', b"{", b"", b"\xff\xfe{\x00}\x00"], ids=repr)
def test_a_file_of_settings_that_holds_none_is_named(folder: Path, name: str, raw: bytes) -> None:
    (folder / name).write_bytes(raw)
    with pytest.raises(ModelLoadFailed, match=f"its {name} cannot be read"):
        load(str(folder))


def test_a_configuration_with_a_byte_order_mark_is_read(folder: Path) -> None:
    ids = load(str(folder)).encode("The cat")
    (folder / "config.json").write_bytes(b"\xef\xbb\xbf" + (folder / "config.json").read_bytes())
    assert load(str(folder)).encode("The cat") == ids


@pytest.mark.parametrize("name", ["factor", "low_freq_factor", "rope_theta", "short_factor"])
@pytest.mark.parametrize("number", ["0", "-1", "Infinity", "NaN", '{"__float__": "Infinity"}', "[1, 0]"])
def test_positions_are_not_measured_by_nothing_or_infinity(folder: Path, name: str, number: str) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    scaled = {"rope_type": "llama3", "factor": 8.0, "rope_theta": 1e4, name: json.loads(number)}
    (folder / "config.json").write_text(json.dumps(config | {"rope_parameters": scaled}), encoding="utf-8")
    with pytest.raises(ImpossibleFactor, match=f"{name} in its config.json"):
        load(str(folder))


@pytest.mark.parametrize("named", ["../other/model.safetensors", "pytorch_model.bin", 7])
def test_an_index_names_safetensors_files_beside_it_and_nothing_else(folder: Path, named: object) -> None:
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": named}}), encoding="utf-8")
    with pytest.raises(UnsafeWeights):
        load(str(folder))


def test_a_model_without_its_kind_is_not_guessed_from_the_folders_name(folder: Path, tmp_path: Path) -> None:
    moved = folder.rename(tmp_path / "my-llama")
    config = json.loads((moved / "config.json").read_text(encoding="utf-8"))
    del config["model_type"]
    (moved / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelLoadFailed, match="names no model_type"):
        load(str(moved))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_a_sentence_in_every_language(folder: Path, language: str) -> None:
    change(folder, num_hidden_layers=-1)
    with pytest.raises(ImpossibleShape) as error:
        read_config(folder, "mine")
    said = sentence_of(error.value, language)
    assert "mine" in said and "num_hidden_layers" in said and "-1" in said


def test_where_positions_are_measured_anew_is_known(tmp_path: Path) -> None:
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
    factors = {"short_factor": [1.0] * 8, "long_factor": [4.0] * 8}
    config = Phi3Config(
        **shape,
        vocab_size=370,
        pad_token_id=0,
        max_position_embeddings=64,
        original_max_position_embeddings=16,
        rope_parameters={"rope_type": "longrope", "rope_theta": 10_000.0, **factors},
    )
    torch.manual_seed(0)
    Phi3ForCausalLM(config).save_pretrained(tmp_path / "mine")
    lm = load(str(save_tokenizer(tmp_path / "mine", byte_level(), None)))
    assert rescales_beyond(config) == lm.rescales_beyond == 16


def test_most_models_measure_alike_everywhere(folder_of: FolderOf) -> None:
    assert load(str(folder_of("llama"))).rescales_beyond is None
