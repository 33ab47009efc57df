"""A model's `config.json` decides shapes, and nothing else: no code, no kernels, no other files, no form of the answer.

It is read as data, checked, and stripped of whatever would make transformers fetch or run something. Nothing here
imports torch. Leaves out: where the files lie (`catalog`), and making a model of them (`model`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ModelLoadFailed, RemoteCodeNeeded
from .model_errors import ImpossibleFactor, ImpossibleShape, QuantizedWeights

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

CONFIG = "config.json"
GENERATION = "generation_config.json"
DEEPEST = 40
"""Levels of a configuration. Those in use have five."""

MOST = {
    10_000: ("num_hidden_layers", "num_layers", "n_layer", "n_layers", "decoder_layers", "num_attention_heads"),
    100_000: ("num_heads", "n_head", "n_heads", "decoder_attention_heads", "num_key_value_heads", "head_dim"),
    1_000_000: ("hidden_size", "n_embd", "d_model", "intermediate_size", "n_inner", "ffn_dim", "embedding_size"),
    100_000_000: ("vocab_size", "n_positions", "n_ctx"),
}
"""Keys of whole numbers of at least 1, by upper bounds far above any model in use."""

POSITIVE = (
    "factor",
    "rope_theta",
    "attention_factor",
    "low_freq_factor",
    "high_freq_factor",
    "short_factor",
    "long_factor",
)
"""Factors of the position encoding: with 0 or infinity, the model's output means nothing."""

OPTIONAL = ("intermediate_size", "n_inner", "num_attention_heads", "num_key_value_heads", "head_dim")
"""Those that may be 0 in models without such a part: a recurrent one has no heads."""

STRIPPED = frozenset(
    (
        *("attn_implementation", "_attn_implementation", "_attn_implementation_internal", "_flash_attn_2_enabled"),
        *("_attn_implementation_autoset", "experts_implementation", "_experts_implementation"),
        *("_experts_implementation_internal", "use_kernels", "kernel_config", "auto_map", "custom_pipelines"),
        *("custom_generate", "trust_remote_code", "code_revision", "configuration_files", "_name_or_path"),
        *("name_or_path", "_commit_hash", "use_pretrained_backbone", "return_dict", "use_return_dict"),
        *("output_attentions", "output_hidden_states", "is_encoder_decoder"),
    )
)
"""Keys that choose code or repositories, or the form in which a model answers."""

_FLOAT = "__float__"
"""How transformers writes an infinity, which JSON does not have."""

QUANTIZED = ("quantization_config", "compression_config")


def read_config(folder: Path, model: str) -> dict[str, Any]:
    """The configuration in this folder, checked.

    Raises FileNotFoundError, ModelLoadFailed (or one of its kinds) and RemoteCodeNeeded.
    """
    config = _read(folder / CONFIG, model)
    _check_code(config, model)
    for level in _levels(config):
        for key in QUANTIZED:
            if level.get(key):
                method = level[key].get("quant_method") if isinstance(level[key], Mapping) else None
                raise QuantizedWeights(model=model, method=str(method or key)[:40])
        _check_numbers(level, model)
    return config


def check_generation(folder: Path, model: str) -> None:
    """Raises ModelLoadFailed if the folder has a file of generation defaults that cannot be read."""
    if (folder / GENERATION).is_file():
        _read(folder / GENERATION, model, "utf-8")  # transformers reads it again, and no byte-order mark.


def _read(path: Path, model: str, encoding: str = "utf-8-sig") -> dict[str, Any]:
    """The object in a file. Raises FileNotFoundError and ModelLoadFailed."""
    try:
        found = json.loads(path.read_text(encoding=encoding))
        list(_levels(found))
    except FileNotFoundError:
        raise
    except RecursionError:
        raise ModelLoadFailed(model=model, reason=f"its {path.name} is nested too deeply") from None
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise ModelLoadFailed(model=model, reason=f"its {path.name} cannot be read")
    return found


def _levels(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """The configuration and all that it holds. Raises RecursionError where it is too deep."""
    if depth > DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _levels(inner, depth + 1)


def _check_code(config: Mapping[str, Any], model: str) -> None:
    if "auto_map" in config:
        from transformers import CONFIG_MAPPING

        if str(config.get("model_type", "")) not in CONFIG_MAPPING:
            raise RemoteCodeNeeded(model=model)


def _check_numbers(level: Mapping[str, Any], model: str) -> None:
    for most, names in MOST.items():
        for name in names:
            number = level.get(name)
            if number is None or isinstance(number, list):  # Of each layer its own.
                continue
            least = 0 if name in OPTIONAL else 1
            if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
                raise ImpossibleShape(model=model, name=name, value=str(number)[:20], low=least, high=most)
    for name in POSITIVE:
        for number in _numbers(level.get(name)):
            if not 0 < number < math.inf:
                raise ImpossibleFactor(model=model, name=name, value=number)


def _numbers(value: Any) -> list[float]:
    """The numbers of a value or a list, with infinities as transformers writes them; empty without any."""
    numbers = [_stripped(one) for one in (value if isinstance(value, list) else [value])]
    return [one for one in numbers if isinstance(one, int | float)]


def plain_config(folder: Path, model: str) -> PreTrainedConfig:
    """The configuration as transformers has it, without what is more than shapes. Raises ModelLoadFailed."""
    from transformers import CONFIG_MAPPING

    config = read_config(folder, model)
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        named = f"names a kind of model that is not known here: {kind}" if kind else "names no model_type"
        raise ModelLoadFailed(model=model, reason=f"its {CONFIG} {named}")
    made: PreTrainedConfig = CONFIG_MAPPING[kind].from_dict(_stripped(config))
    return made


def _stripped(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {_FLOAT}:
        return float(value[_FLOAT])
    if isinstance(value, dict):
        return {key: _stripped(inner) for key, inner in value.items() if key not in STRIPPED}
    return [_stripped(inner) for inner in value] if isinstance(value, list) else value


def rescales_beyond(config: Any) -> int | None:
    """Number of tokens beyond which a model rescales its positions (LongRoPE, dynamic NTK); None if it never does.

    Keys cached before keep the old scale, in transformers as here.
    """
    found = [level for level in _levels(config.to_dict()) if level.get("rope_type") in ("longrope", "dynamic")]
    for level in found:
        for limit in (level.get("original_max_position_embeddings"), _original(config)):
            if isinstance(limit, int):
                return limit
    return None


def _original(config: Any) -> Any:
    return getattr(config, "original_max_position_embeddings", None) or getattr(config, "max_position_embeddings", None)
