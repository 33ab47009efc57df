"""Many texts as a table: reading, writing, injection, errors, and the numbers of `score`."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_utils import score
from model_utils.errors import BrokenTable, EmptyTable, NoTextColumn, NotUtf8, TableTooLong
from model_utils.views.protocol.table import (
    CHUNK,
    MOST_ROWS,
    MOST_SHOWN,
    Row,
    read_csv,
    score_rows,
    table_to_wire,
    texts_of,
    to_csv,
)
from tests.fakes import FakeLM
from tests.random_examples import share_of

HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", '=HYPERLINK("http://x")', "'=already", "''-twice", "＝1", "'quoted'"]


def rows_of(lm, texts: list[str]) -> list[Row]:
    return [row for chunk in score_rows(lm, texts) for row in chunk]


def test_lines_and_csv_and_their_headers() -> None:
    assert texts_of("a\r\n\n  \nb, c\n") == ["a", "b, c"]
    assert texts_of('id,Text\n1,"a, b"\n2,"c\nd"\n') == ["a, b", "c\nd"]
    assert texts_of("text\nいち\nに") == ["いち", "に"]
    assert texts_of("a\u2028b\nc") == ["a\u2028b", "c"]
    assert read_csv(b"text;n\na;1\n") == ["a"]
    assert read_csv("\ufefftext\tn\r\na\t1\r\n".encode()) == ["a"]
    assert read_csv("n,text\n1,葡萄\n".encode("utf-16")) == ["葡萄"]


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", EmptyTable),
        (b"text\n\n \n", EmptyTable),
        (b"words\na\n", NoTextColumn),
        (b'text\n"a\nb\n', BrokenTable),
        (b'text\n"a"b\n', BrokenTable),
        (b"text\n" + b"a" * 200_000, BrokenTable),
        ("text\n葡萄\n".encode("cp932"), NotUtf8),
        (b"text\n" + b"a\n" * (MOST_ROWS + 1), TableTooLong),
    ],
)
def test_files_that_are_no_table(raw: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_csv(raw)


def test_the_largest_table_and_the_error_that_names_the_rows() -> None:
    assert len(texts_of("a\n" * MOST_ROWS)) == MOST_ROWS
    with pytest.raises(TableTooLong, match="5001 rows; at most 5000"):
        texts_of("a\n" * (MOST_ROWS + 1))
    with pytest.raises(EmptyTable):
        texts_of(" \n\n")


def test_the_numbers_are_those_of_score() -> None:
    lm, texts = FakeLM(), ["好きな", "な the", "x", "葡x\n"]
    for row, text in zip(rows_of(lm, texts), texts, strict=True):
        trace = score(lm, text)
        tokens, characters, nats, mean, bits, perplexity = row.numbers
        assert (row.text, tokens, characters) == (text, len(trace.steps), len(text))
        assert nats == pytest.approx(trace.logprob, abs=1e-6) and mean == pytest.approx(nats / tokens, abs=1e-6)
        assert bits == pytest.approx(-trace.logprob / math.log(2) / len(text), abs=1e-6)
        assert perplexity == pytest.approx(trace.perplexity, rel=1e-6)


def test_a_first_token_without_a_probability_is_not_counted() -> None:
    (row, alone) = rows_of(FakeLM(bos_id=None), ["好きなx", "x"])
    assert row.tokens == 2 and row.characters == 4
    assert row.bits_per_character == pytest.approx(-row.logprob / math.log(2) / 2)
    assert alone.numbers == (0, 1, None, None, None, None)


def test_half_a_character_is_counted_as_the_duel_counts_it() -> None:
    """The first half of 葡 is context here, and its second begins no character."""
    (row,) = rows_of(FakeLM(bos_id=None), ["葡x"])
    assert row.tokens == 2 and row.bits_per_character == pytest.approx(-row.logprob / math.log(2))


def test_texts_that_cannot_be_scored_are_named_and_the_others_scored() -> None:
    texts = ["x"] * (CHUNK + 6)
    texts[3], texts[CHUNK + 1] = "x" * 40, "\ud800"
    rows = rows_of(UnicodeLM(), texts)
    value = table_to_wire(rows)
    assert value["failed"] == [4, CHUNK + 2] and value["total"] == len(texts)
    assert value["rows"][3]["error"]["key"] == "error.prompt_too_long"
    assert value["rows"][3]["error"]["blanks"]["tokens"] == "41"
    assert value["rows"][CHUNK + 1]["text"] == "\\ud800"
    assert all(row.tokens == 1 for row in rows if not row.error)
    table = list(csv.DictReader(io.StringIO(to_csv(rows).lstrip("\ufeff"))))
    assert table[3]["logprob_nats"] == "" and "reads at most 32" in table[3]["error"] and table[4]["error"] == ""


class UnicodeLM(FakeLM):
    def encode(self, text: str) -> list[int]:
        from model_utils.errors import InvalidText

        if not text.isprintable():
            raise InvalidText(codepoint="D800", position=1)
        return super().encode(text)


def test_chunks_come_one_after_the_other_and_the_page_shows_the_first() -> None:
    chunks = list(score_rows(FakeLM(), ["x"] * (CHUNK * 2 + 1)))
    assert [len(chunk) for chunk in chunks] == [CHUNK, CHUNK, 1]
    assert len(table_to_wire([Row("x")] * (MOST_SHOWN + 1))["rows"]) == MOST_SHOWN


def test_no_cell_of_the_csv_is_a_formula() -> None:
    written = to_csv([Row(text) for text in HOSTILE])
    for cell in [row[0] for row in csv.reader(io.StringIO(written.lstrip("\ufeff")))][1:]:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))
    assert read_csv(written.encode()) == HOSTILE


@settings(max_examples=share_of(200), deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip), min_size=1)
)
def test_csv_round_trip(texts: list[str]) -> None:
    assert read_csv(to_csv([Row(text) for text in texts]).encode()) == texts


def test_the_columns() -> None:
    first = to_csv([Row("x")]).lstrip("\ufeff").splitlines()[0]
    assert first == "text,tokens,characters,logprob_nats,logprob_per_token_nats,bits_per_character,perplexity"
