"""What is remembered of texts: the longest beginning, cropped without harm to what it was cut from, within a bound."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from transformers import DynamicCache, LlamaConfig

from model_utils.local.prefix_cache import Prefixes

CONFIG = LlamaConfig(num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, hidden_size=8)
BYTES_PER_TOKEN = 2 * 2 * 2 * 4 * 4


def cache_of(ids: Sequence[int]) -> DynamicCache:
    """Keys and values that say which ids they stand for."""
    cache = DynamicCache(config=CONFIG)
    states = torch.tensor(ids, dtype=torch.float32)[None, None, :, None].expand(1, 2, -1, 4).contiguous()
    for layer in range(2):
        cache.update(states, states, layer)
    return cache


def content(cache: DynamicCache | None) -> list[list[float]]:
    assert cache is not None
    return [layer.keys[0, 0, :, 0].tolist() for layer in cache.layers]


def test_the_longest_beginning_is_found_and_cropped() -> None:
    prefixes = Prefixes()
    prefixes.keep([1, 2, 3, 4], cache_of([1, 2, 3, 4]))
    prefixes.keep([1, 2, 9], cache_of([1, 2, 9]))
    for ids, length in ([1, 2, 3, 5], 3), ([1, 2, 9, 9], 3), ([1, 2, 3, 4], 4), ([1], 1):
        found, cache = prefixes.longest(ids)
        assert found == length and content(cache) == [ids[:length]] * 2
    assert prefixes.longest([7, 1]) == prefixes.longest([]) == (0, None)


def test_reading_on_from_a_crop_leaves_the_rest_as_it_was() -> None:
    prefixes = Prefixes()
    prefixes.keep([1, 2, 3, 4], cache_of([1, 2, 3, 4]))
    _, cropped = prefixes.longest([1, 2])
    assert cropped is not None
    for layer in range(2):
        cropped.update(torch.full((1, 2, 1, 4), 8.0), torch.full((1, 2, 1, 4), 8.0), layer)
    assert content(cropped) == [[1, 2, 8]] * 2
    assert content(prefixes.longest([1, 2, 3, 4])[1]) == [[1, 2, 3, 4]] * 2


def test_a_longer_text_takes_the_place_of_its_beginning() -> None:
    prefixes = Prefixes(limit_bytes=4 * BYTES_PER_TOKEN)
    for length in range(1, 5):
        ids = list(range(1, length + 1))
        prefixes.keep(ids, cache_of(ids))
    assert prefixes.longest([1, 2, 3, 4])[0] == 4


@pytest.mark.parametrize("used", [1, 2])
def test_what_was_used_longest_ago_goes_first(used: int) -> None:
    prefixes = Prefixes(limit_bytes=6 * BYTES_PER_TOKEN)
    for first in (1, 2):
        prefixes.keep([first, 0, 0], cache_of([first, 0, 0]))
    prefixes.longest([used])
    prefixes.keep([3, 0, 0], cache_of([3, 0, 0]))
    assert prefixes.longest([used])[0] == 1
    assert prefixes.longest([3 - used])[0] == 0


def test_a_sliding_window_that_has_let_go_is_read_again() -> None:
    config = LlamaConfig(num_hidden_layers=1, num_attention_heads=2, hidden_size=8)
    config.layer_types, config.sliding_window = ["sliding_attention"], 3
    cache = DynamicCache(config=config)
    states = torch.zeros(1, 2, 5, 4)
    cache.update(states, states, 0)
    prefixes = Prefixes()
    prefixes.keep([1, 2, 3, 4, 5], cache)
    assert prefixes.longest([1, 2, 3]) == (0, None)
