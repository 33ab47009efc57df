"""Ten thousand hostile inputs: each is shown, or refused with a sentence. None ends in a traceback, a hang or a script.

Leaves out: the same over HTTP (`test_hostile_http`).
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from model_utils import Sampling, beam, generate
from model_utils.errors import TsuzukiError, Unwritable
from model_utils.views.lecture.lessons import read_lesson
from model_utils.views.protocol.beam_wire import search_of
from model_utils.views.protocol.branches import Ask, Branch, branches_to_wire
from model_utils.views.protocol.jobs import ask_job, run_job
from model_utils.views.protocol.links import Linked, recall_job
from model_utils.views.protocol.shown import read_saved
from model_utils.views.protocol.table import read_csv, texts_of
from model_utils.views.registry import read_shown
from tests.fakes import FakeLM
from tests.random_examples import share_of
from tests.views.linking import link, search_row
from viz import LANGUAGES, sentence_of

from .hostile import JSON, LEAF, NUMBER, TEXT, damaged


class PickyLM(FakeLM):
    """Refuses the texts that its few tokens cannot write."""

    def encode_on(self, text: str, behind: Sequence[int] = ()) -> list[int]:
        try:
            return super().encode_on(text, behind)
        except (StopIteration, UnicodeError):
            raise Unwritable(model=self.model, text=text) from None


LM = PickyLM(context_length=40)
TRACE = generate(LM, "好きなx", 6, Sampling(seed=1))
OTHER = generate(LM, TRACE.fork(6, 4), 3, Sampling(seed=2))
BRANCHES = (Branch("one", 0, TRACE), Branch("two", 6, OTHER))
SEARCH = search_of(beam(LM, "好きなx", 2, 3))
FILE = branches_to_wire(BRANCHES, 1, SEARCH, {"v": 1})
DUEL = {"traces": [json.loads(TRACE.to_json())], "letters": "A"}
LINK = link(*BRANCHES, search=search_row(SEARCH, BRANCHES))
ASK = {"branch": "b", "model": "fake", "revision": "1", "ids": list(TRACE.ids), "kind": "samples", "text": " the"}
LESSON = (Path(__file__).resolve().parents[2] / "assets" / "lessons" / "loop.en.md").read_text(encoding="utf-8")
FRONT = ["---", "- a", "view: x", "&a [*a, *a]", "inputs: {a: 1}", "title: [", "step: .nan", "order: !!python/name:os"]
NAMES = {"greedy": "g", "sample": "s {number}", "beam": "b"}


def many(count: int) -> Any:
    """So many examples, each within five seconds."""
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    return settings(
        max_examples=share_of(count),
        deadline=5_000,
        suppress_health_check=quiet,
        phases=[Phase.generate, Phase.explicit],
    )


class Refused(suppress):
    """A typed error is an answer, in every language."""

    def __init__(self) -> None:
        super().__init__(TsuzukiError)

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if isinstance(error, TsuzukiError):
            assert all(sentence_of(error, language) for language in LANGUAGES)
        return super().__exit__(kind, error, trace)


@many(2_500)
@given(st.one_of(damaged(LINK), JSON))
def test_links(data: Any) -> None:
    with Refused():
        linked = Linked.read(data)
        *_, value = recall_job(LM, linked).make()
        json.dumps(value, allow_nan=False)


@many(2_500)
@given(st.one_of(damaged(FILE), damaged(json.loads(TRACE.to_json())), JSON))
def test_trace_files(data: Any) -> None:
    with Refused():
        read_saved(json.dumps(data).encode())


@many(500)
@given(st.one_of(st.binary(max_size=200), st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe", b"1e999"])))
def test_files_of_bytes(raw: bytes) -> None:
    with Refused():
        read_saved(raw)
    with Refused():
        read_csv(raw)


@many(1_500)
@given(st.sampled_from(["branches", "duel", "answers", "models", "learning", "tokens", "x"]), st.data())
def test_pages_to_save(view: str, data: Any) -> None:
    value = data.draw(st.one_of(damaged(FILE), damaged(DUEL), JSON))
    with Refused():
        read_shown({"view": view, "value": value})


@many(1_000)
@given(damaged(ASK), st.one_of(st.just(3), LEAF), st.lists(LEAF, min_size=6, max_size=6))
def test_what_a_page_asks_for(data: Any, length: Any, knobs: list[Any]) -> None:
    with Refused():
        sampling = Sampling(*knobs) if knobs[0] == knobs[1] else Sampling()
        list(ask_job(LM, Ask.read(data), length, sampling, NAMES).make())


@many(1_000)
@given(TEXT, NUMBER, st.lists(st.one_of(NUMBER, LEAF), min_size=6, max_size=6))
def test_prompts_and_settings(prompt: str, length: Any, knobs: list[Any]) -> None:
    with Refused():
        list(run_job(LM, prompt, length, Sampling(*knobs)).make())


@many(500)
@given(st.lists(st.tuples(st.integers(0, 40), st.one_of(TEXT, st.sampled_from(FRONT))), min_size=1, max_size=4))
def test_lessons(changes: list[tuple[int, str]]) -> None:
    lines = LESSON.splitlines()
    for at, line in changes:
        lines[at % len(lines)] = line
    with tempfile.NamedTemporaryFile(suffix=".en.md") as file:
        Path(file.name).write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        with Refused():
            read_lesson(Path(file.name))


@many(500)
@given(TEXT, st.lists(st.lists(TEXT, max_size=3), max_size=4))
def test_tables(pasted: str, rows: list[list[str]]) -> None:
    with Refused():
        texts_of(pasted)
    written = io.StringIO("\n".join(",".join(row) for row in [["text"], *rows]))
    with Refused():
        read_csv(written.getvalue().encode("utf-8", "surrogatepass"))
