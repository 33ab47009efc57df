"""Read a folder of text and mix its documents as the table of sources says.

A source is `NAME.txt.xz` or `NAME.txt`: UTF-8 documents separated by a line that holds only `<|endoftext|>`. The
folder `heldout/` is never read here but by `heldout`, for measuring. Leaves out: tokens (`packing`), and any
cleaning beyond duplicates, the lecture's own example, and full-width punctuation.
"""

import hashlib
import lzma
import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model_utils.training.errors import CorpusError
from model_utils.training.text.joining import join_related

SEPARATOR = "<|endoftext|>"
LANGUAGES = {"en": "English", "ja": "Japanese", "en+ja": "English and Japanese"}
SUFFIXES = (".txt.xz", ".txt")
DEFAULT_TABLE = Path(__file__).resolve().parents[1] / "sources.toml"

# The lecture asks which of two sentences is likelier; a model that has read either has not answered.
LECTURE_EXAMPLE = re.compile(r"[^。!?！？\n]*好きな果物は(?:ぶどう|たんす)[^。!?！？\n]*[。!?！？]?")

JAPANESE = r"\u3001-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff9f"
MARK_AFTER_JAPANESE = re.compile(rf"(?<=[{JAPANESE}])[!?]+")
BRACKETS_NEAR_JAPANESE = re.compile(rf"(?:(?<=[{JAPANESE}])\(([^()\n]*)\)|\(([^()\n]*[{JAPANESE}][^()\n]*)\))")
FULL_WIDTH_MARKS = str.maketrans("!?", "！？")
# Most people type full-width marks in Japanese, some do not, and one writer keeps to one of the two.
FULL_WIDTH_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the corpus: where it lies, how much it counts, and whom to thank for it."""

    name: str
    path: Path
    weight: float
    language: str
    title: str
    home: str
    licence: str
    joined: str | None = None


def sources(folder: Path) -> list[Source]:
    """The sources in `folder`, by name; its own `sources.toml` if it has one, else the recipe's, describes them."""
    if not folder.is_dir():
        raise CorpusError(f"{folder} is not a folder: give the folder that holds the NAME.txt or NAME.txt.xz files.")
    own_table = folder / DEFAULT_TABLE.name
    table = _read_table(own_table if own_table.exists() else DEFAULT_TABLE)
    found = [_describe(path, table) for path in sorted(folder.iterdir()) if path.name.endswith(SUFFIXES)]
    if not found:
        raise CorpusError(f"{folder} holds no NAME.txt or NAME.txt.xz file: there is nothing to train on.")
    return found


def described(name: str) -> Source:
    """A source of the recipe's own table that is in no folder at hand, like text that was made for a run."""
    return _describe(Path(f"{name}{SUFFIXES[0]}"), _read_table(DEFAULT_TABLE))


def _read_table(path: Path) -> dict[str, dict[str, object]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} is not a readable table of sources: {error}.") from error


def _describe(path: Path, table: dict[str, dict[str, object]]) -> Source:
    name = next(path.name.removesuffix(suffix) for suffix in SUFFIXES if path.name.endswith(suffix))
    row = table.get(name, {})
    weight = row.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < 1000:
        raise CorpusError(f"The weight of source {name} is {weight!r}: it must be a number from 0 up to 1000.")
    text = {key: str(row.get(key, "")) for key in ("language", "title", "home", "licence")}
    joined = row.get("joined")
    if joined is not None and not isinstance(joined, str):
        raise CorpusError(f"The source {name} is joined by {joined!r}: it must be the text between two documents.")
    return Source(name, path, float(weight), **text, joined=joined)


def read_documents(path: Path) -> Iterator[str]:
    """The documents of one file, in order, without the separators; empty ones are skipped."""
    lines: list[str] = []
    opener = lzma.open if path.suffix == ".xz" else open
    try:
        with opener(path, "rt", encoding="utf-8", newline="\n") as file:
            for line in file:
                if line.rstrip("\n") != SEPARATOR:
                    lines.append(line)
                    continue
                yield from _document(lines)
                lines.clear()
    except (lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path} is damaged or not UTF-8 text: {error}.") from error
    yield from _document(lines)


def _document(lines: list[str]) -> Iterator[str]:
    text = "".join(lines).strip("\n")
    if text.strip():
        yield text


def heldout(folder: Path, name: str) -> list[str]:
    """The held-out documents of source `name`, for measuring only; none if the corpus has none."""
    path = folder / "heldout" / f"{name}.heldout.txt.xz"
    return list(read_documents(path)) if path.exists() else []


def mixture(folder: Path, seed: int, share: float = 1.0) -> list[str]:
    """One pass over the corpus: each document as often as its source weighs, cleaned, in shuffled order.

    `share` makes it a smaller pass of the same mixture.
    """
    rng = random.Random(seed)
    seen: set[bytes] = set()
    mixed = [document for source in sources(folder) for document in _weighted(source, share, seen, rng)]
    if not mixed:
        raise CorpusError(f"The files in {folder} hold no document with a weight above 0.")
    rng.shuffle(mixed)
    return mixed


def made_documents(folder: Path, seed: int) -> list[str]:
    """All made text of a folder, once, in shuffled order."""
    rng = random.Random(seed)
    every = [document for source in sources(folder) for document in read_documents(source.path)]
    rng.shuffle(every)
    return [restore_full_width(document, rng) for document in every]


def _weighted(source: Source, share: float, seen: set[bytes], rng: random.Random) -> list[str]:
    if source.weight == 0:
        return []
    found: list[str] = []
    for document in read_documents(source.path):
        digest = hashlib.blake2b(" ".join(document.split()).encode(), digest_size=10).digest()
        if digest in seen:
            continue
        seen.add(digest)
        count = copies(source.weight * share, rng)
        if count and (kept := without_lecture_example(document)):
            found += [kept] * count
    if source.joined is not None:
        found = join_related(found, source.joined, rng)
    return [restore_full_width(document, rng) for document in found]


def copies(weight: float, rng: random.Random) -> int:
    """How often a document of this weight is seen in one pass; a fraction is the chance of once more."""
    return int(weight) + (rng.random() < weight % 1)


def without_lecture_example(document: str) -> str:
    """The document without the sentences that answer the lecture's question; perhaps nothing is left of it."""
    return LECTURE_EXAMPLE.sub("", document).strip("\n")


def restore_full_width(document: str, rng: random.Random) -> str:
    """Put `！？（）` back where Japanese stands around them, in a random share of the documents, throughout each."""
    if rng.random() >= FULL_WIDTH_SHARE:
        return document
    document = BRACKETS_NEAR_JAPANESE.sub(lambda match: f"（{match[match.lastindex or 0]}）", document)
    return MARK_AFTER_JAPANESE.sub(lambda match: match[0].translate(FULL_WIDTH_MARKS), document)
