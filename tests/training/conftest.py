"""A tiny corpus in two languages and a tokenizer learned from it."""

import lzma
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from model_utils.training.text.tokenizer import train_tokenizer

ENGLISH = ["The cat sat on the mat.", "A dog saw the cat, didn't it?", "In 1999 the dog ran to the park."]
JAPANESE = ["猫がいます。", "犬は好きですか?", "私は(たぶん)猫が好きです!"]


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """So tiny a model is trained slower by two threads than by one, and much slower beside other work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sources, one of them compressed, with their weights and a held-out part."""
    root = tmp_path / "corpus"
    (root / "heldout").mkdir(parents=True)
    (root / "plain_en.txt").write_text("\n<|endoftext|>\n".join(ENGLISH) + "\n", encoding="utf-8")
    with lzma.open(root / "packed_ja.txt.xz", "wt", encoding="utf-8") as file:
        file.write("\n<|endoftext|>\n".join(JAPANESE))
    with lzma.open(root / "heldout" / "plain_en.heldout.txt.xz", "wt", encoding="utf-8") as file:
        file.write("The cow never trained anybody.\n<|endoftext|>\nA held-out hen.\n")
    table = '[plain_en]\nlanguage = "en"\nweight = 3\n[packed_ja]\nlanguage = "ja"\nweight = 2\n'
    (root / "sources.toml").write_text(table, encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """A tokenizer of a few hundred pieces; its Japanese is cut into words by hand."""
    texts = (ENGLISH + [text.replace("猫", "\x1f猫\x1f").replace("です", "\x1fです\x1f") for text in JAPANESE]) * 20
    return train_tokenizer(texts, lambda text: text, [*"abcdefghijklmnopqrstuvwxyz ", " x", "です"], 400)
