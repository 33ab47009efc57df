"""A language model of twenty lines with known logits, and tiny random-weight models and tokenizers in real formats.

Nothing here is trained on more than a page of text. Leaves out: traces written by hand for pictures (`viz/fakes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from model_utils.tokens.vocabulary import Vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

Rows = NDArray[np.float32]

BOS, EOS = 0, 1
PIECES = (
    b"<s>",
    b"</s>",
    "好き".encode(),
    "な".encode(),
    b" the",
    b"<b>",
    "葡".encode()[:2],
    "葡".encode()[2:],
    b"x",
    b"\n",
)
FIRST_HALF, SECOND_HALF = 6, 7


def known_row(ids: Sequence[int]) -> Rows:
    """The logits after `ids`: they depend on the last id and on how many there are, and on nothing else."""
    row: Rows = np.random.default_rng((ids[-1], len(ids))).normal(0, 3, len(PIECES)).astype(np.float32)
    row[EOS] = -20
    return row


class FakeLM:
    """A causal LM whose logits after any ids are `row(ids)`. `passes` holds the number of ids of each forward pass."""

    def __init__(
        self,
        row: Callable[[Sequence[int]], Rows] = known_row,
        context_length: int | None = 32,
        bos_id: int | None = BOS,
    ) -> None:
        self.model, self.revision, self.vocab_size = "fake", "1", len(PIECES)
        self.context_length, self.bos_id, self.end_ids = context_length, bos_id, frozenset({EOS})
        self.vocabulary = Vocabulary("fake", len(PIECES), lambda id_: PIECES[id_], special=(BOS, EOS))
        self.rescales_beyond: int | None = None
        self.row = row
        self.passes: list[int] = []
        self.kept: list[list[int]] = []

    def encode(self, text: str) -> list[int]:
        return [*([] if self.bos_id is None else [self.bos_id]), *self.encode_on(text)]

    def encode_on(self, text: str, behind: Sequence[int] = ()) -> list[int]:
        raw, ids = text.encode(), list[int]()
        while raw:
            ids.append(next(i for i, piece in enumerate(PIECES) if i > EOS and raw.startswith(piece)))
            raw = raw.removeprefix(PIECES[ids[-1]])
        return ids

    def encode_chat(self, text: str) -> list[int]:
        return [*self.encode(text), EOS]

    def session(self, ids: Sequence[int] = ()) -> FakeSession:
        """A session from the longest kept prefix of `ids`, as `model_utils.local.prefix_cache` gives it."""
        read = [
            kept[:length] for kept in self.kept for length in range(len(ids) + 1) if kept[:length] == list(ids[:length])
        ]
        return FakeSession(self, list(max(read, key=len, default=[])))

    def logits(self, batch: Sequence[Sequence[int]]) -> Rows:
        self.passes.append(sum(map(len, batch)))
        width = max(map(len, batch))
        rows = [
            [self.row(ids[: at + 1]) if at < len(ids) else np.full(len(PIECES), np.nan) for at in range(width)]
            for ids in batch
        ]
        return np.array(rows, dtype=np.float32)


class FakeSession:
    def __init__(self, lm: FakeLM, ids: list[int]) -> None:
        self.lm = lm
        self.ids = ids
        self.texts = [ids]

    @property
    def length(self) -> int:
        return len(self.ids)

    def keep(self) -> None:
        self.lm.kept.append(self.ids)

    def read(self, ids: Sequence[int]) -> Iterator[Rows]:
        if len(ids):
            begin = len(self.ids)
            self.ids += ids
            self.lm.passes.append(len(ids))
            yield np.array([self.lm.row(self.ids[: at + 1]) for at in range(begin, len(self.ids))])

    def advance(self, parents: Sequence[int], ids: Sequence[int]) -> Rows:
        self.texts = [[*self.texts[parent], token_id] for parent, token_id in zip(parents, ids, strict=True)]
        self.lm.passes.append(len(ids))
        return np.array([self.lm.row(text) for text in self.texts])


PAGE = (
    "好きな果物はぶどうです。それに、りんごもおいしいです。",
    "The capital of France is Paris, and the river is the Seine.",
    "今日はいい天気なので、公園まで歩いて行きました。",
    "The old man looked at the sea and thought of his boat.",
    "東京は日本の首都で、とても大きな町です。",
    "She likes apples, grapes and pears, but not the rain.",
)
AWKWARD_TEXTS = {
    "japanese": "葡萄と林檎、どちらが好きですか？「ぶどう」だ！",
    "emoji with joiners": "👩‍👩‍👧‍👦 と 🏳️‍🌈 and 👍🏽",
    "arabic": "مرحبا بالعالم، كيف الحال؟",
    "combining marks": "e\u0301 か\u3099 ก็ n\u0303",
    "html": "<img src=x onerror=alert(1)> </script> &amp;",
    "white space": "a  b\n\n\tc  ",
    "controls": "\x00\x01\x7f\u200b\u2028\ufeff",
    "replacement character": "a\N{REPLACEMENT CHARACTER}b",
    "outside the basic plane": "𠮷野家 𝒳 🜁",
}


def byte_level_bpe() -> Tokenizer:
    """As GPT-2's: bytes as printable characters, no beginning-of-text token of its own accord."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        PAGE,
        trainers.BpeTrainer(
            vocab_size=320, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet, show_progress=False
        ),
    )
    return tokenizer


def unigram_dummy_prefix() -> Tokenizer:
    """As Llama 2's and many Japanese ones: a space before the text that decoding strips, byte fallback."""
    from tokenizers import decoders, pre_tokenizers

    tokenizer = _unigram()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


def unigram_bos() -> Tokenizer:
    """As Gemma's: no dummy space, byte fallback, and a post-processor that puts the beginning-of-text token."""
    from tokenizers import decoders, normalizers, processors

    tokenizer = _unigram()
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return tokenizer


def _unigram() -> Tokenizer:
    from tokenizers import AddedToken, Tokenizer, models, trainers

    trained = Tokenizer(models.Unigram())
    lines = [line.replace(" ", "▁") for line in PAGE]
    trained.train_from_iterator(lines, trainers.UnigramTrainer(vocab_size=160, unk_token="<unk>", show_progress=False))
    pieces = [(piece, trained_score) for piece, trained_score in _pieces(trained) if piece != "<unk>"]
    marks = [("<s>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    fallback = [(f"<0x{byte:02X}>", -100.0) for byte in range(256)]
    tokenizer = Tokenizer(models.Unigram([*marks, *fallback, *pieces], unk_id=2, byte_fallback=True))
    tokenizer.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark, _ in marks])
    return tokenizer


def _pieces(tokenizer: Tokenizer) -> list[tuple[str, float]]:
    import json

    return [(piece, score) for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"]]


TOKENIZERS: dict[str, Callable[[], Tokenizer]] = {
    "byte-level-bpe": byte_level_bpe,
    "unigram-dummy-prefix": unigram_dummy_prefix,
    "unigram-bos": unigram_bos,
}

_SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
_COMMON = {"initializer_range": 0.2, "bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": EOS}
CONTEXT_LENGTH = 160


def _config(architecture: str, vocab_size: int) -> PreTrainedConfig:
    import transformers as hf

    common = {**_COMMON, "vocab_size": vocab_size}
    attention = {**common, **_SIZES, "max_position_embeddings": CONTEXT_LENGTH}
    grouped = {**attention, "num_key_value_heads": 1, "head_dim": 16}
    return {
        "gpt2": lambda: hf.GPT2Config(n_embd=32, n_layer=2, n_head=2, n_positions=CONTEXT_LENGTH, **common),
        "llama": lambda: hf.LlamaConfig(**attention),
        "qwen3": lambda: hf.Qwen3Config(**grouped),
        "gemma": lambda: hf.GemmaConfig(**grouped),
        "gemma3-sliding": lambda: hf.Gemma3TextConfig(
            sliding_window=8, layer_types=["sliding_attention", "full_attention"], query_pre_attn_scalar=16, **grouped
        ),
        "gpt-neox": lambda: hf.GPTNeoXConfig(**attention),
        "mamba": lambda: hf.MambaConfig(hidden_size=32, state_size=4, num_hidden_layers=2, **common),
        "qwen3.5-hybrid": lambda: hf.Qwen3_5TextConfig(
            layer_types=["linear_attention", "full_attention"],
            linear_key_head_dim=8,
            linear_value_head_dim=8,
            linear_num_key_heads=2,
            linear_num_value_heads=2,
            **grouped,
        ),
        "bamba-hybrid": lambda: hf.BambaConfig(
            attn_layer_indices=[1], mamba_n_heads=4, mamba_d_head=16, mamba_d_state=8, mamba_n_groups=1, **grouped
        ),
        "rwkv": lambda: hf.RwkvConfig(hidden_size=32, num_hidden_layers=2, **common),
        "no-cache-gpt": lambda: hf.OpenAIGPTConfig(
            n_embd=32, n_layer=2, n_head=2, n_positions=CONTEXT_LENGTH, **common
        ),
    }[architecture]()


ARCHITECTURES = ("gpt2", "llama", "qwen3", "gemma", "gemma3-sliding", "gpt-neox", "mamba")
UNUSUAL = ("qwen3.5-hybrid", "bamba-hybrid", "rwkv", "no-cache-gpt")
"""Recurrent layers beside attention, a cache of their own, or none: code that assumes a KV cache gets wrong numbers."""


def wrapped(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="</s>",
        clean_up_tokenization_spaces=False,
    )


def random_model(architecture: str, vocab_size: int, seed: int = 0) -> PreTrainedModel:
    import torch
    from transformers import AutoModelForCausalLM

    torch.manual_seed(seed)
    model: PreTrainedModel = AutoModelForCausalLM.from_config(_config(architecture, vocab_size))
    return model.eval()


def save_model(folder: Path, architecture: str, tokenizer: str, dtype: str = "float32") -> Path:
    """A tiny model and its tokenizer in Hugging Face format; its vocabulary is a little larger than the tokenizer's."""
    import torch

    real = wrapped(TOKENIZERS[tokenizer]())
    model = random_model(architecture, len(real) + 3)
    model.to(getattr(torch, dtype)).save_pretrained(folder)
    real.save_pretrained(folder)
    return folder
