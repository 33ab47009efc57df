"""A transformers causal LM in this process: text to ids, and ids to rows of logits.

One prefill, then one forward pass per token on the model's own cache (KV cache or recurrent state). Passes take turns
(`batching`): a large model's on all processors, a small one's on one. Leaves out: the state of a text in progress
(`session`), loops over steps (`tracing`, `beam_search`), and reading the logits (`readings`, `sampling`).
"""

from __future__ import annotations

import inspect
import os
import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import Cache, DynamicCache

from ..catalog import Source, find
from ..configuration import check_generation, plain_config, rescales_beyond
from ..errors import ModelLoadFailed, TsuzukiError
from ..model_errors import NotCausal, UnusableTokenizer
from ..tokens.encoder import Encoder, end_ids, first_known
from ..tokens.spelling import Unspellable
from ..tokens.tokenizer_files import NoTokenizer, load_tokenizer, refusing
from ..tokens.vocabulary import Vocabulary, vocabulary_of
from .batching import THREADS, Passes, can_read_together, is_simple
from .causal import is_causal
from .fp16_linear import read_in_half
from .gemv import read_row_by_row
from .gpu.decoder import Decoders
from .gpu.device_rows import DeviceRows
from .prefix_cache import Prefixes
from .quiet import without_bars
from .session import Session, cache_of

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

Rows = NDArray[np.float32]

CHUNK_LOGITS = 2**26
"""A prefill hands out at most this many logits at a time (256 MB), so that a long prompt of a large vocabulary fits."""

LOADING = threading.Lock()
"""transformers patches itself while it makes a model: two at once leave it patched, and all later models broken."""

MOST_A_BYTE = 8
"""Weights per byte of the files, which hold shared ones once, in 16 bits perhaps."""

_LAYER = re.compile(
    r"(^|\.)(layers|h|blocks|block)\.\d+\.(?!.*(rotary|inv_freq|masked_bias|attn\.bias|attention\.bias))"
)
"""The name of a layer's weight, and no buffer that older versions saved."""

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
        self.rescales_beyond = rescales_beyond(config)
        self.bos_id = first_known(self.vocab_size, tokenizer.bos_token_id, config.bos_token_id)
        self._prefixes = Prefixes()
        self.decoders = Decoders(model, self.vocab_size)
        self._encoder = Encoder(tokenizer, self.vocabulary, self.bos_id)
        self.end_ids = end_ids(tokenizer.eos_token_id, config.eos_token_id, model.generation_config)

    def encode(self, text: str) -> list[int]:
        return self._encoder.encode(text)

    def encode_on(self, text: str, behind: Sequence[int] = ()) -> list[int]:
        return self._encoder.encode_on(text, behind)

    def encode_chat(self, text: str) -> list[int]:
        return self._encoder.encode_chat(text)

    def session(self, ids: Sequence[int] = ()) -> Session:
        """A session of a text, from its beginning or from a cached prefix of its `ids`."""
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

    def is_causal(self) -> bool:
        """Whether no row of logits sees a later token. Tried, by two passes over four tokens."""

        def rows(ids: Sequence[int]) -> torch.Tensor:
            return self.forward({"input_ids": torch.tensor([ids]).to(self._device), "use_cache": False})[0][0]

        return is_causal(rows, self.vocab_size, torch.finfo(self.network.dtype).eps)

    def forward(self, inputs: dict[str, Any]) -> tuple[torch.Tensor, Any]:
        """One forward pass: float32 logits of shape (texts, tokens, vocabulary) on their device, and its output."""
        with self.turn(), torch.inference_mode():
            output = self.network(**inputs)
            return output.logits.float(), output

    def start(self) -> dict[str, Any]:
        """Arguments of the first pass: an empty cache, unless the model makes its own."""
        if not self.network._supports_default_dynamic_cache():
            return {"use_cache": True}
        return {self.cache_name: DynamicCache(config=self._config), "use_cache": True}

    def read_on(self, ids: torch.Tensor, new: int, carried: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]:
        """Logits after the last `new` ids of texts of one length, shape (texts, new, vocabulary), and the new state.

        The model itself chooses its inputs, as it does for transformers' `generate`: the new ids alone and a cache or,
        without a cache, everything.
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
        """Reorder the cache to the texts at `parents`, in place. False if the texts must be read anew.

        A model without a cache reads whole texts by itself. RWKV's state cannot serve several texts.
        """
        cache = cache_of(carried)
        if isinstance(cache, Cache):
            cache.reorder_cache(parents)  # type: ignore[arg-type]
        return cache is None or isinstance(cache, Cache)

    def most_at_once(self, tokens: int) -> int:
        """The most of `tokens` that one pass may read."""
        return max(1, CHUNK_LOGITS // self.vocab_size) if self.reads_in_chunks else tokens

    @property
    def reads_in_chunks(self) -> bool:
        """Whether a prompt may be read in parts: a KV cache allows it, a recurrent state needs a single pass."""
        return not self.network._is_stateful and self.network._supports_default_dynamic_cache()


def load_local(model: str | None) -> LocalLM:
    """The model of a name, folder or hub id: in float32 on a processor, as it was saved on the GPU where there is one.

    Raises the errors of `catalog.find`, and ModelLoadFailed where transformers cannot make a causal LM of the files.
    """
    return load_source(find(model))


def load_source(source: Source) -> LocalLM:
    """The model of these files. Raises ModelLoadFailed and NotCausal."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("USE_HUB_KERNELS", "NO")  # transformers would fetch code for a GPU from the hub
    try:
        tokenizer = load_tokenizer(source.folder)
        network = _network(source)
        with refusing():
            lm = LocalLM(network, tokenizer, source.name, source.revision)
        lm.source = source
        is_right = lm.is_causal()
    except TsuzukiError:
        raise
    except (Unspellable, NoTokenizer) as error:
        raise UnusableTokenizer(model=source.name, reason=_reason(error, source)) from error
    except Exception as error:  # transformers raises whatever its parts raise; a person needs one sentence.
        raise ModelLoadFailed(model=source.name, reason=_reason(error, source)) from error
    if not is_right:
        raise NotCausal(model=source.name)
    return lm


def _network(source: Source) -> Any:
    from transformers import AutoModelForCausalLM

    has_gpu = torch.cuda.is_available()
    config = plain_config(source.folder, source.name)
    check_generation(source.folder, source.name)
    with LOADING, without_bars():
        _check_size(config, source)
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            source.folder,
            config=config,
            variant=source.variant,
            dtype="auto" if has_gpu else torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            ignore_mismatched_sizes=True,  # Mismatches raise below.
            output_loading_info=True,
        )
    network, found = loaded
    if found["mismatched_keys"]:
        name, held, wanted = min(found["mismatched_keys"])
        raise ValueError(f"in its files {name} is of shape {tuple(held)}, and by its config.json {tuple(wanted)}")
    if found["missing_keys"]:  # transformers would fill them with random numbers
        raise ValueError(f"its files lack weights, {min(found['missing_keys'])} among them")
    unused = sorted(filter(_LAYER.search, found["unexpected_keys"]))
    if unused:  # transformers would leave them out
        raise ValueError(f"its files hold more layers than its config.json says, {unused[0]} among them")
    return network.to("cuda" if has_gpu else "cpu")


def _check_size(config: PreTrainedConfig, source: Source) -> None:
    """Raises ValueError where a model of this configuration has far more weights than the files: transformers would
    make room for them all."""
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        wanted = AutoModelForCausalLM.from_config(config).num_parameters()  # type: ignore[no-untyped-call]
    held = sum(path.stat().st_size for path in source.folder.glob("*.safetensors"))
    if wanted > MOST_A_BYTE * held:
        raise ValueError(f"its config.json describes {wanted:,} weights, and its files have {held:,} bytes")


def _reason(error: Exception, source: Source) -> str:
    """What an error says, on one line, without the path."""
    if isinstance(error, RecursionError):
        return "one of its files is nested too deeply"
    lines = [" ".join(line.split()) for line in str(error).replace(str(source.folder), source.name).splitlines()]
    said = [line for line in lines if line] or [type(error).__name__]
    # A first line that ends with a colon announces what is wrong.
    line = " ".join(said[:2]) if said[0].endswith(":") else said[0]
    return line.rstrip(".")[:200]
