"""ZeroGPU with the real `spaces` package: what borrows a GPU, with the same numbers, and how it is given back.

Leaves out: GPUs (`tests/local/gpu`). The forked process computes on the processor here.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from model_utils import Sampling, generate, load
from model_utils.local.model import SMALL
from model_utils.trace.wire import to_wire

from ..benchmarks.visitors import GREEDY, Visitor
from ..made import save_llama
from ..served import Served, free_port
from .zero_gpu import Lender

SECONDS = 20


def soon(is_so: Callable[[], Any]) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def notice(shown: Sequence[Any]) -> str:
    """What the page says beside the picture; of a run or of answers it is the second thing from one end."""
    return next(json.loads(said) for said in shown[1:] if isinstance(said, str))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is worth a GPU, as far as its size goes."""
    shape = {"hidden_size": 512, "intermediate_size": 1536, "num_hidden_layers": 8, "num_attention_heads": 8}
    folder = tmp_path_factory.mktemp("models") / "large"
    assert save_llama(folder, **shape).num_parameters() > SMALL
    return folder


@pytest.fixture(scope="module")
def lender() -> Iterator[Lender]:
    lender = Lender()
    yield lender
    lender.close()


@pytest.fixture(autouse=True)
def fresh(lender: Lender) -> None:
    lender.refusal = None


@pytest.fixture(scope="module")
def app(lender: Lender) -> Iterator[Served]:
    port = free_port()
    own = {"SPACES_ZERO_GPU": "true", "SPACES_ZERO_DEVICE_API_URL": lender.url, "OMP_NUM_THREADS": "1"}
    served = Served(
        ["-m", "tests.page.zero_gpu"],
        port,
        {**own, "GRADIO_SERVER_PORT": str(port), "HF_HUB_OFFLINE": "1"},
        "health",
        start_new_session=True,
    )
    yield served
    served.stop()
    # The forked process waits for more work; on Hugging Face it goes with its container.
    with suppress(ProcessLookupError):
        os.killpg(served.process.pid, signal.SIGKILL)


@pytest.fixture
def visitor(app: Served) -> Iterator[Visitor]:
    visitor = Visitor(app.url)
    yield visitor
    visitor.leave()


def test_the_app_says_at_its_start_that_it_will_borrow(app: Served, lender: Lender) -> None:
    assert len(lender.of("startup-report")) == 1


def test_a_small_model_borrows_nothing(visitor: Visitor, lender: Lender) -> None:
    before = len(lender.of("schedule"))
    assert visitor.run("Hello")["end"] != "unfinished"
    assert len(lender.of("schedule")) == before


def test_a_large_one_runs_in_another_process_and_its_numbers_are_the_same(
    app: Served, visitor: Visitor, lender: Lender, large: Path
) -> None:
    visitor._client.headers["x-ip-token"] = f"a.{base64.urlsafe_b64encode(b'{}').decode()}.c"
    came = json.loads(visitor.press("run", "The cat sat", 12, *GREEDY, str(large), "en")[0])
    assert lender.of("schedule")[-1]["token"] == visitor._client.headers["x-ip-token"], "who asks pays"
    assert int(lender.of("allow")[-1]["pid"]) != app.process.pid
    soon(lambda: lender.is_all_back)
    expected = json.loads(json.dumps(to_wire(generate(load(str(large)), "The cat sat", 12, Sampling(temperature=0)))))
    assert came["steps"][-12:] == expected["steps"][-12:] and came["revision"] == expected["revision"]


def test_every_view_borrows_once_for_its_question_and_gives_back(visitor: Visitor, lender: Lender, large: Path) -> None:
    asked = {
        "score": ("A tea", "A sea", "", "", "", "", str(large), "en"),
        "answers-run": ("The cat", "sat / sits\nran", str(large), "en"),
        "table-run": ("One line\nanother", str(large), "en"),
    }
    for button, inputs in asked.items():
        before = len(lender.of("schedule"))
        visitor.press(button, *inputs)
        assert len(lender.of("schedule")) == before + 1, button
        soon(lambda: lender.is_all_back)
        assert lender.of("release")[-1]["fail"] == "false", button


def test_an_error_there_is_the_sentence_that_it_would_be_here(visitor: Visitor, large: Path) -> None:
    assert "There is no answer to look for" in notice(visitor.press("answers-run", "The cat", "/", str(large), "en"))


def test_who_has_no_share_left_is_told_so_and_small_models_still_run(
    visitor: Visitor, lender: Lender, large: Path
) -> None:
    lender.refusal = 7_200.0
    said = notice(visitor.press("run", "The dog sat", 5, *GREEDY, str(large), "en"))
    assert said.startswith("No GPU is lent for large now: ") and "small models run without one" in said
    assert visitor.run("Good morning")["end"] != "unfinished"


def test_stop_gives_the_gpu_back(visitor: Visitor, lender: Lender, large: Path) -> None:
    run = visitor.begin("run", "A very long tale", 1_900, *GREEDY, str(large), "en")
    soon(lambda: len(run.outputs()) > 3 and not lender.is_all_back)
    visitor.press("stop")
    soon(lambda: lender.is_all_back)
    assert "max_new_tokens" not in json.dumps(run.outputs()), "it was not at its end"


def test_a_process_that_dies_ends_its_own_job_alone(visitor: Visitor, lender: Lender, large: Path) -> None:
    run = visitor.begin("run", "Another long tale", 1_900, *GREEDY, str(large), "en")
    soon(lambda: len(run.outputs()) > 3)
    os.kill(int(lender.of("allow")[-1]["pid"]), signal.SIGKILL)
    assert "GPU task aborted" in notice(run.result(SECONDS))
    assert notice(visitor.press("run", "The bird sat", 3, *GREEDY, str(large), "en")) == ""
