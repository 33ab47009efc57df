"""Tokenizers of every kind that is in use, made of a page of text, and the folders that people have them in.

Each is what a real one is made of: the same normalizer, cut, model, decoder and template, with a small vocabulary.
Leaves out: the three kinds that most other tests take (`tests.fakes`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from tests.fakes import PAGE, random_model

LINES = (
    *PAGE,
    *(line.lower() for line in PAGE),
    "the cat sat on the mat. the cat played, playing.",
    "def f(a):\n  return a",
)
MARKS = ["<s>", "</s>", "<unk>"]
REGEX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
FALLBACK = [f"<0x{byte:02X}>" for byte in range(256)]


def _marked(tokenizer: Tokenizer, *marks: str) -> Tokenizer:
    tokenizer.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in marks])
    return tokenizer


def byte_level(size: int = 360) -> Tokenizer:
    """GPT-2, SmolLM2, llm-jp's ancestors."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return _byte_level(tokenizer, size)


def _byte_level(tokenizer: Tokenizer, size: int = 360) -> Tokenizer:
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=MARKS[:2], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def regex_nfc() -> Tokenizer:
    """Qwen: NFC, a cut of its own, digits by threes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    own = pre_tokenizers.Split(Regex(REGEX), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([own, pre_tokenizers.ByteLevel(False, use_regex=False)])
    return _byte_level(tokenizer)


def regex_bos() -> Tokenizer:
    """Llama 3: the same without NFC, and a mark before the text."""
    tokenizer = regex_nfc()
    tokenizer.normalizer = None
    template = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    return tokenizer


def two_marks() -> Tokenizer:
    """GLM: two marks before the text, none behind."""
    tokenizer = _marked(byte_level(), "[gMASK]", "<sop>")
    ids = [(mark, tokenizer.token_to_id(mark)) for mark in ("[gMASK]", "<sop>")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[gMASK] <sop> $A", special_tokens=ids)
    return tokenizer


def _unigram_pieces(normalizer: Any = None) -> list[tuple[str, float]]:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    lines = [line.replace(" ", "▁") for line in LINES]
    tokenizer.train_from_iterator(
        lines, trainers.UnigramTrainer(vocab_size=220, unk_token="<unk>", show_progress=False)
    )
    found = json.loads(tokenizer.to_str())["model"]["vocab"]
    return [(piece, score) for piece, score in found if piece != "<unk>"]


def unigram_fallback() -> Tokenizer:
    """llm-jp, sarashina: pieces with bytes for the rest, a space before the text that decoding strips."""
    pieces = [*((mark, 0.0) for mark in MARKS), *((byte, -100.0) for byte in FALLBACK), *_unigram_pieces()]
    tokenizer = _marked(Tokenizer(models.Unigram(pieces, unk_id=2, byte_fallback=True)), *MARKS)
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = _llama_decoder()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return tokenizer


def _llama_decoder(*more: Any) -> Any:
    return decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), *(more or [decoders.Strip(" ", 1, 0)])]
    )


def _sentence_piece_bpe() -> Tokenizer:
    trained = Tokenizer(models.BPE())
    lines = [line.replace(" ", "▁") for line in LINES]
    trained.pre_tokenizer = pre_tokenizers.Split(Regex("(?=▁)"), "isolated")
    trained.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=200, show_progress=False))
    model = json.loads(trained.to_str())["model"]
    vocabulary = {piece: at for at, piece in enumerate([*MARKS, *FALLBACK, *model["vocab"]])}
    merges = [tuple(merge) if isinstance(merge, list) else tuple(merge.split(" ")) for merge in model["merges"]]
    own = models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True)
    return _marked(Tokenizer(own), *MARKS)


def bpe_fallback() -> Tokenizer:
    """Llama 2."""
    tokenizer = _sentence_piece_bpe()
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = _llama_decoder()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    return tokenizer


def added_runs() -> Tokenizer:
    """Gemma: runs of spaces are added tokens, and not special."""
    tokenizer = _sentence_piece_bpe()
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    tokenizer.add_tokens([AddedToken("▁" * count, normalized=False) for count in range(2, 9)])
    tokenizer.add_tokens([AddedToken("\n" * count, normalized=False) for count in range(2, 4)])
    return tokenizer


def unigram_nfkc() -> Tokenizer:
    """rinna, T5: NFKC, no bytes for the rest, a mark behind the text, and a Metaspace on both ways."""
    pieces = [*((mark, 0.0) for mark in MARKS), *_unigram_pieces(normalizers.NFKC())]
    tokenizer = _marked(Tokenizer(models.Unigram(pieces, unk_id=2)), *MARKS)
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def metaspace_never() -> Tokenizer:
    """As sarashina's: no space before the text."""
    tokenizer = unigram_fallback()
    tokenizer.normalizer = None
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never", split=False)
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="never")])
    return tokenizer


def word_piece(prefix: str = "##") -> Tokenizer:
    """BERT, and the Chinese GPT-2s: lower case, pieces that go on within a word, marks on both sides."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", continuing_subword_prefix=prefix))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix=prefix)
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=300, special_tokens=marks, show_progress=False, continuing_subword_prefix=prefix
    )
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def end_of_word(suffix: str = "</w>") -> Tokenizer:
    """OpenAI's first GPT, CLIP: a mark where a word ends."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix=suffix))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.BPEDecoder(suffix=suffix)
    trainer = trainers.BpeTrainer(vocab_size=360, special_tokens=MARKS, show_progress=False, end_of_word_suffix=suffix)
    tokenizer.train_from_iterator(LINES, trainer)
    return tokenizer


def whole_words() -> Tokenizer:
    """A vocabulary of words, without a decoder."""
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(LINES, trainers.WordLevelTrainer(special_tokens=MARKS, show_progress=False))
    return tokenizer


def nested() -> Tokenizer:
    """A decoder within a decoder, with a regular expression, and spaces stripped on both sides."""
    tokenizer = bpe_fallback()
    inner = decoders.Sequence([decoders.Replace(Regex("▁"), " "), decoders.ByteFallback()])
    tokenizer.decoder = decoders.Sequence([inner, decoders.Fuse(), decoders.Strip(" ", 1, 1)])
    return tokenizer


def dropped() -> Tokenizer:
    """Without byte fallback and unknown token: text without a piece is dropped."""
    tokenizer = end_of_word()
    described = json.loads(tokenizer.to_str())
    described["model"]["unk_token"] = None
    return Tokenizer.from_str(json.dumps(described))


KINDS: dict[str, Callable[[], Tokenizer]] = {
    made.__name__: made
    for made in (
        *(byte_level, regex_nfc, regex_bos, two_marks, unigram_fallback, bpe_fallback, added_runs, unigram_nfkc),
        *(metaspace_never, word_piece, end_of_word, whole_words, nested, dropped),
    )
}

CLASSES = (
    *(None, "PreTrainedTokenizerFast", "TokenizersBackend", "GPT2Tokenizer", "GPT2TokenizerFast", "LlamaTokenizer"),
    *("LlamaTokenizerFast", "Qwen2Tokenizer", "GemmaTokenizer", "T5Tokenizer", "BertTokenizer", "XLMRobertaTokenizer"),
    *("GPTNeoXTokenizer", "BertJapaneseTokenizer", "MistralCommonBackend", "NoSuchTokenizer"),
)
"""What `tokenizer_config.json` may name, rightly or not."""

MODEL_TYPES = ("gpt2", "llama", "qwen3", "gemma3_text", "mistral", "mamba", "gpt_neox")


def save_tokenizer(folder: Path, tokenizer: Tokenizer, named: str | None, **more: Any) -> Path:
    """`tokenizer.json`, and a configuration that names this class."""
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": named, **more} if named else more
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def save_folder(
    folder: Path, tokenizer: Tokenizer, architecture: str = "llama", named: str | None = None, **more: Any
) -> Path:
    """A random model of this architecture (`tests.fakes`), and this tokenizer, as a folder."""
    random_model(architecture, tokenizer.get_vocab_size() + 2).save_pretrained(folder)
    return save_tokenizer(folder, tokenizer, named, **more)
