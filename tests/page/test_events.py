"""What the events of the page answer to bad input: a clear sentence, the right buttons, and nothing taken away.

Plain calls of the functions of `page`, with a model of twenty lines. Leaves out: the browser (`tests/browser`).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

import viz
from model_utils import Sampling, generate
from model_utils.errors import ModelNotFound
from model_utils.serving.job_queue import Desk
from model_utils.trace.wire import to_wire
from model_utils.views.duel import LETTERS
from model_utils.views.lecture.examples import PROMPTS
from model_utils.views.protocol.branches import branches_from_wire, branches_to_wire
from model_utils.views.protocol.table import CHUNK
from page import files, messages, runs, state
from page.views import answers as answers_tab
from page.views import duel as duel_tab
from page.views import models as models_tab
from page.views import table as table_tab
from tests.fakes import BOS, EOS, FakeLM
from tests.trace.marks import ENCODINGS, marked
from tests.viz.many import many_branches

REQUEST: Any = SimpleNamespace(session_hash="a page")
KNOBS = (0.0, 0, 1.0, 0.0, 1.0, 0)
SKIP = gr.skip()
RUN, STOP = messages.run_buttons(running=False), messages.run_buttons(running=True)
TABLE_RUN, TABLE_STOP = messages.buttons(running=False), messages.buttons(running=True)


class Models:
    """As `Loaded`: a model by name, and a sentence for another."""

    def __init__(self, **known: FakeLM) -> None:
        self.known = known

    def is_ready(self, name: str) -> bool:
        return True

    def name_of(self, model: str, revision: str) -> str | None:
        return None

    async def wait(self, name: str) -> FakeLM:
        return self.get(name)

    def get(self, name: str) -> FakeLM:
        if name not in self.known:
            raise ModelNotFound(model=name)
        return self.known[name]


@pytest.fixture
def lm(monkeypatch: pytest.MonkeyPatch) -> FakeLM:
    lm = FakeLM()
    monkeypatch.setattr(state, "models", Models(fake=lm))
    monkeypatch.setattr(state, "desk", Desk())
    return lm


def all_of(answers: AsyncIterator[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    async def collect() -> list[tuple[Any, ...]]:
        return [answer async for answer in answers]

    return asyncio.run(collect())


def go_on(**ask: Any) -> list[tuple[Any, ...]]:
    data = {"branch": "b2", "model": "fake", "revision": "1", "ids": [BOS, 2, 3], **ask}
    event: Any = SimpleNamespace(_data=data)
    return all_of(runs.go_on(REQUEST, event, 4, *KNOBS, "fake", "en"))


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        ({"ids": [BOS, 2, 99]}, "There is no token 99 in fake: its ids run from 0 to 9."),
        ({"then": [10]}, "There is no token 10 in fake"),
        ({"revision": "2"}, "Cannot continue from there: it belongs to fake (2), whose ids fake does not share."),
        ({"model": "gone"}, "There is no model gone."),
        ({"ids": []}, "Cannot continue from there: it has no token to go on from."),
        ({"kind": "beams", "width": 11}, "width is 11; it must be a number from 1 to 10."),
        ({"kind": "beams", "width": 0}, "width is 0; it must be a number from 1 to 10."),
        ({"ids": [BOS] * 33}, "The text has 33 tokens; fake reads at most 32."),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_fork_that_cannot_be_gets_a_sentence_and_the_page_keeps_what_it_shows(
    lm: FakeLM, ask: dict[str, Any], sentence: str
) -> None:
    last = go_on(**ask)[-1]
    assert last[0] == SKIP and sentence in last[1] and last[2:] == RUN
    assert not state.runs


def test_a_model_from_a_folder_goes_on_though_its_trace_names_no_path(lm: FakeLM) -> None:
    state.models.known["/some/where/fake"] = state.models.known.pop("fake")
    event: Any = SimpleNamespace(_data={"branch": "b2", "model": "fake", "revision": "1", "ids": [BOS, 2, 3]})
    last = all_of(runs.go_on(REQUEST, event, 4, *KNOBS, "/some/where/fake", "en"))[-1]
    assert last[0]["branch"] == "b2" and last[1] == "" and last[2:] == RUN


def test_a_finished_branch_goes_on_from_any_of_its_steps(lm: FakeLM) -> None:
    """From a middle step, and with another token than its end: by ids, as the model itself would."""
    ended = generate(lm, generate(lm, "好きな", 4).fork(5, EOS), 0)
    assert ended.end == "end_of_text"
    for step in range(1, len(ended.steps)):
        ids = [*ended.ids[: step + 1], 4]
        part = go_on(ids=ids)[-1][0]
        found = to_wire(generate(FakeLM(), ids, 4, Sampling(temperature=0.0)))
        assert part["end"] == "max_new_tokens" and part["branch"] == "b2"
        assert part["after"]["steps"] == step + 1 and len(part["steps"]) == len(found["steps"]) - step - 1
        drawn = [[wire["tokens"][one["chosen"][0]] for one in wire["steps"][-4:]] for wire in (part, found)]
        assert drawn[0] == drawn[1]
    stayed = go_on(ids=list(ended.ids[:-1]), then=[EOS])[-1][0]
    assert stayed["end"] == "end_of_text" and len(stayed["steps"]) == 1, "nothing is drawn behind an end"


@pytest.mark.parametrize("kind", ["greedy", "samples", "beams"])
def test_a_model_without_an_end_of_text_stops_at_the_number_asked_for(lm: FakeLM, kind: str) -> None:
    lm.end_ids = frozenset()
    parts = {answer[0]["branch"]: answer[0] for answer in go_on(kind=kind, of="b1") if "branch" in answer[0]}
    ends = [(part["end"], part["after"]["steps"] + len(part["steps"])) for part in parts.values()]
    assert set(ends) == {("max_new_tokens", 6)} and len(ends) == (5 if kind == "samples" else 1)


def test_stop_ends_a_beam_search_brings_run_back_and_shows_nothing_half_done(lm: FakeLM) -> None:
    data = {"branch": "b2", "model": "fake", "revision": "1", "ids": [BOS, 2], "kind": "beams", "width": 3}
    event: Any = SimpleNamespace(_data=data)
    row = lm.row
    lm.row = lambda ids: (time.sleep(0.2), row(ids))[1]

    async def ask() -> None:
        answers = runs.go_on(REQUEST, event, 4, *KNOBS, "fake", "en")
        assert (await anext(answers))[2:] == STOP
        assert runs.stop(REQUEST) == RUN
        async for answer in answers:
            assert answer == (SKIP, SKIP, *RUN)

    asyncio.run(ask())
    assert len(lm.passes) <= 2, "the search itself has ended, after its first step"


def test_what_others_have_asked_for_is_there_in_one_message(lm: FakeLM) -> None:
    first, second = (all_of(runs.run(REQUEST, "好き", 4, *KNOBS, "fake", "en")) for _ in range(2))
    assert first[0][2:] == STOP and first[-1][2:] == RUN
    (only,) = second
    assert only[1:] == ("", *RUN)
    assert {**only[0], "branch": ""} == {**first[-1][0], "branch": ""}


def duel(*texts: str) -> list[tuple[Any, ...]]:
    return all_of(duel_tab.duel(*texts, *[""] * (len(LETTERS) - len(texts)), "fake", "ja"))


def test_a_duel_names_the_text_that_cannot_be_scored_and_keeps_the_picture(lm: FakeLM) -> None:
    assert duel("好き", "", "x" * 40)[-1] == (
        SKIP, "文 C：文章は 41 トークンありますが、fake が読めるのは 32 トークンまでです。短くしてください。",
    )  # fmt: skip
    picture, trouble = duel("好き", "", "な")[-1]
    assert picture["letters"] == "AC" and len(picture["traces"]) == 2 and trouble == ""


def table(pasted: str) -> list[tuple[Any, ...]]:
    return all_of(table_tab.score_pasted(REQUEST, pasted, "fake", "en"))


def slowly(lm: FakeLM, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk of a table takes a moment."""
    logits = lm.logits
    monkeypatch.setattr(lm, "logits", lambda batch: (time.sleep(0.3), logits(batch))[1])


def test_a_table_names_what_is_too_long_and_an_empty_one_leaves_the_last(lm: FakeLM) -> None:
    *_, (value, said, *shown) = table(f"x\n{'x' * 40}\n好き")
    assert value["failed"] == [2] and "reads at most 32" in value["csv"] and not said and tuple(shown) == TABLE_RUN
    *_, (value, said, *shown) = table(" \n")
    assert value == SKIP and "The table has no text." in said and tuple(shown) == TABLE_RUN


def test_a_stopped_table_shows_what_was_scored_and_ends_within_a_chunk(
    lm: FakeLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly(lm, monkeypatch)

    async def ask() -> None:
        answers = table_tab.score_pasted(REQUEST, "x\n" * (4 * CHUNK), "fake", "en")
        assert (await anext(answers))[2:] == TABLE_STOP
        assert [(await anext(answers))[0]["done"] for _ in range(2)] == [0, CHUNK]
        assert table_tab.stop_table(REQUEST) == TABLE_RUN
        ((value, said, *shown),) = [answer async for answer in answers]
        assert value["total"] == CHUNK and not said and tuple(shown) == TABLE_RUN

    asyncio.run(ask())
    assert not state.tables


def test_a_table_begun_anew_takes_the_place_of_the_one_before(lm: FakeLM, monkeypatch: pytest.MonkeyPatch) -> None:
    slowly(lm, monkeypatch)

    async def ask() -> None:
        first, second = (table_tab.score_pasted(REQUEST, text, "fake", "en") for text in ("x\n" * (3 * CHUNK), "好き"))
        await anext(first), await anext(first), await anext(second)
        *_, (value, _, *shown) = [answer async for answer in first]
        assert value == SKIP and tuple(shown) == TABLE_STOP
        *_, (value, _, *shown) = [answer async for answer in second]
        assert value["total"] == 1 and tuple(shown) == TABLE_RUN

    asyncio.run(ask())


def test_two_hundred_branches_are_read_from_a_file_whole() -> None:
    branches = many_branches(200)
    saved = branches_to_wire(branches, 199)
    assert files.read_file(json.dumps(saved).encode()) == saved
    assert branches_from_wire(saved)[:2] == (branches, 199)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_and_a_table_open_with_any_mark(lm: FakeLM, tmp_path: Path, encoding: str) -> None:
    saved, table = tmp_path / "saved.json", tmp_path / "table.csv"
    value = branches_to_wire(many_branches(3), 1)
    saved.write_bytes(marked(json.dumps(value, indent=1, ensure_ascii=False), encoding))
    *_, shown, notice = files.open_trace(str(saved), "en")
    assert shown.items() >= value.items() and notice == ""
    table.write_bytes(marked("n\ttext\r\n1\t好きな\r\n", encoding))
    *_, (value, said, *_) = all_of(table_tab.score_file(REQUEST, str(table), "fake", "en"))
    assert value["total"] == 1 and not said


NO_FILES = {
    "empty": b"",
    "a mark alone": b"\xef\xbb\xbf",
    "not in the encoding of its mark": b"\xff\xfe{",
    "half a character": b"\xff\xfe\x00",
    "Shift JIS": b"\x82\xa0",
    "nested without end": b"[" * 99_999,
}


@pytest.mark.parametrize("raw", NO_FILES.values(), ids=NO_FILES)
def test_a_file_that_is_none_changes_nothing_on_the_page(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "saved.json"
    path.write_bytes(raw)
    for language, said in (
        ("en", "This is not a trace that can be shown: "),
        ("ja", "トレースとして表示できません。"),
    ):
        *_, shown, notice = files.open_trace(str(path), language)
        assert shown == SKIP and said in notice


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({}, "invalid_view"),
        ({"view": "sheet", "value": {}}, "invalid_view"),
        ({"view": "branches", "value": {"schema": 7, "current": 0, "branches": []}}, "invalid_trace"),
        ({"view": "duel", "value": {"traces": [{"schema": 1}], "letters": "A"}}, "invalid_trace"),
    ],
)
def test_what_cannot_be_saved_as_a_page_is_said(asked, key, language):
    told = files.save_page({**asked, "language": language})
    assert set(told) == {"said"} and told["said"].startswith(viz.words(language)[f"error.{key}"].split("{")[0])


def test_branches_are_saved_as_a_page():
    value = json.loads(json.dumps(branches_to_wire(many_branches(3), 1)))
    page = files.save_page({"view": "branches", "value": value, "language": "ja"})["html"]
    assert '<html lang="ja"' in page and '"view":"map"' in page


@pytest.mark.parametrize("view", ["answers", "models"])
def test_an_example_is_placed_in_its_fields_once(monkeypatch: pytest.MonkeyPatch, lm: FakeLM, view: str) -> None:
    """While what comes of it is computed, a person may type something else there."""
    monkeypatch.setattr(answers_tab, "EXAMPLES", {"en": ("好き", "な")})
    monkeypatch.setattr(models_tab, "PAIRS", {"instructed": {"en": "好きな"}})
    monkeypatch.setattr(models_tab, "SIDES", {"instructed": ("fake", False, "fake", False)})
    opened, fields = {
        "answers": (answers_tab.open_answers("", "", "fake", "en"), ("好き", "な")),
        "models": (models_tab.open_models("", "en"), ("好きな", "fake", False, "fake", False)),
    }[view]
    first, *later = all_of(opened)
    assert first[:-2] == fields
    assert later and all(shown[:-2] == (SKIP,) * len(fields) for shown in later)
    assert any(shown[-2] != SKIP for shown in later) and later[-1][-1] in ("", SKIP)


def test_what_is_to_be_said_of_a_text_stands_beside_its_numbers(lm: FakeLM) -> None:
    lm.rescales_beyond = 4
    said = "fake measures positions with another scale beyond 4 tokens"
    assert said in all_of(runs.run(REQUEST, "好きな", 4, *KNOBS, "fake", "en"))[-1][1]
    assert said in all_of(models_tab.compare("xxxxx", 4, "fake", False, "fake", False, "en"))[-1][1]
    shown, trouble = all_of(duel_tab.duel("好きな", "xxxxx", "", "", "", "", "fake", "en"))[-1]
    assert len(shown["traces"]) == 2 and said in trouble
    lm.rescales_beyond = None
    assert all_of(runs.run(REQUEST, "好きな", 4, *KNOBS, "fake", "ja"))[-1][1] == ""


@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_opened_page_leaves_the_settings_to_a_quick_visitor(language: str) -> None:
    """The example that it brings has those that the fields begin with."""
    name = runs.FIRST[language]
    assert PROMPTS[name][1] == Sampling(*KNOBS)
    request: Any = SimpleNamespace(query_params={"language": language}, headers={})
    found, prompt, *knobs, example, notice = runs.open_page(request)
    assert (found, prompt, knobs, notice) == (language, PROMPTS[name][0], [SKIP] * len(KNOBS), "")
    assert example["first"]
