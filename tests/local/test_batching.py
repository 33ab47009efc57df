"""Texts whose next tokens are read by one pass: the same bits as alone, whoever else is there, and whatever fails.

Leaves out: whether it is faster (`tests/benchmarks`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from model_utils import Sampling, Trace, generate, load
from model_utils.local import batching
from model_utils.local.model import LocalLM
from model_utils.local.prefix_cache import Prefixes
from tests.fakes import ARCHITECTURES, PAGE, UNUSUAL
from tests.models import FolderOf

PROMPTS = [text[:length] for text, length in zip(PAGE, (3, 9, 5, 14, 7, 20), strict=True)]
TOKENS = 12
TOGETHER = ("llama", "qwen3", "gemma", "gpt-neox")
ALONE = tuple(name for name in (*ARCHITECTURES, *UNUSUAL) if name not in TOGETHER)


SIZES = {"hidden_size": 64, "intermediate_size": 128, "head_dim": 32}
"""As those of real models, they fill a processor's vectors: what is left over is computed in another way, or was."""


def in_half(folder: Path, **sizes: int) -> LocalLM:
    """A model as that of the folder, random weights rounded to what 16 bits hold. It remembers no text."""
    config = AutoConfig.from_pretrained(folder)
    for name in sizes.keys() & config.to_dict().keys():
        setattr(config, name, sizes[name])
    torch.manual_seed(0)
    network = AutoModelForCausalLM.from_config(config)
    for parameter in network.parameters():
        parameter.data = parameter.data.half().float()
    lm = LocalLM(network, AutoTokenizer.from_pretrained(folder), "tiny")
    lm._prefixes = Prefixes(0)
    return lm


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts each pass read; a pass takes a while, so that others come to wait."""
    sizes: list[int] = []
    read = batching.read_together

    def slowly(network: Any, tokens: Any, places: Any, caches: Any) -> torch.Tensor:
        sizes.append(len(tokens))
        time.sleep(0.003)
        return read(network, tokens, places, caches)

    monkeypatch.setattr(batching, "read_together", slowly)
    return sizes


def all_at_once(lm: LocalLM) -> Iterator[Trace]:
    with ThreadPoolExecutor(len(PROMPTS)) as pool:
        yield from pool.map(lambda at: continued(lm, at), range(len(PROMPTS)))


def continued(lm: LocalLM, at: int) -> Trace:
    return generate(lm, PROMPTS[at], TOKENS, Sampling(temperature=at % 3 / 2, top_p=0.9, seed=at))


@pytest.mark.parametrize("architecture", TOGETHER)
def test_texts_read_together_have_the_bits_that_each_has_alone(
    folder_of: FolderOf, passes: list[int], architecture: str
) -> None:
    folder = folder_of(architecture, "byte-level-bpe")
    alone = [continued(in_half(folder, **SIZES), at) for at in range(len(PROMPTS))]
    lm = in_half(folder, **SIZES)
    passes.clear()
    assert list(all_at_once(lm)) == alone
    assert sum(passes) >= len(PROMPTS) * (TOKENS - 4) and len(passes) < 0.7 * sum(passes)


@pytest.mark.parametrize("architecture", ALONE)
def test_other_models_take_turns_and_keep_their_attention(
    folder_of: FolderOf, passes: list[int], architecture: str
) -> None:
    folder = folder_of(architecture, "byte-level-bpe")
    usual = AutoModelForCausalLM.from_pretrained(folder).config._attn_implementation
    lm = in_half(folder)
    assert lm.network.config._attn_implementation == usual
    passes.clear()
    assert len(list(all_at_once(lm))) == len(PROMPTS) and not passes


def test_weights_in_32_bits_are_multiplied_one_text_at_a_time(folder_of: FolderOf, passes: list[int]) -> None:
    lm = load(str(folder_of("llama", "byte-level-bpe")))
    assert len(list(all_at_once(lm))) == len(PROMPTS) and not passes


def test_the_embedded_model_reads_together(passes: list[int]) -> None:
    lm = load()
    lm._prefixes = Prefixes(0)
    alone = [continued(lm, at) for at in range(len(PROMPTS))]
    passes.clear()
    assert list(all_at_once(lm)) == alone and max(passes) > 1


def test_a_pass_that_fails_fails_for_those_in_it_and_leaves_no_half_read_text_behind(
    folder_of: FolderOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of("llama", "byte-level-bpe")
    lm, expected = in_half(folder, **SIZES), continued(in_half(folder, **SIZES), 0)
    lm._prefixes = Prefixes()
    layer = lm.network.model.layers[1]
    forward, count = layer.forward, []

    def full(*args: Any, **rest: Any) -> Any:
        count.append(1)
        if len(count) == 9:
            raise RuntimeError("out of memory")
        return forward(*args, **rest)

    monkeypatch.setattr(layer, "forward", full)
    with pytest.raises(RuntimeError, match="out of memory"):
        continued(lm, 0)
    assert lm._prefixes.longest(expected.ids) == (0, None), "its first layer had read a token more than its last"
    assert continued(lm, 0) == expected
