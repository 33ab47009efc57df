"""The app as ZeroGPU runs it, with the real `spaces`: python -m tests.page.zero_gpu

There is no GPU here, so the forked process does not move to one; everything else is as it is there. `Lender` is the
service that Hugging Face runs beside it.
"""

from __future__ import annotations

import json
import runpy
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import torch

from tests.served import answering


class Asked(NamedTuple):
    what: str
    params: dict[str, str]


class Lender:
    """Lends one GPU after another, and notes who asked for what; `refusal` is how many seconds one has to wait."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.refusal: float | None = None
        self._open = ExitStack()
        self.url = self._open.enter_context(answering(self._handler()))

    def of(self, what: str) -> list[dict[str, str]]:
        return [asked.params for asked in self.asked if asked.what == what]

    def close(self) -> None:
        self._open.close()

    @property
    def is_all_back(self) -> bool:
        return len(self.of("release")) == len(self.of("schedule"))

    def answer(self, what: str, params: dict[str, str]) -> tuple[int, Any]:
        if what == "schedule" and self.refusal is not None:
            return 429, {"left": 0, "wait": self.refusal}
        self.asked.append(Asked(what, params))
        if what != "schedule":
            return 200, None
        # The process that had it last still waits for work, unless it failed.
        is_idle = [params["fail"] for params in self.of("release")[-1:]] == ["false"]
        token = f"lent {len(self.of('schedule'))}"
        return 200, {"idle": is_idle, "nvidiaIndex": 0, "nvidiaUUID": "none", "allowToken": token}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        lender = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                address = urlsplit(self.path)
                params = {name: found[0] for name, found in parse_qs(address.query).items()}
                status, said = lender.answer(address.path.strip("/"), params)
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


def main() -> None:
    # What a build of torch for processors lacks, and `spaces` looks for.
    torch.version.cuda, torch._C._cuda_init, torch.cuda._is_in_bad_fork = "13.0", None, bool
    import spaces.zero.torch as gpu

    gpu.init = lambda uuid: None
    gpu.move = lambda callback: None
    runpy.run_path(str(Path(__file__).resolve().parents[2] / "app.py"), run_name="__main__")


if __name__ == "__main__":
    main()
