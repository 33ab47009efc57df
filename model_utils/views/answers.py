"""A prompt, and answers whose spellings are added up. Leaves out: the sums (`decoding.answers`)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from ..decoding.answers import Answers, Spelling, answer_probabilities, read_answers
from ..trace.validate import Count, Name, Number, PerStep, Share, Words, take
from ..trace.wire import WireTokens, token_from_wire, token_to_wire
from .protocol.view import GetModel, Names, Shown, Value, View

Some = Meta(min_length=1, max_length=1_000)


class Inputs(Struct, frozen=True, forbid_unknown_fields=True):
    prompt: str
    answers: list[str]

    def value(self, model: str, get: GetModel, names: Names) -> Value:
        return answers_to_wire(answer_probabilities(get(model), self.prompt, read_answers("\n".join(self.answers))))

    def state(self, model: str) -> Value:
        asked = {"model": model, "answers_prompt": self.prompt, "answers_typed": "\n".join(self.answers)}
        return {"view": "answers", "inputs": asked, "slashes": "spaced"}


class _Way(Struct, forbid_unknown_fields=True):
    tokens: WireTokens
    logprob: Number


class _Spelling(Struct, forbid_unknown_fields=True):
    text: Words
    probability: Share
    missed: Number
    count: Count
    part_of: tuple[Count, Count] | None
    ways: Annotated[list[_Way], PerStep]


class _Answer(Struct, forbid_unknown_fields=True):
    probability: Share
    missed: Number
    spellings: Annotated[list[_Spelling], Some]


class _Answers(Struct, forbid_unknown_fields=True):
    model: Name
    revision: Name
    prompt: Words
    rest: Share
    missed: Number
    answers: Annotated[list[_Answer], Some]


def answers_to_wire(answers: Answers) -> Value:
    """The plain value of the picture.

    {"model": "small", "revision": "…", "prompt": "今日は天気が", "rest": 0.6, "missed": 3e-9,
     "answers": [{"probability": 0.23, "missed": 2e-9,
       "spellings": [{"text": "悪い", "probability": 0.22, "missed": 1e-9, "count": 85, "part_of": [0, 0] or null,
         "ways": [{"tokens": [[id, "bytes in base64", "label", special], …], "logprob": -1.5}, …]}, …]}, …]}
    """
    return {
        "model": answers.model,
        "revision": answers.revision,
        "prompt": answers.prompt,
        "rest": answers.rest,
        "missed": answers.missed,
        "answers": [
            {
                "probability": answer.probability,
                "missed": answer.missed,
                "spellings": list(map(_spelling_to_wire, answer.spellings)),
            }
            for answer in answers.answers
        ],
    }


def _spelling_to_wire(spelling: Spelling) -> Value:
    return {
        "text": spelling.text,
        "probability": spelling.probability,
        "missed": spelling.missed,
        "count": spelling.count,
        "part_of": spelling.part_of and list(spelling.part_of),
        "ways": [
            {"tokens": [list(token_to_wire(token)) for token in way.tokens], "logprob": way.logprob}
            for way in spelling.ways
        ],
    }


def _read(value: Value) -> Shown:
    answers = take(value, _Answers)
    for spelling in (one for answer in answers.answers for one in answer.spellings):
        for row in (row for way in spelling.ways for row in way.tokens):
            token_from_wire(row)
        if spelling.part_of:
            answer, at = spelling.part_of
            if not (answer < len(answers.answers) and at < len(answers.answers[answer].spellings)):
                raise ValueError(f"“{spelling.text}” is part of a spelling that is not there")
    return Shown("answers", msgspec.to_builtins(answers), answers.prompt)


VIEW = View("answers", Inputs, _read)
