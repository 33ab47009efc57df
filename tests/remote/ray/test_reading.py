"""What a worker is sent: its model gets what it can read, and everything else gets an answer that says what is wrong.

A model of twenty lines, no cluster. Leaves out: the same over a network (`test_replicas`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_utils.errors import InvalidMessage, PromptTooLong, TsuzukiError, UnknownToken
from model_utils.remote.ray import reading
from model_utils.remote.ray.messages import Advance, Answer, Begin, Facts, Keep, Read, Text, pack, unpack
from model_utils.remote.ray.reading import Reading, encoded, facts_of, logits
from tests.fakes import BOS, PIECES, FakeLM, known_row
from tests.random_examples import share_of
from tests.serving.hostile import JSON

SIZE = len(PIECES)


class StrictLM(FakeLM):
    """Fails as a model on a GPU would, for all who use it, at an id that it lacks."""

    def logits(self, batch: Sequence[Sequence[int]]) -> Any:
        assert all(0 <= token_id < SIZE for ids in batch for token_id in ids)
        return super().logits(batch)


def told(*messages: object) -> list[list[Answer]]:
    """The answers to each message of one connection, as they travel."""

    async def ask() -> list[list[Answer]]:
        text = Reading(StrictLM())
        sent = [message if isinstance(message, bytes) else pack(message) for message in messages]
        return [[unpack(pack(answer), Answer) async for answer in text.answers(raw)] for raw in sent]

    return asyncio.run(ask())


def error_in(answers: Sequence[Answer]) -> TsuzukiError:
    with pytest.raises(TsuzukiError) as raised:
        answers[-1].result()
    return raised.value


def test_a_text_is_read_as_before() -> None:
    begun, read, more, advanced, kept = told(
        Begin([BOS, 2]), Read([BOS, 2]), Read([3], wanted=False), Advance([0, 0], [4, 5]), Keep()
    )
    assert begun == [Answer(number=0)] and more == kept == [Answer()]
    assert np.array_equal(read[0].array(2, SIZE), [known_row([BOS]), known_row([BOS, 2])])
    assert np.array_equal(advanced[0].array(2, SIZE), [known_row([BOS, 2, 3, 4]), known_row([BOS, 2, 3, 5])])


@pytest.mark.parametrize("message", [Read([2]), Advance([0], [2]), Keep(), Read([])])
def test_what_comes_before_a_text_is_begun_is_refused_and_the_connection_goes_on(message: object) -> None:
    refused, begun, read = told(message, Begin([BOS]), Read([BOS]))
    assert "before a text is begun" in str(error_in(refused))
    assert begun[0].number == 0 and len(read) == 1 and not read[0].error


BESIDE = Begin([BOS]), Read([BOS]), Advance([0, 0], [2, 3])
WRONG: dict[str, tuple[tuple[object, ...], type[TsuzukiError]]] = {
    "an id beyond the vocabulary": ((Begin([BOS]), Read([SIZE])), UnknownToken),
    "an id below 0": ((Begin([BOS]), Read([-1])), UnknownToken),
    "a text of unknown ids": ((Begin([BOS, 10**9]),), UnknownToken),
    "a text longer than the context": ((Begin([BOS] * 33),), PromptTooLong),
    "more than the context": ((Begin([BOS]), Read([BOS] * 32), Read([2])), PromptTooLong),
    "one side by side beyond the context": ((Begin([BOS]), Read([BOS] * 32), Advance([0], [2])), PromptTooLong),
    "no text side by side": ((Begin([BOS]), Read([BOS]), Advance([], [])), InvalidMessage),
    "a token too many": ((Begin([BOS]), Read([BOS]), Advance([0], [2, 3])), InvalidMessage),
    "a parent that is not there": ((Begin([BOS]), Read([BOS]), Advance([1], [2])), InvalidMessage),
    "a parent that is no longer there": ((*BESIDE, Advance([0], [2]), Advance([1], [2])), InvalidMessage),
    "one text among several": ((*BESIDE, Read([2])), InvalidMessage),
    "an unknown id side by side": ((*BESIDE, Advance([1, 0], [2, SIZE])), UnknownToken),
    "nothing": ((b"",), InvalidMessage),
    "no message": ((pack({"type": "Drop"}),), InvalidMessage),
    "no object": ((pack([1, 2]),), InvalidMessage),
    "ids in words": ((pack({"type": "Begin", "ids": ["2"]}),), InvalidMessage),
    "half an id": ((pack({"type": "Begin", "ids": [1.5]}),), InvalidMessage),
    "no ids": ((pack({"type": "Read"}),), InvalidMessage),
    "a parent below 0": ((pack({"type": "Advance", "parents": [-1], "ids": [2]}),), InvalidMessage),
    "two million ids": ((Begin([2] * 2_000_000),), InvalidMessage),
    "two thousand texts": ((Advance([0] * 2_000, [2] * 2_000),), InvalidMessage),
    "nested without end": ((b"\x91" * 100_000,), InvalidMessage),
    "half a message": ((pack(Begin([BOS] * 9))[:-3],), InvalidMessage),
    "text": ((b'{"type": "Begin", "ids": [0]}',), InvalidMessage),
}


@pytest.mark.parametrize(("messages", "error"), WRONG.values(), ids=WRONG)
def test_what_no_client_sends_gets_an_answer(messages: tuple[object, ...], error: type[TsuzukiError]) -> None:
    assert isinstance(error_in(told(*messages)[-1]), error)


def test_what_is_refused_leaves_the_text_as_it_was() -> None:
    *_, refused, read = told(Begin([BOS]), Read([BOS]), Read([SIZE]), Read([2]))
    plain = told(Begin([BOS]), Read([BOS]), Read([2]))[-1]
    assert error_in(refused) and read == plain


def test_a_text_whose_model_failed_is_begun_anew() -> None:
    class Failing(FakeLM):
        def session(self, ids: Sequence[int] = ()) -> Any:
            session = super().session(ids)
            session.advance = None  # type: ignore[method-assign,assignment]
            return session

    async def ask() -> list[Answer]:
        text = Reading(Failing())
        for message in (Begin([BOS]), Read([BOS])):
            _ = [answer async for answer in text.answers(pack(message))]
        with pytest.raises(TypeError):
            _ = [answer async for answer in text.answers(pack(Advance([0], [2])))]
        return [answer async for answer in text.answers(pack(Read([2])))]

    assert "before a text is begun" in str(error_in(asyncio.run(ask())))


def asked(raw: bytes, lm: FakeLM | None = None) -> Answer:
    return asyncio.run(logits(lm or StrictLM(), raw))


BATCHES: dict[str, tuple[bytes, type[TsuzukiError]]] = {
    "no text": (pack([]), InvalidMessage),
    "a text without a token": (pack([[BOS], []]), InvalidMessage),
    "no list": (pack({"ids": [1]}), InvalidMessage),
    "ids in words": (pack([["2"]]), InvalidMessage),
    "an id beyond the vocabulary": (pack([[BOS], [BOS, SIZE]]), UnknownToken),
    "an id below 0": (pack([[BOS, -1]]), UnknownToken),
    "an id beyond all": (pack([[2**63]]), InvalidMessage),
    "a text longer than the context": (pack([[BOS] * 33]), PromptTooLong),
    "a hundred thousand texts": (pack([[BOS]] * 100_000), InvalidMessage),
    "a million tokens": (pack([[BOS] * 1_000_001]), InvalidMessage),
    "nested without end": (b"\x91" * 100_000, InvalidMessage),
    "nothing": (b"", InvalidMessage),
}


@pytest.mark.parametrize(("raw", "error"), BATCHES.values(), ids=BATCHES)
def test_a_batch_that_no_model_reads_is_refused(raw: bytes, error: type[TsuzukiError]) -> None:
    with pytest.raises(error):
        asked(raw)


def test_a_batch_has_no_more_logits_than_fit_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest text counts for all: shorter ones are filled up to it."""
    monkeypatch.setattr(reading, "MOST_LOGITS", 8 * SIZE)
    assert asked(pack([[BOS] * 4, [BOS]])).shape == [2, 4, SIZE]
    with pytest.raises(InvalidMessage, match="more than 80 logits"):
        asked(pack([[BOS] * 5, [BOS]]))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x91" * 100_000, pack({"text": 7}), pack({"text": "x", "how": "eval"}), pack(["x"]),
        pack({"how": "encode"}), pack({"text": "x" * 1_000_001}), b"\x81\xa4text\xa1\xff",
    ],
    ids=lambda raw: repr(raw[:20]),
)  # fmt: skip
def test_a_text_that_no_client_sends_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidMessage):
        encoded(FakeLM(), raw)
    assert msgspec.msgpack.decode(encoded(FakeLM(), pack(Text("好き", "encode_on")))) == [2]


def test_what_a_client_has_to_know_is_right() -> None:
    facts = unpack(pack(facts_of(FakeLM())), Facts)
    facts.check()
    assert facts.pieces == list(PIECES) and facts.context_length == 32


ids = st.lists(st.integers(-2, SIZE + 1), max_size=4)
sent = st.one_of(
    st.builds(Begin, ids), st.builds(Read, ids, st.booleans()),
    st.builds(Advance, st.lists(st.integers(0, 3), max_size=3), ids),
    st.just(Keep()), st.binary(max_size=40), JSON.map(lambda value: str(value).encode("utf-8", "replace")),
)  # fmt: skip


@given(st.lists(sent, max_size=8))
@settings(max_examples=share_of(500), deadline=None)
def test_any_messages_in_any_order_are_answered(messages: list[Any]) -> None:
    for answers in told(*messages):
        assert answers
        for answer in answers:
            if answer.error:
                assert str(error_in([answer])).endswith(".")
