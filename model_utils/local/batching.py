"""Batching: passes take turns, and one pass reads all texts that wait for their next token.

A token costs a walk over all weights, and the walk serves sixteen texts nearly as fast as one. Each text keeps its own
cache and attends to itself alone; the other work of the pass is shared. Batching needs equal bits alone and batched,
which is tested at load, fp16 weights (`fp16_linear`), and a KV cache of every token. Leaves out: prompts, beams,
recurrent models and GPUs, which only take turns.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, Cache, DynamicCache
from transformers.cache_utils import DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

MOST = 16
"""Texts in one pass."""
THREADS = torch.get_num_threads()
"""Torch's threads when nothing runs, read once: overlapping passes would see each other's number."""
NAME = "tsuzuki"
"""Name of the attention in transformers."""


class Texts(Cache):
    """The caches of several texts, in which one pass writes the next token of each."""

    def __init__(self, caches: Sequence[Cache]) -> None:
        super().__init__(layers=caches[0].layers)
        self._caches = caches

    def update(self, key_states: Tensor, value_states: Tensor, layer_idx: int, *rest: Any, **more: Any) -> Any:
        """Two lists: the keys and the values of each text."""
        count = len(self._caches)
        each = zip(self._caches, key_states.chunk(count), value_states.chunk(count), strict=True)
        return tuple(
            zip(*(cache.update(key, value, layer_idx, *rest, **more) for cache, key, value in each), strict=True)
        )


def attend(
    module: nn.Module, query: Tensor, key: Any, value: Any, attention_mask: Tensor | None, **settings: Any
) -> tuple[Tensor, None]:
    """`sdpa`, of each text by itself where there are several caches."""
    if isinstance(key, Tensor):
        return sdpa_attention_forward(module, query, key, value, attention_mask, **settings)
    own = zip(query.chunk(len(key)), key, value, strict=True)
    return torch.cat([sdpa_attention_forward(module, q, k, v, None, **settings)[0] for q, k, v in own]), None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)


def read_together(network: Any, tokens: Sequence[int], places: Sequence[int], caches: Sequence[Cache]) -> Tensor:
    """Read a token at its place of each text. Logits after it, shape (texts, 1, vocabulary)."""
    logits: Tensor = network(
        input_ids=torch.tensor(tokens)[:, None],
        position_ids=torch.tensor(places)[:, None],
        attention_mask=torch.zeros(1, 1, 1, 1),  # The newest token sees all; a 4D mask is kept as it is.
        past_key_values=Texts(caches),
        use_cache=True,
    ).logits
    return logits


def is_simple(cache: Any) -> bool:
    return isinstance(cache, DynamicCache) and all(type(layer) is DynamicLayer for layer in cache.layers)


@torch.inference_mode()
def can_read_together(network: Any) -> bool:
    """Whether texts of different lengths give the same bits together as alone. If so, sets the model's attention."""
    usual = network.config._attn_implementation
    if usual != "sdpa" or not _is_in_half(network):
        return False
    network.set_attn_implementation(NAME)
    with suppress(Exception):  # Another kind of positions, of masks, of cache: each model fails in its own way.
        if _is_the_same_together(network):
            return True
    network.set_attn_implementation(usual)
    return False


def _is_in_half(network: nn.Module) -> bool:
    """Whether all weight matrices but embeddings are in fp16: FBGEMM treats each row by itself."""
    others = (module for module in network.modules() if not isinstance(module, nn.Embedding))
    return all(parameter.dim() < 2 for module in others for parameter in module.parameters(recurse=False))


def _is_the_same_together(network: Any) -> bool:
    lengths, tokens = (3, 5), (1, 2)
    caches = [network(input_ids=torch.arange(length)[None], use_cache=True).past_key_values for length in lengths]
    copies = [copy.deepcopy(cache) for cache in caches * (MOST // 2)]
    alone = [
        network(input_ids=torch.tensor([[token]]), past_key_values=cache, use_cache=True).logits
        for token, cache in zip(tokens, caches, strict=True)
    ]
    together = read_together(network, tokens * (MOST // 2), lengths * (MOST // 2), copies)
    return all(map(is_simple, caches)) and torch.equal(together, torch.cat(alone * (MOST // 2)))


@dataclass(eq=False, slots=True)
class _Waiting:
    """A text that waits for a row of logits."""

    token: int
    place: int
    cache: Cache
    row: Tensor | None = None
    error: Exception | None = None

    @property
    def is_over(self) -> bool:
        return self.row is not None or self.error is not None


class Passes:
    """At most `at_once` passes of a model at a time, each with `threads` threads of torch.

    Batched passes run one at a time: Python is half of their work, and two would wait for each other. They alternate
    with the others, which may be long: a token waits for one long pass, and not for all that wait.
    """

    def __init__(self, network: Any, at_once: int, threads: int) -> None:
        self._network, self._free, self._threads = network, at_once, threads
        self._changed = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._is_reading, self._was_turn = False, False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The context of one pass, with the model's number of torch threads."""
        with self._changed:
            self._changed.wait_for(lambda: self._free and not self._is_texts_turn)
            self._free -= 1
            self._was_turn = True
            self._changed.notify_all()
        try:
            with self._own_threads():
                yield
        finally:
            self._give_back()

    def next_row(self, token: int, place: int, cache: Cache) -> Tensor:
        """Read one token of a text, together with all others that wait. Logits after it, shape (1, 1, vocabulary)."""
        own = _Waiting(token, place, cache)
        with self._changed:
            self._waiting.append(own)
            self._changed.wait_for(lambda: own.is_over or (self._free and not self._is_reading))
            taken = [] if own.is_over else self._take(own)
        if taken:
            self._read(taken)
        if own.error:
            raise own.error
        assert own.row is not None
        return own.row

    @property
    def _is_texts_turn(self) -> bool:
        """Whether texts wait and the last pass was not a batch."""
        return bool(self._waiting) and not self._is_reading and self._was_turn

    def _take(self, own: _Waiting) -> list[_Waiting]:
        """Take a turn for this text and the longest-waiting ones."""
        self._free -= 1
        self._is_reading, self._was_turn = True, False
        self._waiting.remove(own)
        taken = [own, *self._waiting[: MOST - 1]]
        del self._waiting[: MOST - 1]
        return taken

    def _read(self, taken: Sequence[_Waiting]) -> None:
        try:
            with self._own_threads(), torch.inference_mode():
                tokens, places, caches = zip(*((one.token, one.place, one.cache) for one in taken), strict=True)
                rows = read_together(self._network, tokens, places, caches).float()
            for one, row in zip(taken, rows.chunk(len(taken)), strict=True):
                one.row = row
        except Exception as error:
            for one in taken:
                one.error = error
        finally:
            self._is_reading = False
            self._give_back()

    @contextmanager
    def _own_threads(self) -> Iterator[None]:
        torch.set_num_threads(self._threads)
        try:
            yield
        finally:
            torch.set_num_threads(THREADS)

    def _give_back(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify_all()
