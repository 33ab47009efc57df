"""Make the tokenizer: a unigram vocabulary with byte fallback that people can read.

The pieces hold real spaces, no normaliser touches the text, and bytes stand in for whatever has no piece, so decoding
gives back exactly what was encoded. Words never share a piece: English is split at word boundaries by a pattern,
Japanese text is cut into words before the vocabulary is learned. Digits stand alone. `<|endoftext|>` begins a text,
ends it and separates documents; two more special tokens are kept for a chat template. Leaves out: the tokens of a
corpus (`packing`).
"""

import json
import math
import string
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

from model_utils.training.errors import TrainingError
from model_utils.training.text.corpus import SEPARATOR
from model_utils.training.text.segment import JAPANESE_RUN, WORD_BOUNDARY

VOCABULARY_SIZE = 12_000
SPECIAL_TOKENS = (SEPARATOR, "<|user|>", "<|assistant|>")
BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))
MAX_PIECE_LENGTH = 14
# Below this share of the text a character outside the alphabet is left to its bytes.
RARE_CHARACTER_SHARE = 2e-6
UNSEEN_SCORE = -20.0
# A word seen this often may become a piece; the endings are characters of private use, which no text holds.
WHOLE_WORD_COUNT = 30
ENDING_CHARACTERS = frozenset(map(chr, range(0xE000, 0xE020)))
ENDINGS = [first + second for first in sorted(ENDING_CHARACTERS) for second in sorted(ENDING_CHARACTERS)]
SPACED = 0xE100
# The mixture holds fewer Japanese words than English ones; this gives the two languages about as many pieces.
JAPANESE_EMPHASIS = 2

KANA = "".join(chr(code) for code in (*range(0x3041, 0x3097), *range(0x30A1, 0x30FB), 0x30FC))
PUNCTUATION = "、。，．・…‥！？（）「」『』【】〈〉《》〔〕：；～〜ー―々〆％＆＝＋／￥“”‘’–—"

# Words that the lecture's first example is made of; a frequent one would be a piece anyway.
LECTURE_WORDS = ("好きな", "果物", "ぶどう", "です")

# In order: a word with its leading space, a run of Japanese, one digit, one mark (repeated), any other character.
PIECE_PATTERN = "|".join(
    (
        r" ?\p{Latin}+(?:'\p{Latin}+)*",
        r"[\p{Han}\p{Hiragana}\p{Katakana}ー々〆]+",
        r" ?[0-9]",
        r" ?([^\s\p{L}\p{N}])\1*",
        r"(?m:.)",
    )
)


def jouyou_kanji() -> str:
    """The 2,136 kanji for everyday use."""
    from kanji_lists import JOYO

    return "".join(sorted(JOYO.HEISEI22))


def required_pieces() -> list[str]:
    """What is a piece whatever the text: ASCII with and without a space, kana, marks, jouyou kanji, the lecture's."""
    initials = [f" {character}" for character in string.ascii_letters + string.digits]
    return [*string.printable[:95], "\n", *initials, *KANA, *PUNCTUATION, *jouyou_kanji(), *LECTURE_WORDS]


def train_tokenizer(
    texts: Iterable[str], segment: Callable[[str], str], required: list[str], vocabulary_size: int = VOCABULARY_SIZE
) -> Tokenizer:
    """Learn at most `vocabulary_size` pieces (fewer from little text) from `texts`, which `segment` cuts into words."""
    if vocabulary_size < len(SPECIAL_TOKENS) + len(BYTES) + len(set(required)):
        raise TrainingError(f"A vocabulary of {vocabulary_size} cannot hold {len(set(required))} required pieces.")
    words = _known_words(_count_words(texts, segment), {piece for piece in required if len(piece) == 1})
    scores = _learn_pieces(words, vocabulary_size)
    missing = {piece: math.log(words[piece] / words.total()) for piece in required if words[piece]}
    # A space of its own stands before Japanese, so often that it would be cut off every rare English word.
    return assemble(missing | scores | {" ": UNSEEN_SCORE}, required, vocabulary_size)


def word_splitter() -> pre_tokenizers.PreTokenizer:
    """Cuts a text that `segment` has cut into words at those boundaries, and where pieces never join."""
    return pre_tokenizers.Sequence(
        [pre_tokenizers.Split(WORD_BOUNDARY, "removed"), pre_tokenizers.Split(Regex(PIECE_PATTERN), "isolated")]
    )


def _count_words(texts: Iterable[str], segment: Callable[[str], str]) -> Counter[str]:
    splitter = word_splitter()
    words = Counter[str]()
    for text in texts:
        words.update(word for word, _ in splitter.pre_tokenize_str(segment(text)))
    return words


def _known_words(words: Counter[str], alphabet: set[str]) -> Counter[str]:
    """The words without those that hold a character which will have no piece."""
    characters = Counter[str]()
    for word, count in words.items():
        for character in word:
            characters[character] += count
    least = RARE_CHARACTER_SHARE * characters.total()
    known = alphabet | {character for character, count in characters.items() if count > least}
    return Counter({word: count for word, count in words.items() if known.issuperset(word)})


def _learn_pieces(words: Counter[str], vocabulary_size: int) -> dict[str, float]:
    learner = Tokenizer(models.Unigram())
    learner.pre_tokenizer = pre_tokenizers.Split(WORD_BOUNDARY, "removed")
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary_size, max_piece_length=MAX_PIECE_LENGTH, show_progress=False, special_tokens=[]
    )
    learner.train_from_iterator(_training_lines(words), trainer)
    learned = json.loads(learner.to_str())["model"]["vocab"]
    return {_with_space(piece): score for piece, score in learned if not ENDING_CHARACTERS.intersection(piece)}


def _training_lines(words: Counter[str]) -> Iterator[str]:
    """Every word as often as it was seen, and a frequent one a few times more, with different endings.

    The trainer only considers pieces that are followed by different characters, which a whole word never is, and first
    rates them by the number of different words that hold them, by which a frequent short word would be lost.
    """
    for word, count in words.items():
        emphasis = JAPANESE_EMPHASIS if JAPANESE_RUN.match(word) else 1
        line = _without_space(word)
        yield (line + WORD_BOUNDARY) * (count * emphasis)
        if count >= WHOLE_WORD_COUNT and len(word) > 1:
            yield from (line + ending for ending in islice(ENDINGS, max(2, count // WHOLE_WORD_COUNT)))


def _without_space(word: str) -> str:
    """The word with its leading space and first letter as one character of private use, which nothing can part."""
    if len(word) > 1 and word[0] == " " and word[1].isascii():
        return chr(SPACED + ord(word[1])) + word[2:]
    return word


def _with_space(piece: str) -> str:
    """The inverse of `_without_space`."""
    character = ord(piece[0]) - SPACED
    return f" {chr(character)}{piece[1:]}" if 0 <= character < 128 else piece


def assemble(scores: dict[str, float], required: list[str], vocabulary_size: int) -> Tokenizer:
    """The finished tokenizer: special tokens, bytes, the required pieces, and the best of the others."""
    certain = {piece for piece in scores if len(piece) == 1} | set(required)
    room = vocabulary_size - len(SPECIAL_TOKENS) - len(BYTES) - len(certain)
    if room < 0:
        raise TrainingError(f"A vocabulary of {vocabulary_size} cannot hold {len(certain)} characters.")
    others = sorted(set(scores) - certain, key=lambda piece: (-scores[piece], piece))
    kept = certain | set(others[:room])
    pieces = sorted(kept, key=lambda piece: (-scores.get(piece, UNSEEN_SCORE), piece))
    reserved = [(token, 0.0) for token in SPECIAL_TOKENS + BYTES]
    vocabulary = reserved + [(piece, scores.get(piece, UNSEEN_SCORE)) for piece in pieces]
    # With byte fallback the unknown token is never produced, but the model insists on having one.
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=0, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(PIECE_PATTERN), "isolated")
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{SEPARATOR} $A", pair=f"{SEPARATOR} $A {SEPARATOR} $B", special_tokens=[(SEPARATOR, 0)]
    )
    return tokenizer


def wrap_tokenizer(tokenizer: Tokenizer, context: int) -> PreTrainedTokenizerFast:
    """The tokenizer as transformers has it; saved, it is what plain `AutoTokenizer.from_pretrained` reads."""
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=SEPARATOR,
        eos_token=SEPARATOR,
        pad_token=SEPARATOR,
        clean_up_tokenization_spaces=False,
        model_max_length=context,
    )
