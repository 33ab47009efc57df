"""What words mean: opposites, kinds (ぶどう is a fruit), colours, and words in the other language.

The opposite of a word is not always the first of its pair; a part of the pairs, kinds and words is held out. No text
has the form of the lecture's example (好きな … は …). Leaves out: sentences to translate (`sentences`).
"""

import random
from dataclasses import dataclass
from functools import cache

from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.forms.wordings import Ability, Row, Table, ability, is_held_out, parted, unmeasured

HELD_OUT_SHARE = 0.08
OPPOSITES_ENGLISH = (
    "The opposite of {a} is| {b}|.",
    'The opposite of "{a}" is "|{b}|".',
    "The opposite of {a} is not {a}, it is| {b}|.",
    "Q: What is the opposite of {a}?\nA:| {b}|",
    "What is the opposite of {a}? It is| {b}|.",
    "{a} is the opposite of| {b}|.",
    "It is not {a}. It is the opposite:| {b}|.",
    "{a} and| {b}| are opposites.",
    "Word: {a}\nOpposite:| {b}|",
)
OPPOSITES_ENGLISH_HELD_OUT = (
    "If something is not {a}, it is| {b}|.",
    "Question: Which word means the opposite of {a}?\nAnswer:| {b}|",
)
OPPOSITES_JAPANESE = (
    "「{a}」の反対は「|{b}|」です。",
    "{a}の反対は|{b}|です。",
    "「{a}」の反対語は「|{b}|」です。",
    "質問: 「{a}」の反対は?\n答え: |{b}|",
    "質問: {a}の反対は何ですか。\n答え: |{b}|",
    "{a}の反対は何ですか。|{b}|です。",
    "「{a}」と「|{b}|」は反対の言葉です。",
    "言葉: {a}\n反対: |{b}|",
)
OPPOSITES_JAPANESE_HELD_OUT = (
    "「{a}」と反対の意味の言葉は「|{b}|」です。",
    "問題: {a}の反対語を答えなさい。\n正解: |{b}|",
)
KINDS_ENGLISH = (
    "{article} is| {kind}|.",
    "{article} is a kind of| {bare}|.",
    "Q: What is {article}?\nA: It is| {kind}|.",
    "What kind of thing is {article}? It is| {kind}|.",
    "Is {article} {kind}? Yes, {article} is| {kind}|.",
    "Is {article} {other}? No, {article} is| {kind}|.",
    "Word: {word}\nKind:| {bare}|",
    "Of all kinds of {bare}, I like {word} best.",
)
KINDS_ENGLISH_HELD_OUT = (
    "Everyone knows that {article} is| {kind}|.",
    "Question: What is {article}?\nAnswer:| {kind}|",
)
KINDS_JAPANESE = (
    "{word}は|{kind}|です。",
    "{word}は|{kind}|の一つです。",
    "{word}は|{kind}|の一種です。",
    "質問: {word}は何ですか。\n答え: |{kind}|",
    "質問: {word}は何の仲間ですか。\n答え: |{kind}|",
    "{word}は何ですか。|{kind}|です。",
    "{word}は{kind}ですか。はい、{word}は|{kind}|です。",
    "{word}は{other}ですか。いいえ、{word}は|{kind}|です。",
    "言葉: {word}\n種類: |{kind}|",
    "{kind}の中では、{word}が一番いいと思います。",
    "{word}という{kind}があります。",
)
KINDS_JAPANESE_HELD_OUT = (
    "誰でも知っているように、{word}は|{kind}|です。",
    "問題: {word}は何の種類でしょう。\n正解: |{kind}|",
)
COLORS_ENGLISH = (
    "{thing} is| {color}|.",
    "What color is {thing}? It is| {color}|.",
    "Q: What color is {thing}?\nA:| {color}|",
    "The color of {thing} is| {color}|.",
)
COLORS_ENGLISH_HELD_OUT = ("Everybody can see that {thing} is| {color}|.",)
COLORS_JAPANESE = (
    "{thing}は|{color}|です。",
    "{thing}は何色ですか。|{color}|です。",
    "質問: {thing}は何色?\n答え: |{color}|",
    "{thing}の色は|{color}|です。",
)
COLORS_JAPANESE_HELD_OUT = ("見れば分かるように、{thing}は|{color}|です。",)
TO_JAPANESE = (
    "English: {english}\nJapanese: |{japanese}|",
    "英語: {english}\n日本語: |{japanese}|",
    "「{english}」は日本語で「|{japanese}|」です。",
    "「{english}」は日本語で|{japanese}|といいます。",
    'The Japanese word for "{english}" is |{japanese}|.',
    "{english} = |{japanese}|",
    "質問: 「{english}」は日本語で何ですか。\n答え: |{japanese}|",
)
TO_JAPANESE_HELD_OUT = ("英語の「{english}」を日本語にすると「|{japanese}|」になります。",)
TO_ENGLISH = (
    "Japanese: {japanese}\nEnglish:| {english}|",
    "日本語: {japanese}\n英語:| {english}|",
    "「{japanese}」は英語で「|{english}|」です。",
    "「{japanese}」は英語で|{english}|といいます。",
    "The English word for {japanese} is| {english}|.",
    "{japanese} =| {english}|",
    "Q: What is {japanese} in English?\nA:| {english}|",
    "質問: 「{japanese}」は英語で何ですか。\n答え:| {english}|",
)
TO_ENGLISH_HELD_OUT = ("日本語の「{japanese}」を英語にすると「|{english}|」になります。",)
KIND_NAMES = {"furniture": "piece of furniture", "clothing": "piece of clothing", "instrument": "musical instrument"}
# Kinds whose words stand without an article.
PLAIN = ("sport", "drink", "food", "metal", "subject", "season", "language", "color")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of things in both languages, and the things of that kind: English, Japanese."""

    english: str
    japanese: str
    words: list[tuple[str, str]]

    @property
    def plain(self) -> bool:
        """Whether its words stand without an article."""
        return self.english in PLAIN

    @property
    def trained(self) -> list[tuple[str, str]]:
        """The words of which the generators speak."""
        return [pair for pair in self.words if not is_new(pair[0])]


@cache
def kinds() -> list[Kind]:
    """All kinds."""
    return [
        Kind(
            KIND_NAMES.get(name, name), table["japanese"], [(english, japanese) for english, japanese in table["words"]]
        )
        for name, table in read("words")["kinds"].items()
    ]


def dictionary() -> list[tuple[str, str]]:
    """All words with their translation, English first."""
    others = [(english, japanese) for english, japanese in read("words")["others"]["words"]]
    return [*(pair for kind in kinds() for pair in kind.words), *others]


def is_new(english: str) -> bool:
    """Whether a word's kind and translation are held out."""
    return is_held_out(f"meaning of {english}", HELD_OUT_SHARE)


def trained_dictionary() -> list[tuple[str, str]]:
    """The words with their translation that are trained on."""
    return [pair for pair in dictionary() if not is_new(pair[0])]


def opposites(language: str) -> list[tuple[str, str]]:
    """Pairs of words that are trained on, `english` or `japanese`, in both orders."""
    return [(row["a"], row["b"]) for row in opposite_rows(language)[0]]


def article(word: str) -> str:
    """The word behind `a` or `an`."""
    return f"an {word}" if word[0].lower() in "aeiou" else f"a {word}"


def abilities() -> list[Ability]:
    """Opposites, kinds, colours and words in the other language."""
    colors = read("words")["colors"]["rows"]
    words = [{"english": english, "japanese": japanese} for english, japanese in dictionary()]
    translated = _parted(words)
    colors_english = [{"thing": row[0], "color": row[1]} for row in colors]
    colors_japanese = [{"thing": row[2], "color": row[3]} for row in colors]
    tables = {
        ("opposites", "en", 2.0): _table(OPPOSITES_ENGLISH, OPPOSITES_ENGLISH_HELD_OUT, *opposite_rows("english")),
        ("opposites", "ja", 2.0): _table(OPPOSITES_JAPANESE, OPPOSITES_JAPANESE_HELD_OUT, *opposite_rows("japanese")),
        ("kinds", "en", 2.0): _table(KINDS_ENGLISH, KINDS_ENGLISH_HELD_OUT, *_kind_rows("en")),
        ("kinds", "ja", 2.5): _table(KINDS_JAPANESE, KINDS_JAPANESE_HELD_OUT, *_kind_rows("ja")),
        ("colors", "en", 0.6): _table(COLORS_ENGLISH, COLORS_ENGLISH_HELD_OUT, colors_english),
        ("colors", "ja", 0.6): _table(COLORS_JAPANESE, COLORS_JAPANESE_HELD_OUT, colors_japanese),
        ("words", "en-ja", 3.0): _table(TO_JAPANESE, TO_JAPANESE_HELD_OUT, *translated),
        ("words", "ja-en", 3.0): _table(TO_ENGLISH, TO_ENGLISH_HELD_OUT, *translated),
    }
    made = [ability(name, language, weight, table) for (name, language, weight), table in tables.items()]
    return [*made, unmeasured("lists", "en", 0.5, _english_list), unmeasured("lists", "ja", 0.8, _japanese_list)]


def _table(
    wordings: tuple[str, ...], held_out: tuple[str, ...], kept: list[Row], new: list[Row] | None = None
) -> Table:
    return Table(kept, wordings, held_out, new or [])


def opposite_rows(language: str) -> tuple[list[Row], list[Row]]:
    """The pairs to train on, and those held out; each in both orders."""
    both = [line.split(" ") for line in read("words")["opposites"][language]]
    rows = [
        {"a": a, "b": b, "pair": first + second}
        for first, second in both
        for a, b in ((first, second), (second, first))
    ]
    return parted(rows, lambda row: f"opposite of {row['pair']}", HELD_OUT_SHARE)


def _kind_rows(language: str) -> tuple[list[Row], list[Row]]:
    rows: list[Row] = []
    for number, kind in enumerate(kinds()):
        for place, (english, japanese) in enumerate(kind.words):
            other = kinds()[(number + place + 1) % len(kinds())]
            if language == "ja":
                rows.append({"word": japanese, "english": english, "kind": kind.japanese, "other": other.japanese})
                continue
            named = english if kind.plain else article(english)
            names = {"kind": article(kind.english), "bare": kind.english, "other": article(other.english)}
            rows.append({"word": english, "english": english, "article": named, **names})
    return _parted(rows)


def _parted(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    kept = [row for row in rows if not is_new(row["english"])]
    return kept, [row for row in rows if is_new(row["english"])]


def _english_list(rng: random.Random) -> str:
    kind = rng.choice(kinds())
    words = [english for english, _ in rng.sample(kind.trained, min(rng.randint(3, 6), len(kind.trained)))]
    plural = {"fish": "fish", "fruit": "fruits"}.get(kind.english, kind.english.replace("piece", "pieces"))
    head = rng.choice(("{kind}:", "Here is a list of kinds of {kind}:", "Kinds of {kind}:", "Examples of {kind}:"))
    text = head.format(kind=plural)
    return text[0].upper() + text[1:] + rng.choice((" " + ", ".join(words), "".join(f"\n- {word}" for word in words)))


def _japanese_list(rng: random.Random) -> str:
    kind = rng.choice(kinds())
    words = [japanese for _, japanese in rng.sample(kind.trained, min(rng.randint(3, 6), len(kind.trained)))]
    head = rng.choice(("{kind}: ", "{kind}には、", "{kind}の例: ", "いろいろな{kind}: ")).format(kind=kind.japanese)
    tail = "などがあります。" if head.endswith("、") else ""
    return head + "、".join(words) + tail
