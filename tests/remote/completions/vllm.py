"""A server that answers as vLLM's documentation says, from rows that anyone can compute.

It takes ids as prompts, names tokens by id, gives `prompt_logprobs` with ranks, and bounds how many may be asked for.

`spoil` may change an answer on its way. Leaves out: sampling, streams, and everything that is not asked for here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np

from tests.served import answering

MOST_LOGPROBS = 20
MODELS = b'{"object": "list", "data": [{"id": "known", "object": "model", "max_model_len": 64}]}'
Answer = dict[str, Any] | bytes | int
Spoil = Callable[[dict[str, Any]], Answer]


def logprobs_after(ids: Sequence[int], size: int) -> np.ndarray:
    """The row after some ids, shape (vocabulary,)."""
    logits = np.random.default_rng(list(ids)).normal(0, 3, size)
    return logits - np.log(np.exp(logits).sum())


@contextmanager
def vllm(
    size: int,
    end_id: int,
    spoil: Spoil = lambda answer: answer,
    processed: bool = False,
    models: bytes = MODELS,
    packing: str = "identity",
) -> Iterator[str]:
    """The address of a running one, of a vocabulary of `size`; `processed` logprobs are those after any bias.

    `models` is what it says of its own, `packing` how it says that everything it sends is packed.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(models)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            try:
                self.answer(spoil(completion(asked, size, end_id, processed)))
            except ValueError as error:
                self.answer({"error": {"message": str(error)}}, 400)

        def answer(self, answer: Answer, status: int = 200) -> None:
            if isinstance(answer, int):
                status, answer = answer, b""
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-encoding", packing)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):  # Whoever asked may have heard enough.
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with answering(Handler) as address:
        yield f"{address}/v1"


def completion(asked: dict[str, Any], size: int, end_id: int, processed: bool = False) -> dict[str, Any]:
    """Raises ValueError for what vLLM refuses."""
    ids, count, prompt_count = asked["prompt"], asked["logprobs"], asked.get("prompt_logprobs")
    if not isinstance(ids, list) or not asked.get("return_tokens_as_token_ids"):
        raise ValueError("this fake reads ids and names them")
    if max(count, prompt_count or 0) > MOST_LOGPROBS:
        raise ValueError(f"Requested sample logprobs of {count}, which is greater than max allowed: {MOST_LOGPROBS}")
    row = logprobs_after(ids, size)
    bias = {int(token_id): value for token_id, value in (asked.get("logit_bias") or {}).items()}
    biased = row.copy()
    for token_id, value in bias.items():
        biased[token_id] += value
    came = int(np.argmax(biased))
    if processed:
        row = biased - biased.max() - np.log(np.exp(biased - biased.max()).sum())
    top = np.argsort(-row)[:count].tolist()
    named = {f"token_id:{token_id}": float(row[token_id]) for token_id in [came, *top]}
    choice: dict[str, Any] = {
        "index": 0,
        "text": "",
        "finish_reason": "stop" if came == end_id else "length",
        "logprobs": {
            "tokens": [f"token_id:{came}"],
            "token_logprobs": [float(row[came])],
            "top_logprobs": [named],
            "text_offset": [0],
        },
    }
    if prompt_count is not None:
        choice["prompt_logprobs"] = [
            None,
            *(_prompt_row(ids, place, size, prompt_count) for place in range(1, len(ids))),
        ]
    usage = {"prompt_tokens": len(ids), "completion_tokens": 1, "total_tokens": len(ids) + 1}
    return {"id": "1", "object": "text_completion", "created": 0, "model": "known", "choices": [choice], "usage": usage}


def _prompt_row(ids: Sequence[int], place: int, size: int, count: int) -> dict[str, Any]:
    row = logprobs_after(ids[:place], size)
    order = np.argsort(-row).tolist()
    told = dict.fromkeys([ids[place], *order[:count]])
    return {
        str(token_id): {"logprob": float(row[token_id]), "rank": order.index(token_id) + 1, "decoded_token": ""}
        for token_id in told
    }
