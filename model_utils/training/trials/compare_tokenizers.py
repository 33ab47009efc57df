"""Unigram beside BPE, learned from the same words, on the same held-out text: how short, and how readable?

    nice python -m model_utils.training.trials.compare_tokenizers FOLDER

Readable means here: a word of the text is one piece, and where it is not, no piece crosses a word boundary. Japanese
words are those of `segment`, English ones stand between spaces and marks. Leaves out: how well a model learns on them.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from model_utils.training.measuring.evaluate import heldout_sample
from model_utils.training.steps.recipe import first_characters
from model_utils.training.text import corpus
from model_utils.training.text.segment import word_segmenter
from model_utils.training.text.tokenizer import (
    BYTES,
    PIECE_PATTERN,
    SPECIAL_TOKENS,
    required_pieces,
    train_tokenizer,
    word_splitter,
)

CHARACTERS = 12_000_000
HELDOUT_BYTES = 20_000
VOCABULARY_SIZES = (8_000, 12_000, 16_000)
EXAMPLES = (
    "好きな果物はぶどうです。",
    "昨日、友達と映画を見ました。",
    "My favorite fruit is grapes.",
    "She couldn't believe it.",
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How one language reads: characters per token, and the shares of words in one piece and of pieces across words."""

    characters_per_token: float
    whole_words: float
    crossing: float


def learn_bpe(words: Iterable[str], required: list[str], vocabulary_size: int) -> Tokenizer:
    """A byte-fallback BPE from texts that are cut into words, with the alphabet of the unigram tokenizer."""
    tokenizer = Tokenizer(models.BPE(unk_token=SPECIAL_TOKENS[0], byte_fallback=True, fuse_unk=False))
    tokenizer.pre_tokenizer = word_splitter()
    alphabet = [piece for piece in required if len(piece) == 1]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        show_progress=False,
        special_tokens=[*SPECIAL_TOKENS, *BYTES],
        initial_alphabet=alphabet,
        limit_alphabet=len(alphabet) + 400,
        max_token_length=14,
    )
    tokenizer.train_from_iterator(words, trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(PIECE_PATTERN), "isolated")
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def read(tokenizer: Tokenizer, texts: list[str], segment: Callable[[str], str]) -> Reading:
    """Compare the pieces of `texts` with their words, place by place."""
    characters = tokens = words = whole = crossing = 0
    splitter = word_splitter()
    for text in texts:
        pieces = set(tokenizer.encode(text, add_special_tokens=False).offsets)
        spans, place = [], 0
        for word, _ in splitter.pre_tokenize_str(segment(text)):
            spans.append((place, place + len(word)))
            place += len(word)
        ends = {end for _, end in spans}
        words += len(spans)
        whole += len(pieces.intersection(spans))
        crossing += sum(any(start < end < stop for end in ends) for start, stop in pieces)
        characters += len(text)
        tokens += len(pieces)
    return Reading(characters / tokens, whole / words, crossing / tokens)


def main() -> None:
    """Print a table in Markdown: one line a tokenizer and size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="folder of the corpus")
    folder = parser.parse_args().folder
    segment = word_segmenter()
    cut = [segment(document) for document in first_characters(corpus.mixture(folder, seed=0), CHARACTERS)]
    heldout: dict[str, list[str]] = {}
    for source in corpus.sources(folder):
        heldout.setdefault(source.language, []).extend(heldout_sample(folder, source.name, HELDOUT_BYTES))
    print("| | vocabulary | language | characters per token | words in one piece | pieces across words |")
    print("| --- | --- | --- | --- | --- | --- |")
    shown = []
    for vocabulary_size in VOCABULARY_SIZES:
        made = {
            "unigram": train_tokenizer(cut, lambda text: text, required_pieces(), vocabulary_size),
            "BPE": learn_bpe(cut, required_pieces(), vocabulary_size),
        }
        for name, tokenizer in made.items():
            for language in ("en", "ja"):
                found = read(tokenizer, heldout[language], segment)
                print(
                    f"| {name} | {vocabulary_size:,} | {corpus.LANGUAGES[language]} | {found.characters_per_token:.2f} "
                    f"| {found.whole_words:.1%} | {found.crossing:.1%} |",
                    flush=True,
                )
            pieces = [" · ".join(tokenizer.encode(text, add_special_tokens=False).tokens) for text in EXAMPLES]
            shown.append((name, vocabulary_size, pieces))
    for name, vocabulary_size, pieces in shown:
        print(f"\n{name}, {vocabulary_size:,}:", *pieces, sep="\n- ")


if __name__ == "__main__":
    main()
