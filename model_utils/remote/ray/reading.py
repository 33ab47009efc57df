"""A worker's answers to messages, each checked first: nothing invalid reaches its model.

On a GPU an id that the vocabulary lacks would end the process, and every text in it.

Leaves out: connections (`worker`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from model_utils.errors import InvalidMessage, PromptTooLong, TsuzukiError
from model_utils.lm import LM, Session
from model_utils.tokens.spelling import DecoderSpelling
from model_utils.trace.validate import Wrong

from .messages import (
    ASKED,
    BATCH,
    MOST_LOGITS,
    Advance,
    Answer,
    Asked,
    Batch,
    Begin,
    Facts,
    Keep,
    Read,
    Text,
    answer_of,
    error_of,
    pack,
    unpack,
    width,
)


def facts_of(lm: LM) -> Facts:
    spelling = lm.vocabulary.spelling
    return Facts(
        model=lm.model,
        revision=lm.revision,
        vocab_size=lm.vocab_size,
        context_length=lm.context_length,
        bos_id=lm.bos_id,
        end_ids=sorted(lm.end_ids),
        pieces=[spelling.name(token_id) or None for token_id in range(lm.vocab_size)],
        decoder=spelling.decoder if isinstance(spelling, DecoderSpelling) else "",
        special=sorted(lm.vocabulary.special),
        changes_texts=lm.vocabulary.changes_texts,
        rescales_beyond=lm.rescales_beyond,
    )


def encoded(lm: LM, raw: bytes) -> bytes:
    """The ids of a `Text`. Raises InvalidMessage, and as the model's tokenizer does."""
    try:
        asked = unpack(raw, Text)
    except Wrong as wrong:
        raise InvalidMessage(reason=wrong) from None
    if asked.how == "encode_on" and asked.behind:
        lm.vocabulary.check(asked.behind)
        return pack(lm.encode_on(asked.text, asked.behind))
    cut = {"encode": lm.encode, "encode_on": lm.encode_on, "encode_chat": lm.encode_chat}[asked.how]
    return pack(cut(asked.text))


async def logits(lm: LM, raw: bytes) -> Answer:
    """Of a batch of texts. Raises InvalidMessage, UnknownToken and PromptTooLong."""
    try:
        batch: Batch = unpack(raw, BATCH)
    except Wrong as wrong:
        raise InvalidMessage(reason=wrong) from None
    if not batch or not all(batch):
        raise InvalidMessage(reason="it names no text, or one without a token")
    _check_size(lm, len(batch) * width(batch))
    for ids in batch:
        _check_ids(lm, ids, len(ids))
    return answer_of(await asyncio.to_thread(lm.logits, batch))


class Reading:
    """The texts of one connection, one after the other."""

    def __init__(self, lm: LM) -> None:
        self._lm = lm
        self._session: Session | None = None
        self._beside = 1
        """How many texts side by side the session has."""
        self._length = 0
        """Tokens that each of them has."""

    async def answers(self, raw: bytes) -> AsyncIterator[Answer]:
        """Answers to one message, computed in a thread. Errors are answers, too."""
        try:
            asked: Asked = unpack(raw, ASKED)
            async for answer in self._answers(asked):
                yield answer
        except Wrong as wrong:
            yield error_of(InvalidMessage(reason=wrong))
        except TsuzukiError as error:
            yield error_of(error)

    async def _answers(self, asked: Asked) -> AsyncIterator[Answer]:
        if isinstance(asked, Begin):
            _check_ids(self._lm, asked.ids, len(asked.ids))
            self._session, self._beside = self._lm.session(asked.ids), 1
            self._length = self._session.length
            yield Answer(number=self._length)
        elif not self._session:
            raise Wrong("it comes before a text is begun")
        elif isinstance(asked, Keep):
            await asyncio.to_thread(self._session.keep)
            yield Answer()
        elif isinstance(asked, Advance):
            yield await self._advance(self._session, asked)
        else:
            async for answer in self._read(self._session, asked):
                yield answer

    async def _advance(self, session: Session, asked: Advance) -> Answer:
        if not asked.ids or len(asked.ids) != len(asked.parents):
            raise Wrong("it goes on with no text, or not each with one token")
        if max(asked.parents) >= self._beside:
            raise Wrong(f"it goes on with a text that is not there; there are {self._beside}")
        _check_size(self._lm, len(asked.ids))
        _check_ids(self._lm, asked.ids, self._length + 1)
        self._session = None  # After a failure, the model's state is unknown.
        rows = await asyncio.to_thread(session.advance, asked.parents, asked.ids)
        self._session, self._beside, self._length = session, len(asked.ids), self._length + 1
        return answer_of(rows) if asked.wanted else Answer()

    async def _read(self, session: Session, asked: Read) -> AsyncIterator[Answer]:
        if self._beside > 1:
            raise Wrong(f"it reads on with one text, and there are {self._beside} side by side")
        _check_ids(self._lm, asked.ids, self._length + len(asked.ids))
        self._session = None
        left, parts = len(asked.ids), session.read(asked.ids)
        while left:
            part = await asyncio.to_thread(next, parts)
            left -= len(part)
            if asked.wanted:
                yield answer_of(part, more=left > 0)
        self._session, self._length = session, self._length + len(asked.ids)
        if not asked.wanted or not asked.ids:
            yield Answer()


def _check_ids(lm: LM, ids: Sequence[int], length: int) -> None:
    """Check ids of a text of `length` tokens. Raises UnknownToken and PromptTooLong."""
    lm.vocabulary.check(ids)
    if lm.context_length is not None and length > lm.context_length:
        raise PromptTooLong(model=lm.model, tokens=length, limit=lm.context_length)


def _check_size(lm: LM, rows: int) -> None:
    """Of an answer. Raises InvalidMessage."""
    if rows * lm.vocab_size > MOST_LOGITS:
        raise InvalidMessage(reason=f"its rows have more than {MOST_LOGITS} logits together")
