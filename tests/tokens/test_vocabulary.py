"""Exact bytes and what the eye sees, for every kind of tokenizer: no U+FFFD that was not in the text."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from model_utils.errors import UnknownToken
from model_utils.tokens.vocabulary import Reader, Vocabulary, label, unfinished, visible, vocabulary_of
from model_utils.trace.utf8 import decode
from tests.fakes import AWKWARD_TEXTS, PAGE, PIECES, TOKENIZERS, wrapped
from tests.random_examples import share_of

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
JAPANESE_PAGE = "\n".join([*PAGE, *AWKWARD_TEXTS.values()]).replace(REPLACEMENT, "")
ALL_BYTES = Vocabulary("bytes", 256, lambda id_: bytes([id_]), special=())


@pytest.fixture(scope="module", params=TOKENIZERS)
def pair(request: pytest.FixtureRequest) -> tuple[PreTrainedTokenizerFast, Vocabulary]:
    tokenizer = wrapped(TOKENIZERS[request.param]())
    return tokenizer, vocabulary_of(tokenizer, "m", len(tokenizer))


def ids_of(tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False).input_ids)


@pytest.mark.parametrize("text", [*PAGE, *AWKWARD_TEXTS.values()], ids=[*map(str, range(len(PAGE))), *AWKWARD_TEXTS])
def test_the_bytes_of_the_tokens_are_the_text(pair: tuple[PreTrainedTokenizerFast, Vocabulary], text: str) -> None:
    tokenizer, vocabulary = pair
    tokens = vocabulary.read(ids_of(tokenizer, text))
    assert b"".join(token.bytes for token in tokens).decode() == text
    assert all(token.label and (REPLACEMENT not in token.label) for token in tokens)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
@settings(max_examples=share_of(150), deadline=None)
def test_any_text_comes_back(pair: tuple[PreTrainedTokenizerFast, Vocabulary], text: str) -> None:
    """But for two things that the tokenizers themselves lose: a first space beside the dummy one, and U+2581."""
    tokenizer, vocabulary = pair
    text = text.replace("▁", "").lstrip(" ") if "ByteLevel" not in tokenizer.backend_tokenizer.to_str() else text
    assert b"".join(token.bytes for token in vocabulary.read(ids_of(tokenizer, text))).decode() == text


def test_a_thousand_random_byte_strings_have_no_replacement_character(
    pair: tuple[PreTrainedTokenizerFast, Vocabulary],
) -> None:
    """As ids: what a random model may well produce."""
    tokenizer, vocabulary = pair
    random_ = random.Random(3)
    for _ in range(1_000):
        tokens = vocabulary.read(random_.choices(range(len(tokenizer)), k=random_.randint(1, 12)))
        assert not any(REPLACEMENT in shown for token in tokens for shown in (token.label, token.text))
        assert REPLACEMENT not in decode(b"".join(token.bytes for token in tokens))


def test_every_token_alone_has_a_label(pair: tuple[PreTrainedTokenizerFast, Vocabulary]) -> None:
    tokenizer, vocabulary = pair
    for token_id in range(len(tokenizer)):
        token = vocabulary.token(token_id)
        assert token.label and REPLACEMENT not in token.label and token.label.isprintable()
        assert token.special == (token.bytes in (b"<s>", b"</s>", b"<unk>"))


def test_every_byte_has_a_token(pair: tuple[PreTrainedTokenizerFast, Vocabulary]) -> None:
    tokenizer, vocabulary = pair
    assert {bytes([byte]) for byte in range(256)} <= {vocabulary.token(i).bytes for i in range(len(tokenizer))}


def test_specials_are_marks_wherever_they_stand(pair: tuple[PreTrainedTokenizerFast, Vocabulary]) -> None:
    tokenizer, vocabulary = pair
    tokens = vocabulary.read([tokenizer.bos_token_id, *ids_of(tokenizer, "a b"), tokenizer.eos_token_id])
    assert [token.label for token in tokens if token.special] == ["<s>", "</s>"]
    assert b"".join(token.bytes for token in tokens if not token.special) == b"a b"


def test_ids_end_where_the_logits_do(pair: tuple[PreTrainedTokenizerFast, Vocabulary]) -> None:
    tokenizer, _ = pair
    padded = vocabulary_of(tokenizer, "m", len(tokenizer) + 2)
    unused = padded.token(len(tokenizer) + 1)
    assert unused.bytes == b"" and str(unused.id) in unused.label
    for wrong in (-1, len(tokenizer) + 2):
        with pytest.raises(UnknownToken):
            padded.token(wrong)


def test_a_space_within_a_text_is_kept_where_a_first_one_is_stripped() -> None:
    tokenizer = wrapped(TOKENIZERS["unigram-dummy-prefix"]())
    vocabulary = vocabulary_of(tokenizer, "m", len(tokenizer))
    first, second = ids_of(tokenizer, "the")[0], ids_of(tokenizer, "a the")[-1]
    assert vocabulary.token(first).bytes.startswith(b" ") and not vocabulary.read([first])[0].bytes.startswith(b" ")
    reader = Reader(vocabulary)
    reader.push(tokenizer.bos_token_id)
    assert reader.peek(second).label == vocabulary.read([second])[0].label, "behind the first mark is the beginning"


def test_metaspace_decoders_put_spaces_too() -> None:
    from tokenizers import decoders

    tokenizer = TOKENIZERS["unigram-dummy-prefix"]()
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    real = wrapped(tokenizer)
    tokens = vocabulary_of(real, "m", len(real)).read(ids_of(real, "the sea the"))
    assert b"".join(token.bytes for token in tokens) == b"the sea the"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" the", "␣the"),
        ("a\nb\r\t", "a⏎b␍⇥"),
        ("\x00\x1b\x7f", "␀␛␡"),
        ("\u00a0\u200b\u2028\ufeff", "‹U+00A0›‹U+200B›‹U+2028›‹U+FEFF›"),
        ("\u3000", "‹U+3000›"),
        ("\u3099", "◌\u3099"),
        ("か\u3099", "か\u3099"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\u200d", "‹U+200D›"),
        (REPLACEMENT, "‹U+FFFD›"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
        ("مرحبا", "مرحبا"),
        ("𠮷", "𠮷"),
    ],
    ids=ascii,
)
def test_what_the_eye_sees(text: str, shown: str) -> None:
    assert visible(text) == shown == label(text.encode())


@pytest.mark.parametrize(
    ("raw", "pending", "shown"),
    [
        ("か".encode()[:1], b"", "‹E3›"),
        ("か".encode()[1:2], "か".encode()[:1], "‹81›"),
        ("か".encode()[2:], "か".encode()[:2], "‹8B›か"),
        ("か".encode()[1:], "か".encode()[:1], "‹81 8B›か"),
        ("か".encode()[2:] + b" x", "か".encode()[:2], "‹8B›か␣x"),
        ("か".encode()[2:] + "き".encode()[:1], "か".encode()[:2], "‹8B›か‹E3›"),
        (b"A", "か".encode()[:2], "A"),
        (b"\xff\xfe", b"", "‹FF FE›"),
        (b"a\xc3", b"", "a‹C3›"),
        ("😀".encode()[3:], "😀".encode()[:3], "‹80›😀"),
        (REPLACEMENT.encode()[2:], REPLACEMENT.encode()[:2], "‹BD›‹U+FFFD›"),
    ],
)
def test_half_a_character_shows_its_bytes_and_what_it_completes(raw: bytes, pending: bytes, shown: str) -> None:
    assert label(raw, pending) == shown


@given(st.binary(max_size=10))
def test_unfinished_is_what_more_bytes_could_complete(raw: bytes) -> None:
    """Independent reference: the longest tail that some bytes behind it turn into one character."""
    tail = unfinished(raw)
    assert raw.endswith(tail) and len(tail) <= 3
    completions = [
        bytes([a, b, c][:n]) for n in (1, 2, 3) for a in (0x80, 0x90, 0xA0, 0xBF) for b in (0x80,) for c in (0x80,)
    ]

    def completes(part: bytes, more: bytes) -> bool:
        try:
            return len((part + more).decode()) == 1
        except UnicodeDecodeError:
            return False

    expected = next(
        (raw[-n:] for n in (3, 2, 1) if len(raw) >= n and any(completes(raw[-n:], m) for m in completions)), b""
    )
    assert tail == expected


@given(st.binary(max_size=40))
@settings(max_examples=share_of(1_000), deadline=None)
def test_bytes_read_one_by_one_show_every_character_once(raw: bytes) -> None:
    tokens = ALL_BYTES.read(raw)
    had = {REPLACEMENT} if REPLACEMENT in raw.decode(errors="ignore") else set()
    assert not any(REPLACEMENT in token.label for token in tokens) or had
    completed = "".join(token.label.split("›")[-1] for token in tokens if token.bytes >= b"\x80")
    assert completed == "".join(visible(c).split("›")[-1] for c in raw.decode(errors="ignore") if c > "\x7f"), (
        "each character appears in the token that completes it"
    )


def test_a_whole_page_byte_by_byte() -> None:
    tokens = ALL_BYTES.read(JAPANESE_PAGE.encode())
    assert not any(REPLACEMENT in token.label or REPLACEMENT in token.text for token in tokens)
    assert b"".join(token.bytes for token in tokens).decode() == JAPANESE_PAGE


def test_a_special_token_ends_half_a_character() -> None:
    vocabulary = Vocabulary("m", len(PIECES), lambda id_: PIECES[id_], special=(0, 1))
    assert [token.label for token in vocabulary.read([6, 1, 7])] == ["‹E8 91›", "</s>", "‹A1›"]
    assert [token.label for token in vocabulary.read([6, 7])] == ["‹E8 91›", "‹A1›葡"]
