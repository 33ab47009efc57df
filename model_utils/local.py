"""A transformers causal LM in this process: text to ids, and ids to rows of logits.

One prefill, then one forward pass a token on the model's own cache (attention or recurrent state alike). A lock lets
one forward pass run at a time, whoever asks. Leaves out: loops over steps (`tracing`), and what the logits mean
(`distribution`, `sampling`).
"""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from .catalog import Source, find
from .errors import InvalidText, ModelLoadFailed
from .half import read_in_half
from .tokens import Vocabulary, vocabulary_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Rows = NDArray[np.float32]

CHUNK_LOGITS = 2**25
"""A prefill hands out at most this many logits at a time (128 MB), so that a long prompt of a large vocabulary fits."""


class LocalLM:
    """A causal LM and its tokenizer. `end_ids` end a text; `context_length` is None where nothing bounds it."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str, revision: str = "unsaved"
    ) -> None:
        config = model.config.get_text_config()
        self._model = model.eval()  # type: ignore[no-untyped-call]
        self._tokenizer = tokenizer
        self._lock = threading.Lock()
        self._device = model.device
        self._cache_name = (
            "cache_params" if "cache_params" in inspect.signature(model.forward).parameters else "past_key_values"
        )
        self.model = name
        self.revision = revision
        self.vocab_size = int(model.get_output_embeddings().weight.shape[0])  # type: ignore[no-untyped-call]
        self.context_length: int | None = getattr(config, "max_position_embeddings", None)
        if self._device.type == "cpu":
            read_in_half(model)
        self.vocabulary: Vocabulary = vocabulary_of(tokenizer, name, self.vocab_size)
        self.bos_id: int | None = _first(tokenizer.bos_token_id, config.bos_token_id)
        self.end_ids: frozenset[int] = _ids(tokenizer.eos_token_id, config.eos_token_id, model.generation_config)

    def encode(self, text: str) -> list[int]:
        """Ids of a text, with the beginning-of-text token where the tokenizer puts one, and never an end-of-text.

        Raises InvalidText for lone surrogates.
        """
        for position, character in enumerate(text):
            if "\ud800" <= character <= "\udfff":
                raise InvalidText(codepoint=f"{ord(character):04X}", position=position + 1)
        framed = self._tokenizer("").input_ids
        begin = [i for i in framed[:1] if i == self.bos_id]
        return begin + list(self._tokenizer(text, add_special_tokens=False).input_ids)

    def session(self) -> Session:
        """A text being read, from its beginning."""
        return Session(self)

    def logits(self, batch: Sequence[Sequence[int]]) -> Rows:
        """Logits after every token of several texts, read at once: shape (texts, longest, vocabulary), float32.

        Rows beyond a text's own end mean nothing. Shorter texts are filled up on the right, where a causal model's
        earlier tokens cannot see it.
        """
        width = max(len(ids) for ids in batch)
        filled = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids in batch])
        return self.forward(filled, use_cache=False)[0]

    def forward(self, ids: torch.Tensor, **options: Any) -> tuple[Rows, Any]:
        """One forward pass: logits of shape (texts, tokens, vocabulary) as float32 on the host, and the cache."""
        with self._lock, torch.inference_mode():
            output = self._model(input_ids=ids.to(self._device), **options)
            rows: Rows = output.logits.float().cpu().numpy()
            return rows, getattr(output, self._cache_name, None)

    def cached(self, cache: Any) -> dict[str, Any]:
        return {self._cache_name: cache, "use_cache": True}

    @property
    def reads_in_chunks(self) -> bool:
        """A recurrent state is built by one pass over a prompt; an attention cache grows by any number of tokens."""
        return self._cache_name == "past_key_values"


class Session:
    """One text being read by a model: its cache, and nothing of its meaning."""

    def __init__(self, lm: LocalLM) -> None:
        self._lm = lm
        self._cache: Any = None

    def read(self, ids: Sequence[int]) -> Iterator[Rows]:
        """Read on. Yields, a part of the ids at a time, the logits after each: shape (tokens, vocabulary), float32."""
        part = max(1, CHUNK_LOGITS // self._lm.vocab_size) if self._lm.reads_in_chunks else len(ids)
        for begin in range(0, len(ids), part):
            rows, self._cache = self._lm.forward(
                torch.tensor([ids[begin : begin + part]]), **self._lm.cached(self._cache)
            )
            yield rows[0]


def load_local(model: str | None) -> LocalLM:
    """The model of a name, folder or hub id, in float32, on the GPU where there is one.

    Raises the errors of `catalog.find`, and ModelLoadFailed where transformers cannot make a causal LM of the files.
    """
    source = find(model)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(source.folder, trust_remote_code=False)
        network = AutoModelForCausalLM.from_pretrained(
            source.folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        )
    except Exception as error:  # transformers raises whatever its parts raise; a person needs one sentence.
        raise ModelLoadFailed(model=source.name, reason=_reason(error, source)) from error
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return LocalLM(network.to(device), tokenizer, source.name, source.revision)  # type: ignore[arg-type]


def _reason(error: Exception, source: Source) -> str:
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line.replace(str(source.folder), source.name).rstrip(".")[:200]


def _first(*ids: int | list[int] | None) -> int | None:
    return next((i for i in ids if isinstance(i, int)), None)


def _ids(tokenizer_end: int | None, config_end: int | list[int] | None, generation_config: Any) -> frozenset[int]:
    """Every id that ends a text, wherever the model's files name one."""
    found: set[int] = set()
    for ids in (tokenizer_end, config_end, getattr(generation_config, "eos_token_id", None)):
        found |= set(ids) if isinstance(ids, list) else {ids} if ids is not None else set()
    return frozenset(found)
