"""Inputs of a lesson, by view, and the plain value that the models compute from them for the view's picture.

Leaves out: the lesson's file (`lessons`), and the pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from ..catalog import DEFAULT
from ..decoding.answers import answer_probabilities, read_answers
from ..decoding.answers import to_value as answers_to_value
from ..decoding.beam_search import GREEDY, beam
from ..decoding.comparison import learning_to_value, read_with, trained_in_sight
from ..decoding.tracing import generate, score, score_many
from ..lm import LM
from ..trace.settings import Sampling
from ..trace.wire import duel_to_value, pieces, to_wire
from .branches import to_value
from .examples import side_by_side

GetModel: TypeAlias = Callable[[str], LM]
Value: TypeAlias = dict[str, Any]
LETTERS = "ABCDEF"
"""The texts of a duel."""


class StepInputs(Struct, frozen=True, forbid_unknown_fields=True):
    """A prompt that is continued."""

    prompt: str
    length: int = 20
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int = 0

    def value(self, model: str, get: GetModel, names: tuple[str, str]) -> Value:
        knobs = (self.temperature, self.top_k, self.top_p, self.min_p, self.repetition_penalty, self.seed)
        return to_wire(generate(get(model), self.prompt, self.length, Sampling(*knobs)))


class ScoreInputs(Struct, frozen=True, forbid_unknown_fields=True):
    """A text that somebody wrote."""

    text: str

    def value(self, model: str, get: GetModel, names: tuple[str, str]) -> Value:
        return to_wire(score(get(model), self.text))


class MapInputs(Struct, frozen=True, forbid_unknown_fields=True):
    """A prompt that is continued greedily, and by beam search."""

    prompt: str
    length: int = 10
    width: int = 4

    def value(self, model: str, get: GetModel, names: tuple[str, str]) -> Value:
        lm = get(model)
        greedy = generate(lm, self.prompt, self.length, GREEDY)
        return to_value(*side_by_side(greedy, beam(lm, self.prompt, self.width, self.length), names))


class TokensInputs(Struct, frozen=True, forbid_unknown_fields=True):
    """A text that is cut into tokens."""

    text: str

    def value(self, model: str, get: GetModel, names: tuple[str, str]) -> Value:
        lm = get(model)
        return pieces(lm.vocabulary.read(lm.encode(self.text)))


class DuelInputs(Struct, frozen=True, forbid_unknown_fields=True):
    """Texts that are scored beside one another."""

    texts: list[str]

    def value(self, model: str, get: GetModel, names: tuple[str, str]) -> Value:
        traces = score_many(get(model), self.texts[: len(LETTERS)])
        return duel_to_value(traces, LETTERS[: len(traces)])


class AnswersInputs(Struct, frozen=True, forbid_unknown_fields=True):
    """A prompt, and answers whose spellings are added up."""

    prompt: str
    answers: list[str]

    def value(self, model: str, get: GetModel, names: tuple[str, str]) -> Value:
        return answers_to_value(answer_probabilities(get(model), self.prompt, read_answers("\n".join(self.answers))))


class ModelsInputs(Struct, frozen=True, forbid_unknown_fields=True):
    """One text for two models."""

    text: str
    models: tuple[str, str]
    length: int = 20
    chat: tuple[bool, bool] = (False, False)

    def value(self, model: str, get: GetModel, names: tuple[str, str]) -> Value:
        return {
            "sides": [
                side_to_value(get(name), self.text, self.length, chat)
                for name, chat in zip(self.models, self.chat, strict=True)
            ]
        }


class LearningInputs(Struct, frozen=True, forbid_unknown_fields=True):
    """A text that checkpoints of one model read."""

    text: str

    def value(self, model: str, get: GetModel, names: tuple[str, str]) -> Value:
        return learning_to_value(trained_in_sight()[0], self.text, get)


INPUTS = {
    "step": StepInputs,
    "score": ScoreInputs,
    "map": MapInputs,
    "tokens": TokensInputs,
    "duel": DuelInputs,
    "answers": AnswersInputs,
    "models": ModelsInputs,
    "learning": LearningInputs,
}
"""By the name of the view."""

Inputs: TypeAlias = (
    StepInputs | ScoreInputs | MapInputs | TokensInputs | DuelInputs | AnswersInputs | ModelsInputs | LearningInputs
)


def side_to_value(lm: LM, text: str, length: int, as_chat: bool) -> Value:
    """One side of the picture of two models."""
    trace = read_with(lm, text, length, as_chat)
    return {"model": trace.model, "chat": as_chat, "trace": to_wire(trace)}


def state_of(view: str, inputs: Inputs, model: str = DEFAULT) -> Value:
    """The page's state (`assets/page/address.js`) in which the view has these inputs."""
    fields = {name: getattr(inputs, name) for name in inputs.__struct_fields__}
    if view in ("step", "map"):
        return {"view": view, "inputs": {"model": model, **{k: v for k, v in fields.items() if k != "width"}}}
    if view == "tokens":
        return {"view": view, "inputs": {"model": model, "tokens_text": fields["text"]}}
    if view in ("duel", "score"):
        return {"view": "duel", "inputs": {"model": model, "duel_texts": fields.get("texts", [fields.get("text")])}}
    if view == "answers":
        typed = "\n".join(fields["answers"])
        asked = {"model": model, "answers_prompt": fields["prompt"], "answers_typed": typed}
        return {"view": view, "inputs": asked, "slashes": "spaced"}
    shown: Value = {"models_text": fields["text"]}
    if view == "models":
        for letter, name, chat in zip("ab", fields["models"], fields["chat"], strict=True):
            shown |= {f"model_{letter}": name, f"chat_{letter}": chat}
        shown["models_length"] = fields["length"]
    return {"view": "models", "inputs": shown}
