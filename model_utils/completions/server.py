"""Requests to a completions server, and its answers as rows of keys and logprobs, checked.

A key is an id where the server names ids, else the text of a token. Leaves out: which ids the texts are (`keys`), and
what this server can do (`dialect`).
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import openai

from model_utils.errors import ServerGarbled, ServerKeyMissing, ServerRefuses, TsuzukiError
from model_utils.patience import TIMEOUT_SECONDS, patiently

KEY = "TSUZUKI_SERVER_KEY"
"""The environment variable that holds the server's key, where it wants one."""

LOST = (openai.APIConnectionError, openai.RateLimitError)
TOLERANCE = 1e-3
"""By how much rounded logprobs may make a distribution larger than 1, or one differ from another."""

_ID = "token_id:"
_REASON_CHARACTERS = 200

Key = int | str
Prompt = str | list[int]


class ToldRow(NamedTuple):
    """The likeliest tokens of one row in falling logprob (nats), and the price of the token that came."""

    entries: list[tuple[Key, float]]
    came: tuple[Key, float] | None


class Told(NamedTuple):
    """The answer to one request. `prompt` has a row for each token of the prompt, None where there is none."""

    text: str
    row: ToldRow | None
    is_stopped: bool
    prompt_tokens: int | None
    prompt: list[ToldRow | None] | None


class Server:
    """One model of one server."""

    def __init__(self, address: str, model: str) -> None:
        self.address, self.model = address, model
        key = os.environ.get(KEY, "none")
        self._client = openai.OpenAI(base_url=address, api_key=key, max_retries=0, timeout=TIMEOUT_SECONDS)

    def models(self) -> list[dict[str, Any]]:
        """What the server says of its models, `id` at least."""
        found = patiently(self._list, LOST, self.address)
        return [entry for entry in found if isinstance(entry.get("id"), str)]

    def complete(self, prompt: Prompt, count: int, bias: Mapping[int, float], extra: Mapping[str, Any]) -> Told:
        """One greedy token, with the `count` likeliest of its row.

        Raises ServerUnreachable, ServerRefuses, ServerKeyMissing and ServerGarbled.
        """
        options: dict[str, Any] = {"logit_bias": {str(token_id): value for token_id, value in bias.items()}}
        request = partial(
            self._client.completions.create,
            model=self.model,
            prompt=prompt,
            max_tokens=1,
            temperature=0.0,
            logprobs=count,
            extra_body=dict(extra),
            **(options if bias else {}),
        )
        try:
            answer = patiently(request, LOST, self.address)
        except openai.APIStatusError as error:
            raise self._refusal(error) from None
        except (openai.OpenAIError, ValueError) as error:
            raise self.garbled(type(error).__name__) from None
        try:
            return self._read(answer.to_dict(warnings=False), prompt)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            raise self.garbled(f"a part of it is missing or of the wrong kind ({type(error).__name__})") from None

    def garbled(self, reason: str) -> ServerGarbled:
        return ServerGarbled(address=self.address, reason=reason)

    def _list(self) -> list[dict[str, Any]]:
        try:
            return [model.to_dict(warnings=False) for model in self._client.models.list().data]
        except openai.APIStatusError as error:
            if isinstance(error, LOST):
                raise
            raise self._refusal(error) from None
        except LOST:
            raise
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise self.garbled(type(error).__name__) from None

    def _refusal(self, error: openai.APIStatusError) -> TsuzukiError:
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return ServerKeyMissing(address=self.address, variable=KEY)
        return ServerRefuses(address=self.address, reason=_reason(error))

    def _read(self, answer: dict[str, Any], prompt: Prompt) -> Told:
        choice = answer["choices"][0]
        usage = answer.get("usage") or {}
        rows = choice.get("prompt_logprobs")
        ids: list[int] = prompt if isinstance(prompt, list) else []
        return Told(
            text=str(choice["text"]),
            row=self._row(choice.get("logprobs")),
            is_stopped=choice.get("finish_reason") == "stop",
            prompt_tokens=usage.get("prompt_tokens"),
            prompt=[self._prompt_row(row, came) for row, came in zip(rows, ids, strict=True)] if rows else None,
        )

    def _row(self, told: dict[str, Any] | None) -> ToldRow | None:
        """The first row of an answer, in the form of OpenAI's completions or in that of llama.cpp, which names ids."""
        if not told:
            return None
        if told.get("content"):
            first = told["content"][0]
            entries = [(int(entry["id"]), entry["logprob"]) for entry in first["top_logprobs"]]
            return self._checked(entries, (int(first["id"]), first["logprob"]))
        if not told.get("top_logprobs"):
            return None
        came = (_key(told["tokens"][0]), told["token_logprobs"][0])
        return self._checked([(_key(key), value) for key, value in told["top_logprobs"][0].items()], came)

    def _prompt_row(self, told: dict[str, Any] | None, came: Key) -> ToldRow | None:
        """vLLM's: logprob and rank by id, the token that came among them whatever its rank."""
        if told is None:
            return None
        ranked = sorted((entry["rank"], int(token_id), entry["logprob"]) for token_id, entry in told.items())
        known = [(token_id, value) for at, (rank, token_id, value) in enumerate(ranked, start=1) if rank == at]
        return self._checked(known, (came, told[str(came)]["logprob"]))

    def _checked(self, entries: list[tuple[Any, Any]], came: tuple[Any, Any]) -> ToldRow:
        """Raises ServerGarbled for what is no part of a distribution."""
        logprobs = [value for _, value in [*entries, came]]
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in logprobs):
            raise self.garbled("a logprob is no finite number")
        if any(value > TOLERANCE for value in logprobs):
            raise self.garbled("a logprob is above 0")
        if math.fsum(math.exp(value) for _, value in entries) > 1 + TOLERANCE:
            raise self.garbled("its probabilities are more than 1 together")
        exact = [(key, min(0.0, float(value))) for key, value in entries]
        return ToldRow(exact, (came[0], min(0.0, float(came[1]))))


def _key(text: str) -> Key:
    """The id that vLLM names on request, or the text."""
    number = text.removeprefix(_ID)
    return int(number) if number != text and number.isdigit() else text


def _reason(error: openai.APIStatusError) -> str:
    """The server's own sentence, without the key."""
    said = error.body.get("message") if isinstance(error.body, dict) else None
    line = " ".join(str(said or f"status {error.status_code}").split())
    key = os.environ.get(KEY)
    return (line.replace(key, "…") if key else line).rstrip(".")[:_REASON_CHARACTERS]
