"""Cut Japanese text into words, for the training of the vocabulary only: the finished tokenizer reads raw text.

Uses MeCab with UniDic, whose units are short; those that readers see as one word are joined again (好き + な,
まし + た, 食べ + て). Leaves out: everything that is not Japanese, which passes unchanged.
"""

import re
from collections.abc import Callable
from typing import Any

WORD_BOUNDARY = "\x1f"
JAPANESE_RUN = re.compile(r"[\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff]+")


def word_segmenter() -> Callable[[str], str]:
    """A function that puts `WORD_BOUNDARY` between the Japanese words of a text."""
    from fugashi import Tagger

    tagger = Tagger()

    def cut(match: re.Match[str]) -> str:
        words: list[str] = []
        previous = None
        for unit in tagger(match[0]):
            if previous is not None and _is_one_word(previous, unit):
                words[-1] += unit.surface
            else:
                words.append(unit.surface)
            previous = unit
        return WORD_BOUNDARY + WORD_BOUNDARY.join(words) + WORD_BOUNDARY

    return lambda text: JAPANESE_RUN.sub(cut, text)


def _is_one_word(first: Any, second: Any) -> bool:
    """Whether two neighbouring UniDic units read as one word."""
    before, after = first.feature.pos1, second.feature.pos1
    if before == "形状詞":
        return bool(second.surface == "な")
    if before == "助動詞" and first.surface != "な":
        return bool(after == "助動詞")
    return before == "動詞" and second.surface in {"て", "た", "で", "だ"}
