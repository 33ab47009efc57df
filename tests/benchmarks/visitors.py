"""A class at once: real Gradio clients that press Run on the same example, and on different prompts.

The same example, pressed by all within two seconds: how long each waits. Different prompts at the same time: how long
all of them take, beside `model.generate` doing one after the other. Everything runs on this machine, the clients too.
Leaves out: hours of use.
"""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..served import serve_app
from .page import QUIET
from .sentences import sentences

WITHIN_SECONDS = 2.0
NEW_TOKENS = 20
GREEDY = (0, 0, 1, 0, 1, 0)
"""Temperature, top-k, top-p, min-p, repetition penalty, seed."""
LONGEST_WAIT = 120.0


class Visitor:
    """An open page, as far as the server can tell."""

    def __init__(self, url: str) -> None:
        from gradio_client import Client

        # Plain HTTP: without this, every request would read the machine's certificates anew.
        options = {"ssl_verify": False, "analytics_enabled": False, "download_files": False}
        self._client = Client(url, verbose=False, **options)
        self._ids = {part["props"].get("elem_id"): part["id"] for part in self._client.config["components"]}
        # As a browser does once the page is there; the server then keeps a state for it.
        opening = self._event("load", lambda targets: targets)
        self._submit(opening["id"], *[None] * len(opening["inputs"])).result(LONGEST_WAIT)

    def press(self, button: str, *inputs: Any) -> Any:
        """Press a button, the fields being as given, and wait for the end. Returns all that the page then shows."""
        return self.begin(button, *inputs).result(LONGEST_WAIT)

    def begin(self, button: str, *inputs: Any) -> Any:
        """Press a button. Returns the client's job, which has what the page shows meanwhile."""
        event = self._event("click", lambda targets: self._ids[button] in targets)
        return self._submit(event["id"], *inputs)

    def _event(self, kind: str, is_it: Callable[[list[int]], Any]) -> dict[str, Any]:
        return next(
            dependency
            for dependency in self._client.config["dependencies"]
            if dependency["backend_fn"] and is_it([target for target, name in dependency["targets"] if name == kind])
        )

    def _submit(self, event: int, *inputs: Any) -> Any:
        # The events of the page are no API; a browser may trigger them all the same, and so does this visitor.
        self._client.endpoints[event].is_valid = True
        return self._client.submit(*inputs, fn_index=event)

    def run(self, prompt: str, new_tokens: int = NEW_TOKENS) -> dict[str, Any]:
        """Press Run. Returns the last part of the trace."""
        found: dict[str, Any] = json.loads(self.press("run", prompt, new_tokens, *GREEDY, "small", "en")[0])
        return found

    def leave(self) -> None:
        self._client.close()


def visitors(same: int = 200, different: int = 50) -> dict[str, Any]:
    served = serve_app(**QUIET)
    try:
        first = Visitor(served.url)
        first.run("Hello")  # the model is loaded
        with ThreadPoolExecutor(8) as pool:
            guests = [first, *pool.map(lambda _: Visitor(served.url), range(same - 1))]
        rng = random.Random(0)
        waits = _all(guests, lambda guest, at: guest.run("I would like a cup of"), rng)
        prompts = sentences(different)
        begin = time.perf_counter()
        found = _all(guests[:different], lambda guest, at: guest.run(prompts[at]), None)
        together = time.perf_counter() - begin
        for guest in guests:
            guest.leave()
    finally:
        served.stop()
    alone = _one_after_the_other(prompts)
    return {
        "same_example_visitors": same,
        "same_example_answered": sum(wait is not None for wait in waits),
        "same_example_p95_seconds": round(statistics.quantiles(filter(None, waits), n=20)[-1], 2),
        "different_prompts": different,
        "different_answered": sum(wait is not None for wait in found),
        "together_seconds": round(together, 2),
        "one_after_the_other_seconds": round(alone, 2),
        "ratio": round(together / alone, 3),
    }


def _all(
    guests: Sequence[Visitor], press: Callable[[Visitor, int], Any], rng: random.Random | None
) -> list[float | None]:
    """How long each had to wait, None where no answer came; with `rng`, they press within two seconds."""
    begin = threading.Barrier(len(guests))
    delays = [rng.uniform(0, WITHIN_SECONDS) if rng else 0.0 for _ in guests]

    def one(at: int) -> float | None:
        begin.wait()
        time.sleep(delays[at])
        pressed = time.perf_counter()
        try:
            is_whole = press(guests[at], at)["end"] != "unfinished"
        except Exception as error:
            print(f"visitor {at}: {error!r}")
            return None
        return time.perf_counter() - pressed if is_whole else None

    with ThreadPoolExecutor(len(guests)) as pool:
        return list(pool.map(one, range(len(guests))))


def _one_after_the_other(prompts: Sequence[str]) -> float:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from model_utils.catalog import DEFAULT, MODELS

    tokenizer = AutoTokenizer.from_pretrained(MODELS / DEFAULT)
    model = AutoModelForCausalLM.from_pretrained(MODELS / DEFAULT, dtype=torch.float32).eval()
    options = {"max_new_tokens": NEW_TOKENS, "min_new_tokens": NEW_TOKENS, "do_sample": False}
    batches = [tokenizer("<|endoftext|>" + prompt, return_tensors="pt") for prompt in prompts]
    model.generate(**batches[0], **options)
    begin = time.perf_counter()
    for batch in batches:
        model.generate(**batch, **options)
    return time.perf_counter() - begin
