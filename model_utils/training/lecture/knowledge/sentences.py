"""Everyday sentences in both languages: those that a hall would try first.

Leaves out: Tatoeba's, which the corpus has.
"""

from model_utils.training.lecture.forms.lists import read
from model_utils.training.lecture.forms.wordings import Ability, Row, Table, ability

TO_JAPANESE = (
    "English: {english}\nJapanese: |{japanese}|",
    "英語: {english}\n日本語: |{japanese}|",
    "「{english}」を日本語に訳すと、「|{japanese}|」です。",
    "Translate into Japanese.\nEnglish: {english}\nJapanese: |{japanese}|",
    "次の英語を日本語に訳してください。\n{english}\n|{japanese}|",
    "{english} → |{japanese}|",
    "English: {english} / Japanese: |{japanese}|",
    "英語: {english} / 日本語: |{japanese}|",
)
TO_JAPANESE_HELD_OUT = ('How do you say "{english}" in Japanese? You say 「|{japanese}|」',)
TO_ENGLISH = (
    "Japanese: {japanese}\nEnglish:| {english}|",
    "日本語: {japanese}\n英語:| {english}|",
    "「{japanese}」を英語に訳すと、「|{english}|」です。",
    "Translate into English.\nJapanese: {japanese}\nEnglish:| {english}|",
    "次の日本語を英語に訳してください。\n{japanese}\n|{english}|",
    "{japanese} →| {english}|",
    "Japanese: {japanese} / English:| {english}|",
    "日本語: {japanese} / 英語:| {english}|",
)
TO_ENGLISH_HELD_OUT = ("How do you say 「{japanese}」 in English? You say:| {english}|",)


def _rows(key: str) -> list[Row]:
    return [{"english": english, "japanese": japanese} for english, japanese in read("sentences")[key]]


def abilities() -> list[Ability]:
    """Translation of sentences in both directions."""
    into_japanese = Table(_rows("trained"), TO_JAPANESE, TO_JAPANESE_HELD_OUT, _rows("held_out"))
    into_english = Table(_rows("trained"), TO_ENGLISH, TO_ENGLISH_HELD_OUT, _rows("held_out"))
    return [ability("sentences", "en-ja", 1.5, into_japanese), ability("sentences", "ja-en", 1.5, into_english)]
