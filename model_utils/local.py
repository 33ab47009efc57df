"""A transformers causal LM in this process: text to ids, and ids to rows of logits.

One prefill, then one forward pass a token on the model's own cache (attention or recurrent state alike). Passes take
turns, whoever asks (`together`): a large model's on all processors, a small one's on one. Leaves
out: what is remembered of a text on its way (`session`), loops over steps (`tracing`, `beams`), and what the logits
mean (`distribution`, `sampling`).
"""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import Cache, DynamicCache

from .catalog import Source, find
from .encoding import Encoder, end_ids, first_known
from .errors import ModelLoadFailed
from .gpu.decoder import Decoders
from .gpu.rows import DeviceRows
from .half import read_in_half
from .prefixes import Prefixes
from .quiet import without_bars
from .row import read_row_by_row
from .session import Session, cache_of
from .together import THREADS, Passes, can_read_together, is_simple
from .tokens import Vocabulary, vocabulary_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Rows = NDArray[np.float32]

CHUNK_LOGITS = 2**25
"""A prefill hands out at most this many logits at a time (128 MB), so that a long prompt of a large vocabulary fits."""

LOADING = threading.Lock()
"""transformers patches itself while it makes a model: two at once leave it patched, and all later models broken."""

SMALL = 30_000_000
"""Parameters. In a smaller model an operation is over before a second thread joins in, and where other work keeps the
machine busy, waiting for that thread takes longer than everything else."""


class LocalLM:
    """A causal LM and its tokenizer. `end_ids` end a text; `context_length` is None where nothing bounds it."""

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str, revision: str = "unsaved"
    ) -> None:
        config = self._config = model.config.get_text_config(decoder=True)
        self.network = model.eval()  # type: ignore[no-untyped-call]
        self.source: Source | None = None
        """Where its files lie, of one that was loaded."""
        self.is_small = model.num_parameters() < SMALL
        self._device = model.device
        is_on_host = self._device.type == "cpu"
        at_once = THREADS if self.is_small and is_on_host and not model._is_stateful else 1
        self._passes = Passes(model, at_once, threads=1 if self.is_small else THREADS)
        self.turn = self._passes.turn
        self.rows_stay = not is_on_host
        """Whether rows of logits are read on the device, and not brought to the host."""
        takes = inspect.signature(model.forward).parameters
        self.cache_name = "cache_params" if "cache_params" in takes else "past_key_values"
        self._takes_positions = "position_ids" in takes
        self.model = name
        self.revision = revision
        self.vocab_size = int(model.get_output_embeddings().weight.shape[0])  # type: ignore[no-untyped-call]
        limit = getattr(config, "max_position_embeddings", None)
        self.context_length: int | None = limit if limit and limit > 0 else None
        if is_on_host:
            read_in_half(model)
            read_row_by_row(model)
        self._together = is_on_host and can_read_together(model)
        self.vocabulary: Vocabulary = vocabulary_of(tokenizer, name, self.vocab_size)
        self.bos_id = first_known(self.vocab_size, tokenizer.bos_token_id, config.bos_token_id)
        self._prefixes = Prefixes()
        self.decoders = Decoders(model, self.vocab_size)
        self._encoder = Encoder(tokenizer, self.vocabulary, self.bos_id)
        self.end_ids = end_ids(tokenizer.eos_token_id, config.eos_token_id, model.generation_config)

    def encode(self, text: str) -> list[int]:
        return self._encoder.encode(text)

    def encode_on(self, text: str) -> list[int]:
        return self._encoder.encode_on(text)

    def encode_chat(self, text: str) -> list[int]:
        return self._encoder.encode_chat(text)

    def session(self, ids: Sequence[int] = ()) -> Session:
        """A text being read: from its beginning, or on from what is remembered of the first of its `ids`."""
        length, cache = self._prefixes.longest(ids)
        carried = self.start() if cache is None else {self.cache_name: cache, "use_cache": True}
        return Session(self, ids[:length], carried)

    def keep(self, ids: Sequence[int], carried: dict[str, Any]) -> None:
        """Remember a text that has been read, for texts with the same beginning."""
        if self.reads_in_chunks and ids:
            self._prefixes.keep(ids, carried[self.cache_name])

    def logits(self, batch: Sequence[Sequence[int]]) -> Rows | list[DeviceRows]:
        """Logits after every token of several texts, read at once: shape (texts, longest, vocabulary), float32.

        On a GPU they stay there. Rows beyond a text's own end mean nothing. Shorter texts are filled up on the right,
        where a causal model's earlier tokens cannot see it.
        """
        width = max(len(ids) for ids in batch)
        filled = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids in batch])
        rows = self.forward({"input_ids": filled.to(self._device), "use_cache": False})[0]
        return [DeviceRows(text) for text in rows] if self.rows_stay else rows.numpy()

    def forward(self, inputs: dict[str, Any]) -> tuple[torch.Tensor, Any]:
        """One forward pass: logits of shape (texts, tokens, vocabulary) as float32 where they are, and all it gave."""
        with self.turn(), torch.inference_mode():
            output = self.network(**inputs)
            return output.logits.float(), output

    def start(self) -> dict[str, Any]:
        """What is handed to the first pass: an empty cache, where the model does not make its own."""
        if not self.network._supports_default_dynamic_cache():
            return {"use_cache": True}
        return {self.cache_name: DynamicCache(config=self._config), "use_cache": True}

    def read_on(self, ids: torch.Tensor, new: int, carried: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]:
        """Logits after the last `new` ids of texts of one length, shape (texts, new, vocabulary), and what to hand on.

        The model itself says what of the text and of the last pass it needs, as it does for transformers' `generate`:
        the new ids alone and a cache, or, where it has no cache, everything.
        """
        cache = cache_of(carried)
        if self._together and ids.shape[0] == new == 1 and is_simple(cache):
            place = ids.shape[1] - 1
            return self._passes.next_row(int(ids[0, place]), place, cache), carried
        is_first = ids.shape[1] == new
        positions = torch.arange(ids.shape[1], device=self._device).expand(len(ids), -1)
        places = {"position_ids": positions} if self._takes_positions else {}
        inputs = self.network.prepare_inputs_for_generation(
            ids.to(self._device),
            next_sequence_length=None if is_first else new,
            is_first_iteration=is_first,
            **places,
            **carried,
        )
        inputs.pop("logits_to_keep", None)  # Some models keep the last row alone unless told otherwise.
        rows, output = self.forward(inputs)
        return rows[:, -new:], self.network._update_model_kwargs_for_generation(output, carried)

    def reorder(self, carried: dict[str, Any], parents: torch.Tensor) -> bool:
        """Make what was handed on that of the texts at `parents`, in place. False where the texts must be read anew.

        A model that handed on nothing asks for whole texts by itself. RWKV's state cannot serve several texts.
        """
        cache = cache_of(carried)
        if isinstance(cache, Cache):
            cache.reorder_cache(parents)  # type: ignore[arg-type]
        return cache is None or isinstance(cache, Cache)

    def most_at_once(self, tokens: int) -> int:
        """How many of so many new tokens one pass may read."""
        return max(1, CHUNK_LOGITS // self.vocab_size) if self.reads_in_chunks else tokens

    @property
    def reads_in_chunks(self) -> bool:
        """A recurrent state is built by one pass over a prompt; an attention cache grows by any number of tokens."""
        return not self.network._is_stateful and self.network._supports_default_dynamic_cache()


def load_local(model: str | None) -> LocalLM:
    """The model of a name, folder or hub id: in float32 on a processor, as it was saved on the GPU where there is one.

    Raises the errors of `catalog.find`, and ModelLoadFailed where transformers cannot make a causal LM of the files.
    """
    return load_source(find(model))


def load_source(source: Source) -> LocalLM:
    """The model of these files. Raises ModelLoadFailed."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    has_gpu = torch.cuda.is_available()
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.folder, trust_remote_code=False)
        with LOADING, without_bars():
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                source.folder,
                variant=source.variant,
                dtype="auto" if has_gpu else torch.float32,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
        network, found = loaded
        if found["missing_keys"]:  # transformers would fill them with random numbers
            raise ValueError(f"its files lack weights, {min(found['missing_keys'])} among them")
        lm = LocalLM(network.to("cuda" if has_gpu else "cpu"), tokenizer, source.name, source.revision)
        lm.source = source
        return lm
    except Exception as error:  # transformers raises whatever its parts raise; a person needs one sentence.
        raise ModelLoadFailed(model=source.name, reason=_reason(error, source)) from error


def _reason(error: Exception, source: Source) -> str:
    line = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return line.replace(str(source.folder), source.name).rstrip(".")[:200]
