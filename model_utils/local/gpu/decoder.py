"""Decoding without waiting for the host: choosing a token and reading it are a CUDA graph each.

The host receives a step while the GPU is at the next one. A CUDA graph needs fixed addresses: a text with room to grow,
and transformers' static cache, into which the prompt's cache is copied. Leaves out: prompts (`session`), and models
whose cache is more than a KV cache of every token: they choose here and read there.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import Cache, DynamicCache, StaticCache
from transformers.cache_utils import DynamicLayer, StaticLayer

from ...lm import Drawn
from ...trace.settings import Sampling
from .cuda_graphs import capturing, graph_of
from .readings import HEAD, NEVER, Seen, packed, seen_of, unpacked
from .sampling import CHUNK, Knobs, draw, points, process

SMALLEST_ROOM = 256
AHEAD = 2
"""Steps launched on the GPU ahead of the one that the host waits for."""

KEPT_BYTES = 2**31
"""Limit of the caches of a model's idle decoders: capturing one takes as long as dozens of tokens."""


def room_for(tokens: int) -> int:
    """Texts of about the same length share a decoder: the next power of two."""
    return max(SMALLEST_ROOM, 1 << (tokens - 1).bit_length())


def can_be_captured(model: Any, cache: Any) -> bool:
    """Whether a step of the model is the same work at every position: it has only a KV cache of every token."""
    return (
        model._can_compile_fullgraph
        and isinstance(cache, DynamicCache)
        and all(type(layer) is DynamicLayer for layer in cache.layers)
        and all(type(layer) is StaticLayer for layer in StaticCache(model.config, 1).layers)
    )


class Chooser:
    """A text with room to grow and the row of logits after it: draws a token, reads its row, appends it."""

    def __init__(self, vocabulary: int, room: int, count: int, device: torch.device) -> None:
        self.room, self.count = room, count
        self.row = torch.zeros(1, vocabulary, device=device)
        self.length = torch.zeros(1, dtype=torch.int64, device=device)
        self.token = torch.zeros(1, dtype=torch.int64, device=device)
        self.numbers = torch.empty(0, device=device)
        self._text = torch.zeros(room, dtype=torch.int64, device=device)
        self._first = torch.full((vocabulary,), NEVER, device=device)
        self._points = torch.zeros(CHUNK, dtype=torch.float64, device=device)
        self._step = torch.zeros(1, dtype=torch.int64, device=device)
        self._dealt = 0
        self._knobs = Knobs.on(device)

    def begin(self, ids: Tensor, row: Tensor, sampling: Sampling) -> None:
        """A text of ids (tokens,) and the logits after it (1, vocabulary)."""
        ids = ids.to(self.row.device)
        self.row.copy_(row)
        self.length.fill_(len(ids))
        self._text[: len(ids)] = ids
        self._first.copy_(seen_of(ids, self.length, len(self._first)).first)
        self._step.zero_()
        self._dealt = 0
        self._knobs.turn(sampling)

    def deal(self, seed: int, position: int) -> None:
        """Supply the next draw's random point: called before each, with the text's number of tokens."""
        if self._dealt % CHUNK == 0:
            self._points.copy_(points(seed, position))
        self._dealt += 1

    def choose(self) -> None:
        """Draw one token, all on the device; `numbers` holds it and its reading."""
        scores = process(self.row[0], self._first < self.length, self._knobs)
        self.token.copy_(draw(scores, self._points.gather(0, self._step % CHUNK)).clamp(max=len(scores) - 1))
        numbers = packed(self.row, self.token, Seen(self._text, self._first, self.length), self.count)[0]
        is_cut = scores[numbers[HEAD : HEAD + self.count].long()].isneginf()
        told = torch.cat([self.token.double(), is_cut.double(), numbers])
        if not len(self.numbers):
            self.numbers = torch.empty_like(told)
        self.numbers.copy_(told)
        self._text.scatter_(0, self.length, self.token)
        self._first.scatter_reduce_(0, self.token, self.length, "amin")
        self.length += 1
        self._step += 1

    def drawn(self, told: NDArray[np.float64], model: str, position: int, is_greedy: bool) -> Drawn:
        """What `numbers` say. Raises NonFiniteLogits."""
        (reading,) = unpacked(told[None, 1 + self.count :], self.count, self.room, model, position)
        cut = () if is_greedy else tuple((np.flatnonzero(told[1 : 1 + self.count]) + 1).tolist())
        return Drawn(int(told[0]), reading, cut)


class Decoder:
    """A model that continues a text without the host, one at a time."""

    def __init__(self, model: Any, vocabulary: int, room: int, count: int) -> None:
        self.chooser = Chooser(vocabulary, room, count, model.device)
        self.reads = 0
        """How many of the tokens that it chose it has read."""
        self._model = model
        self._cache = StaticCache(model.config, max_cache_len=room)
        self._layers: list[Any] = list(self._cache.layers)
        self._hidden = torch.finfo(model.dtype).min
        self._mask = torch.zeros((1, 1, 1, room), dtype=model.dtype, device=model.device)
        self._choose: Callable[[], None] = self.chooser.choose
        self._read: Callable[[], None] = self._forward
        self._is_new = True
        self.is_captured = False

    @property
    def bytes(self) -> int:
        """Of its cache."""
        return sum(layer.keys.nbytes + layer.values.nbytes for layer in self._layers if layer.is_initialized)

    @torch.inference_mode()
    def begin(self, ids: Tensor, cache: Cache, row: Tensor, sampling: Sampling) -> None:
        """Go on from ids (tokens,), the cache of them all, and the logits after them (1, vocabulary)."""
        self._load(ids, cache, row, sampling)
        if self._is_new and self._mask.is_cuda:
            self._is_new = False
            # A model whose passes ask the host something cannot be captured: it goes on pass by pass.
            with suppress(RuntimeError):
                self._capture()
            self._load(ids, cache, row, sampling)

    def steps(
        self, most: int, seed: int, position: int, turn: Callable[[], AbstractContextManager[None]]
    ) -> Iterator[NDArray[Any]]:
        """The `numbers` of at most `most` steps. Launches take turns with all other passes."""
        under_way: deque[tuple[Tensor, torch.cuda.Event | None]] = deque()
        launched = 0
        for number in range(most):
            with turn(), torch.inference_mode():
                while launched < min(most, number + 1 + AHEAD):
                    if launched:
                        self._read()
                        self.reads += 1
                    self.chooser.deal(seed, position + launched)
                    self._choose()
                    under_way.append(_sent(self.chooser.numbers))
                    launched += 1
            told, arrived = under_way.popleft()
            if arrived is not None:
                arrived.synchronize()
            yield told.numpy()

    @torch.inference_mode()
    def cache(self, tokens: int) -> Cache:
        """The cache of the first `tokens` ids, as a copy for other readers."""
        result = DynamicCache(config=self._model.config)
        for number, layer in enumerate(self._layers):
            result.update(layer.keys[:, :, :tokens].clone(), layer.values[:, :, :tokens].clone(), number)
        return result

    def _load(self, ids: Tensor, cache: Cache, row: Tensor, sampling: Sampling) -> None:
        self.chooser.begin(ids, row, sampling)
        self.reads = 0
        layers: list[Any] = cache.layers
        self._cache.reset()  # type: ignore[no-untyped-call]
        for own, read in zip(self._layers, layers, strict=True):
            own.update(read.keys, read.values)
        self._mask.fill_(self._hidden)[..., : len(ids)] = 0

    def _forward(self) -> None:
        """Read the token chosen last; its place is the last of the text."""
        place = self.chooser.length - 1
        self._mask.index_fill_(3, place, 0)
        output = self._model(
            input_ids=self.chooser.token[None],
            position_ids=place[None],
            attention_mask=self._mask,
            past_key_values=self._cache,
            use_cache=True,
        )
        self.chooser.row.copy_(output.logits[:, -1])

    def _capture(self) -> None:
        """Warm up both halves of a step at the beginning of the room, and capture them as graphs."""
        with capturing():
            self._rewind()
            for _ in range(2):
                self.chooser.choose()
                self._forward()
            self._rewind()
            self._choose, self._read = graph_of(self.chooser.choose), graph_of(self._forward)
        self.is_captured = True

    def _rewind(self) -> None:
        self.chooser.length.fill_(1)
        for layer in self._layers:
            layer.cumulative_length.fill_(1)


def _sent(numbers: Tensor) -> tuple[Tensor, torch.cuda.Event | None]:
    """A copy on the host, and the event of its arrival."""
    if numbers.device.type != "cuda":
        return numbers.clone(), None
    host = torch.empty(numbers.shape, dtype=numbers.dtype, pin_memory=True)
    host.copy_(numbers, non_blocking=True)
    arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
    arrived.record()
    return host, arrived


class Decoders:
    """The decoders of one model: each serves one text at a time, and is kept for the next of about its length."""

    def __init__(self, model: Any, vocabulary: int) -> None:
        self._model, self._vocabulary = model, vocabulary
        self._lock = threading.Lock()
        self.idle: list[Decoder] = []

    @contextmanager
    def one(self, room: int, count: int) -> Iterator[Decoder]:
        """A decoder with this room and `count` candidates, for one text."""
        with self._lock:
            fits = [d for d in self.idle if (d.chooser.room, d.chooser.count) == (room, count)]
            for decoder in fits[-1:]:
                self.idle.remove(decoder)
        decoder = fits[-1] if fits else Decoder(self._model, self._vocabulary, room, count)
        try:
            yield decoder
        finally:  # Most texts are left before their room is full.
            with self._lock:
                self.idle.append(decoder)
                while sum(each.bytes for each in self.idle) > KEPT_BYTES:
                    self.idle.pop(0)
