"""Requests to a completions server, and its answers: bounded in bytes and in time, and read as `answers` has them.

Leaves out: the form of answers (`answers`), and the server's abilities (`capabilities`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import httpx
import msgspec

from model_utils.errors import ServerGarbled, ServerKeyMissing, ServerRefuses, ServerUnreachable
from model_utils.remote.retry import TIMEOUT_SECONDS, patiently
from model_utils.trace.validate import LARGEST, Wrong, decode

from .answers import Served, Told, read_completion, read_models

KEY = "TSUZUKI_SERVER_KEY"
"""The environment variable that holds the server's key, where it wants one."""

LARGEST_BYTES = 1_000_000
"""Of an answer without rows."""
ENTRY_BYTES = 500
"""Of an answer, for each requested logprob of one token."""
ANSWER_SECONDS = 600.0
"""For a whole answer, however long its next piece may take."""

_REASON_CHARACTERS = 200

Prompt = str | list[int]


class _Busy(Exception):
    """The server asks to be asked again later."""


LOST = (httpx.TransportError, _Busy)


class Server:
    """One model of one server; `vocab_size` is set once it is known.

    Raises ServerUnreachable where the address is none, and ServerKeyMissing.
    """

    def __init__(self, address: str, model: str) -> None:
        self.address, self.model, self.vocab_size = address, model, LARGEST
        key = os.environ.get(KEY)
        try:
            url = httpx.URL(address)
            headers = {"authorization": f"Bearer {key}"} if key else {}
            self._client = httpx.Client(headers={**headers, "accept-encoding": "identity"}, timeout=TIMEOUT_SECONDS)
        except httpx.InvalidURL:
            raise ServerUnreachable(address=address) from None
        except ValueError:  # A header says ASCII and no line ends.
            raise ServerKeyMissing(address=address, variable=KEY) from None
        if url.scheme not in ("http", "https") or not url.host:
            raise ServerUnreachable(address=address)

    def models(self) -> list[Served]:
        """What the server says of its models."""
        raw = self._ask("GET", "/models", None, LARGEST_BYTES)
        try:
            return read_models(raw)
        except Wrong as wrong:
            raise self.garbled(wrong) from None

    def complete(self, prompt: Prompt, count: int, bias: Mapping[int, float], extra: Mapping[str, Any]) -> Told:
        """One greedy token, with the top `count` of its row.

        Raises ServerUnreachable, ServerRefuses, ServerKeyMissing and ServerGarbled.
        """
        asked = {
            "model": self.model,
            "prompt": prompt,
            "max_tokens": 1,
            "temperature": 0.0,
            "logprobs": count,
            **({"logit_bias": {str(token_id): value for token_id, value in bias.items()}} if bias else {}),
            **extra,
        }
        largest = LARGEST_BYTES + ENTRY_BYTES * (count + 2) * (len(prompt) + 1)
        raw = self._ask("POST", "/completions", asked, largest)
        try:
            return read_completion(raw, prompt if isinstance(prompt, list) else [], self.vocab_size)
        except Wrong as wrong:
            raise self.garbled(wrong) from None

    def garbled(self, reason: object) -> ServerGarbled:
        return ServerGarbled(address=self.address, reason=reason)

    def _ask(self, method: str, path: str, asked: Mapping[str, Any] | None, largest: int) -> bytes:
        status, raw = patiently(partial(self._answer, method, path, asked, largest), LOST, self.address)
        if status in (401, 403):
            raise ServerKeyMissing(address=self.address, variable=KEY)
        if not 200 <= status < 300:
            raise ServerRefuses(address=self.address, reason=_reason(status, raw))
        return raw

    def _answer(self, method: str, path: str, asked: Mapping[str, Any] | None, largest: int) -> tuple[int, bytes]:
        content = None if asked is None else msgspec.json.encode(asked)
        headers = {"content-type": "application/json"} if content else {}
        end = time.monotonic() + ANSWER_SECONDS
        with self._client.stream(method, self.address + path, content=content, headers=headers) as answer:
            if answer.status_code == 429:
                raise _Busy
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise self.garbled("it is packed though nobody asked for that")
            raw = bytearray()
            for part in answer.iter_raw():
                raw += part
                if len(raw) > largest:
                    raise self.garbled(f"it is larger than {largest} bytes")
                if time.monotonic() > end:
                    raise ServerUnreachable(address=self.address)
            return answer.status_code, bytes(raw)


def _reason(status: int, raw: bytes) -> str:
    """The server's own sentence, without the key."""
    try:
        said: Any = decode(raw, dict[str, Any])
    except Wrong:
        said = {}
    for name in ("error", "message"):
        said = said.get(name, said) if isinstance(said, dict) else said
    line = " ".join((said if isinstance(said, str) else f"status {status}").split())
    key = os.environ.get(KEY)
    return (line.replace(key, "…") if key else line).rstrip(".")[:_REASON_CHARACTERS]
