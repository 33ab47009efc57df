"""The page: lays it out with Gradio, wires events to plain functions, and serves it.

    python app.py                http://127.0.0.1:7860
    python app.py export --help  a page in a file: viz/command.py

The page is served first; torch and the default model are loaded behind it. Leaves out: numbers (`model_utils`),
pictures (`viz`), and everything that moves in the browser (`assets/player`, `assets/page`).
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

if __name__ == "__main__" and sys.argv[1:2] == ["export"]:
    # Before Gradio, which takes seconds to import and which a page in a file does without.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from model_utils.exporting import ask, teach
    from viz.command import export

    sys.exit(export(sys.argv[2:], ask, teach))

import gradio as gr
import msgspec
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

import viz
from model_utils import LM, Sampling, Trace, TsuzukiError, load, score_many
from model_utils.answers import answer_probabilities, read_answers
from model_utils.answers import to_value as answers_to_value
from model_utils.branches import Ask, to_value
from model_utils.catalog import DEFAULT, names
from model_utils.comparison import learning_to_value, trained_in_sight
from model_utils.errors import InvalidIds, InvalidTrace, LinkedModelMissing
from model_utils.lesson_inputs import LETTERS, side_to_value
from model_utils.lessons import contents, in_language, read_lessons
from model_utils.loaded import Loaded
from model_utils.parts import Job, Part, answer_job, ask_job, job_of, run_job, table_job
from model_utils.recall import Linked, recall_job
from model_utils.recorded import BEAM_PROMPTS, PROMPTS, TEXTS, recorded, recorded_beam
from model_utils.serving.desk import Desk
from model_utils.serving.guard import Guard
from model_utils.serving.limits import Limits
from model_utils.serving.logs import place_of, start_logging
from model_utils.serving.metrics import Metrics
from model_utils.shown import read_saved, read_shown
from model_utils.table import Row, first_failing, read_csv, texts_of
from model_utils.table import to_value as table_to_value
from model_utils.wire import duel_to_value, from_wire, pieces, to_wire
from viz.export import json_for_script
from viz.lesson import lesson_view
from viz.verdict import verdict

PAGE = Path(__file__).resolve().parent / "assets" / "page"
SCRIPTS = ("keep", "sheet", "fields", "share", "drop", "alive", "lessons", "mend", "slides", "savepage", "page")
LANGUAGES = {viz.words(code)["language.name"]: code for code in reversed(viz.LANGUAGES)}
FIRST = {"ja": "fruit", "en": "coffee"}
NEW_TOKENS = 20
ANSWERS = {
    "ja": ("ペットに", "犬 / いぬ / イヌ\n猫 / ねこ / ネコ\n鳥 / とり"),
    "en": ("The meeting starts at", "nine / 9\nten / 10\neight / 8\nnoon / 12"),
}
"""A prompt and answers in several spellings, for whoever opens their view first."""
PAIRS = {
    "instructed": {"ja": "好きな果物は何ですか。", "en": "How are you today?"},
    "sizes": {"ja": "好きな果物はぶどうです。", "en": "The cat sat on the mat and slept."},
}
"""Examples of one text for two models: the first is there when their view opens."""
SIDES: dict[str, tuple[Any, ...]] = {
    "instructed": (DEFAULT, False, f"{DEFAULT}-instruct", True),
    "sizes": ("nano", False, DEFAULT, False),
}
"""The model of each side, and whether it reads the text in its chat template."""
LARGEST_FILE_MB = 20

log = logging.getLogger("tsuzuki")
limits = Limits.read()
models = Loaded(lambda name: load(limits.admitted(name)))
offered = [*names(), *limits.models]
checkpoints = Loaded(load, capacity=8)
"""Small models, wanted all together."""
metrics = Metrics()
desk = Desk(note=metrics.note)
metrics.watch(desk)
lessons, lesson_troubles = read_lessons()
latest_run: dict[str | None, object] = {}
latest_table: dict[str | None, object] = {}
"""The run, and the table, that each open page waits for."""
i18n = gr.I18n(
    **{code: {key: word for key, word in viz.words(code).items() if key.startswith("page.")} for code in viz.LANGUAGES}
)
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
WHEN_READY = """async (...values) => {
  while (!window.TsuzukiPage) await new Promise((resolve) => setTimeout(resolve, 10));
  return TsuzukiPage.%s;
}"""
"""A call of assets/page/page.js, which may still be on its way when the page opens."""
UNLESS_LINKED = WHEN_READY % "unlessLinked(values)"
"""The values of an event, or nothing where a link is being opened, which has values of its own, empty ones too."""
SET_LANGUAGE = WHEN_READY % "setLanguage(...values)"
Update = dict[str, Any]
Example = TypeVar("Example")
UNCHANGED: Any = gr.skip()
"""As the only value of an event: nothing on the page changes. Of an event that yields none, Gradio empties all."""


# What the events do ---------------------------------------------------------------------------------------------------


def example_in(examples: Mapping[str, Example], language: str) -> Example:
    """The example in the reader's language, or the English one."""
    return examples.get(language, examples["en"])


def say(error: Exception, language: str) -> str:
    """An error as a sentence in the reader's language; the details of one that nobody foresaw go to the log."""
    if isinstance(error, TsuzukiError):
        return viz.sentence_of(error, language)
    log.error("unforeseen: %s", place_of(error))
    return viz.words(language)["page.unforeseen"]


def loading(model: str, language: str) -> str:
    return "" if models.is_ready(model) else viz.words(language)["page.loading"].format(model=model)


def buttons(running: bool, stops: int = 1) -> tuple[Update, ...]:
    """A button that starts something, and so many that stop it: either it or they are there."""
    return gr.update(visible=not running), *[gr.update(visible=running)] * stops


run_buttons = partial(buttons, stops=2)
"""Of a run: it is stopped beside the prompt, and beside the map."""


async def run(request: gr.Request, prompt: str, *settings: Any) -> AsyncIterator[tuple[Any, ...]]:
    """Continue the prompt. Yields the player's value, a notice, Run and Stop. The page's next run ends this one."""
    length, *knobs, model, language = settings
    branch = f"run {time.monotonic_ns()}"

    def job(lm: LM) -> Job:
        limits.check_texts(prompt)
        limits.check_length(length)
        return run_job(lm, prompt, length, Sampling(*knobs))

    async for shown in show(job, model, language, request, named=lambda part: {**part, "branch": branch}):
        yield shown


async def go_on(request: gr.Request, event: gr.EventData, *settings: Any) -> AsyncIterator[tuple[Any, ...]]:
    """What the branches on the page ask for, by ids. Yields as `run` does."""
    length, *knobs, chosen, language = settings
    names = {kind: viz.words(language)[f"branches.{kind}"] for kind in ("greedy", "sample", "beam")}
    try:
        ask = Ask.read(event._data)
    except TsuzukiError as error:
        yield gr.skip(), say(error, language), *run_buttons(running=False)
        return
    named = chosen if Path(chosen or "").name == ask.model else ask.model
    model = models.name_of(ask.model, ask.revision) or named

    def job(lm: LM) -> Job:
        limits.check_texts(ask.text)
        limits.check_length(length, ask.width if ask.kind == "beams" else 1)
        return ask_job(lm, ask, length, Sampling(*knobs), names)

    async for shown in show(job, model, language, request):
        yield shown


async def recall(
    request: gr.Request, event: gr.EventData, chosen: str, language: str
) -> AsyncIterator[tuple[Any, ...]]:
    """The branches of a link, computed again by ids. Yields as `run` does.

    The model is one that is embedded, in memory, or chosen on the page: a link alone has nothing loaded.
    """
    try:
        linked = Linked.read(event._data)
        limits.check_ids(sum(len(branch.ids) for branch in linked.branches))
        named = chosen if Path(chosen or "").name == Path(linked.model).name else linked.model
        model = models.name_of(linked.model, linked.revision) or named
        if not (model == chosen or model in names() or models.is_ready(model)):
            raise LinkedModelMissing(model=linked.model, revision=linked.revision, text=linked.text)
        yield gr.skip(), loading(model, language), gr.skip(), gr.skip(), gr.skip()
        lm = await models.wait(model)
    except Exception as error:
        yield gr.skip(), say(error, language), *run_buttons(running=False)
        return
    told = {"model": lm.model, "revision": linked.revision, "found": lm.revision}
    said = "" if lm.revision == linked.revision else viz.words(language)["link.revision"].format(**told)
    async for shown in show(lambda lm: recall_job(lm, linked), model, language, request, said, named=anew):
        yield shown


async def show(
    job: Callable[[LM], Job],
    model: str,
    language: str,
    request: gr.Request,
    said: str = "",
    named: Callable[[Part], Part] = dict,
) -> AsyncIterator[tuple[Any, ...]]:
    """The parts of a job as they come, each `named` for this page, and what is said beside them.

    The page's next run ends this one, within a token.
    """
    mine = latest_run[request.session_hash] = object()

    def is_wanted() -> bool:
        return latest_run.get(request.session_hash) is mine

    try:
        last, is_begun = gr.skip(), not models.is_ready(model)
        if is_begun:
            yield gr.skip(), loading(model, language), *run_buttons(running=True)
        lm = await models.wait(model)
        if is_wanted():
            async with aclosing(desk.follow(job(lm))) as coming:
                async for parts, ahead, is_last in coming:
                    if not is_wanted():
                        break
                    # What others have asked for already is there at once, and a class asks for it at once.
                    if not (is_begun or is_last):
                        is_begun = True
                        yield gr.skip(), gr.skip(), *run_buttons(running=True)
                    if ahead:
                        waiting = viz.words(language)["page.waiting"].format(ahead=ahead)
                        yield gr.skip(), waiting, gr.skip(), gr.skip(), gr.skip()
                    for at, part in enumerate(parts, start=1):
                        last = named(part)
                        if not (is_last and at == len(parts)):
                            yield last, said, gr.skip(), gr.skip(), gr.skip()
        # Gradio shows a generator's last yield once more when it ends, so that one must be true by now.
        if is_wanted():
            yield last, said, *run_buttons(running=False)
        else:
            yield gr.skip(), gr.skip(), *run_buttons(running=request.session_hash in latest_run)
    except Exception as error:
        yield gr.skip(), say(error, language), *run_buttons(running=False)
    finally:
        if latest_run.get(request.session_hash) is mine:
            del latest_run[request.session_hash]


def stop(request: gr.Request) -> tuple[Update, ...]:
    """End the page's run within a token; what is on the page stays."""
    latest_run.pop(request.session_hash, None)
    return run_buttons(running=False)


def anew(value: dict[str, Any]) -> dict[str, Any]:
    """The value as one that was not there before: what equals the last one, Gradio does not hand on."""
    return {**value, "opened": time.monotonic_ns()}


def show_example(name: str) -> tuple[Any, ...]:
    """The prompt and settings of a recorded trace, the trace, and no notice."""
    prompt, sampling = PROMPTS[name]
    knobs = (sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p, sampling.repetition_penalty)
    return prompt, *knobs, sampling.seed, anew(to_wire(recorded(name))), ""


def open_page(request: gr.Request) -> tuple[Any, ...]:
    """The reader's language, and a finished example in it."""
    spoken = (request.query_params.get("language") or request.headers.get("accept-language", "en")).lower()
    language = viz.known(re.split("[,;]", spoken)[0])
    *knobs, example, notice = show_example(example_in(FIRST, language))
    return language, *knobs, {**example, "first": True}, notice


def show_beam_example(request: gr.Request, language: str) -> tuple[Any, str]:
    """A greedy text and the more probable one that a beam search found, in the reader's language, and no notice."""
    stop(request)
    return anew(to_value(*recorded_beam(language if language in BEAM_PROMPTS else "en"))), ""


def open_trace(path: str, language: str) -> tuple[Any, str]:
    """A saved trace from a file, and a notice."""
    try:
        if os.path.getsize(path) > LARGEST_FILE_MB * 10**6:
            raise InvalidTrace(reason=f"the file is larger than {LARGEST_FILE_MB} MB")
        return anew(read_file(Path(path).read_bytes())), ""
    except Exception as error:
        return gr.skip(), say(error, language)


def read_file(raw: bytes) -> dict[str, Any]:
    """A saved trace, or saved branches and what else was on the page, as the page takes them."""
    saved = read_saved(raw)
    return to_wire(saved) if isinstance(saved, Trace) else to_value(*saved)


def place_linked(event: gr.EventData) -> tuple[Any, ...]:
    """The texts of a link's duel, in as many boxes. Returns as `place_texts` does."""
    texts = list(map(str, event._data))[: len(LETTERS)]
    return place_texts(max(1, len(texts)), texts)


async def answer(job: Job) -> Part:
    """The one part of a job, computed once for all who ask."""
    parts: list[Part] = []
    async with aclosing(desk.follow(job)) as coming:
        async for came in coming:
            parts += came.parts
    return parts[-1]


async def told(
    job: Callable[[LM], Job], model: str, language: str, values: Sequence[str] = ("shown",)
) -> AsyncIterator[tuple[Any, ...]]:
    """What a model has to say: these values of the job's part, and a notice. Where it fails, a notice alone."""
    unchanged = (gr.skip(),) * len(values)
    yield *unchanged, loading(model, language)
    try:
        part = await answer(job(await models.wait(model)))
        yield *(part.get(name, gr.skip()) for name in values), ""
        # Gradio sends the last yield twice: by the second time, a person may have typed something else.
        yield *unchanged, gr.skip()
    except Exception as error:
        yield *unchanged, say(error, language)


async def read_text(text: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    """A text as tokens. Yields the picture's value, the ids to type, and a notice."""

    def compute(lm: LM) -> Part:
        limits.check_texts(text)
        ids = lm.encode(text)
        return {"shown": pieces(lm.vocabulary.read(ids)), "ids": " ".join(map(str, ids))}

    async for shown in told(partial(answer_job, ("read", text), compute), model, language, ("shown", "ids")):
        yield shown


async def read_ids(typed: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    """Ids, typed with spaces or commas, as tokens: the way back. Yields as `read_text` does."""

    def compute(lm: LM) -> Part:
        limits.check_texts(typed)
        return {"shown": pieces(lm.vocabulary.read(_ids(typed)))}

    async for shown in told(partial(answer_job, ("ids", typed), compute), model, language, ("shown", "ids")):
        yield shown


def _ids(typed: str) -> list[int]:
    try:
        return [int(number) for number in typed.replace(",", " ").split()]
    except ValueError:
        raise InvalidIds() from None


async def duel(*asked: Any) -> AsyncIterator[tuple[Any, Any, str]]:
    """The texts that are not empty, scored in one batch. Yields the picture's value, the verdict, and a notice."""
    *texts, model, language = asked
    given = {letter: text for letter, text in zip(LETTERS, texts, strict=True) if text.strip()}

    def compute(lm: LM) -> Part:
        try:
            traces = score_many(lm, list(given.values())) if given else []
        except TsuzukiError as error:
            return {"trouble": say_of_text(error, first_failing(lm, list(given.values())), given, language)}
        return {"shown": duel_to_value(traces, "".join(given)), "verdict": verdict(traces, language)}

    yield gr.skip(), gr.skip(), loading(model, language)
    try:
        limits.check_texts(*texts)
        lm = await models.wait(model)
        part = await answer(answer_job(("duel", language, *given.items()), compute, lm))
        yield part.get("shown", gr.skip()), part.get("verdict", gr.skip()), part.get("trouble", "")
    except Exception as error:
        yield gr.skip(), gr.skip(), say(error, language)


def say_of_text(error: Exception, at: int | None, given: dict[str, str], language: str) -> str:
    """An error, and which text of a duel it is about."""
    if at is None:
        return say(error, language)
    return viz.words(language)["page.duel.trouble"].format(letter=[*given][at], sentence=say(error, language))


def place_texts(count: int, texts: Sequence[str]) -> tuple[Any, ...]:
    """So many boxes with these texts. Returns the count, the rows, the texts, and the button for one more."""
    shown = [*texts, *[""] * len(LETTERS)][: len(LETTERS)]
    return (
        count,
        *(gr.update(visible=at < count) for at in range(len(LETTERS))),
        *shown,
        gr.update(visible=count < len(LETTERS)),
    )


def remove_text(at: int, count: int, *texts: str) -> tuple[Any, ...]:
    return place_texts(max(1, count - 1), [*texts[:at], *texts[at + 1 :]])


async def show_pair(name: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    """An example of two models. Yields the text, each side's model and template, the picture's value, and a notice."""
    text, sides = example_in(PAIRS[name], language), SIDES[name]
    async for shown in compare(text, NEW_TOKENS, *sides, language):
        yield text, *sides, *shown


async def open_models(text: str | None, language: str) -> AsyncIterator[Any]:
    """An example for whoever comes first, to an empty text. Yields as `show_pair` does."""
    if text != "":
        yield UNCHANGED
        return
    async for shown in show_pair(next(iter(PAIRS)), language):
        yield shown


async def compare(text: str, length: int | None, *asked: Any) -> AsyncIterator[tuple[Any, str]]:
    """Two models read the text and go on. Yields the picture's value, and a notice; one's trouble stops no other."""
    *asked_sides, language = asked
    sides, troubles = [], []
    for name, as_chat in zip(asked_sides[::2], asked_sides[1::2], strict=True):
        yield gr.skip(), loading(name, language)
        compute = partial(side_to_value, text=text, length=length or 0, as_chat=as_chat)
        try:
            limits.check_texts(text)
            limits.check_length(length or 0)
            lm = await models.wait(name)
            sides.append(await answer(answer_job(("side", text, length, as_chat), compute, lm)))
        except Exception as error:
            troubles.append(say(error, language))
    yield {"sides": sides}, "\n".join(dict.fromkeys(troubles))


async def add_up(prompt: str, typed: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    """Each answer with all its spellings together. Yields the picture's value, and a notice."""

    def compute(lm: LM) -> Part:
        limits.check_texts(prompt, typed)
        return {"shown": answers_to_value(answer_probabilities(lm, prompt, read_answers(typed)))}

    async for shown in told(partial(answer_job, ("answers", prompt, typed), compute), model, language):
        yield shown


async def open_answers(prompt: str | None, typed: str | None, model: str, language: str) -> AsyncIterator[Any]:
    """An example for whoever comes first, to empty fields. Yields both, the picture's value, and a notice."""
    if (prompt, typed) != ("", ""):
        yield UNCHANGED
        return
    example = example_in(ANSWERS, language)
    async for shown in add_up(*example, model, language):
        yield *example, *shown


async def follow_training(text: str, language: str) -> AsyncIterator[tuple[Any, str]]:
    """The text at each checkpoint of the model whose training can be seen. Yields the picture's value, and a notice."""
    model = trained_in_sight()[0]
    yield gr.skip(), viz.words(language)["page.loading"].format(model=model)
    try:
        limits.check_texts(text)
        yield await answer(job_of(("learning", text), lambda: learning_to_value(model, text, checkpoints.get))), ""
    except Exception as error:
        yield None, say(error, language)


def save_page(asked: dict[str, Any]) -> dict[str, str]:
    """What a picture shows, as a page of its own, or what is wrong with it. `asked`: its view, value and language."""
    language = str(asked.pop("language", "en"))
    try:
        view, value, title = read_shown(asked)
        return {"html": viz.view_to_html(view, value, language, title=title)}
    except Exception as error:
        return {"said": say(error, language)}


def lesson_list() -> dict[str, Any]:
    """The lessons there are, and what is wrong with the files that are none, in each language."""
    troubles = {code: [say(error, code) for error in lesson_troubles] for code in LANGUAGES.values()}
    return {"lessons": contents(lessons), "troubles": troubles}


async def open_lesson(asked: dict[str, Any]) -> dict[str, Any]:
    """The lesson of a name, in a language: its text at once, or, asked for again with `read`, its picture, too.

    A call of its own and no event: of events that wait, Gradio forgets what they asked for.
    """
    language = viz.known(str(asked.get("language")))
    lesson = in_language(lessons, str(asked.get("name")), language)
    if not lesson:
        return {"said": viz.words(language)["lesson.empty"]}
    if not asked.get("read"):
        return {"opened": lesson_view(lesson.fields(), None)}
    words = viz.words(lesson.front.language)
    kinds = words["branches.greedy"], words["branches.beam"]
    get = checkpoints.get if lesson.front.view == "learning" else models.get
    try:
        value = await answer(job_of(("lesson", lesson.name, language), lambda: lesson.value(get, kinds)))
        return {"opened": lesson_view(lesson.fields(), value)}
    except Exception as error:
        return {"said": say(error, language)}


async def score_pasted(request: gr.Request, pasted: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    async for shown in _score_table(request, lambda: texts_of(pasted), model, language):
        yield shown


async def score_file(request: gr.Request, path: str, model: str, language: str) -> AsyncIterator[tuple[Any, ...]]:
    async for shown in _score_table(request, lambda: read_csv(Path(path).read_bytes()), model, language):
        yield shown


async def _score_table(
    request: gr.Request, texts_from: Callable[[], list[str]], model: str, language: str
) -> AsyncIterator[tuple[Any, ...]]:
    """Yields what the table shows, which is how far it has come until all is there, a notice, Run and Stop.

    The page's next table, or Stop, ends this one within a chunk; what it has by then is shown.
    """
    mine = latest_table[request.session_hash] = object()
    rows: list[Row] = []
    try:
        texts = texts_from()
        limits.check_texts(*texts)
        yield gr.skip(), loading(model, language), *buttons(running=True)
        lm = await models.wait(model)
        yield {"done": 0, "total": len(texts)}, "", gr.skip(), gr.skip()
        async with aclosing(desk.follow(table_job(lm, texts))) as coming:
            async for came in coming:
                if latest_table.get(request.session_hash) is not mine:
                    break
                for part in came.parts:
                    rows = part["rows"]
                    yield {"done": len(rows), "total": len(texts)}, "", gr.skip(), gr.skip()
        is_replaced = latest_table.get(request.session_hash) not in (mine, None)
        yield gr.skip() if is_replaced else table_to_value(rows), "", *buttons(running=is_replaced)
    except Exception as error:
        yield table_to_value(rows) if rows else gr.skip(), say(error, language), *buttons(running=False)
    finally:
        if latest_table.get(request.session_hash) is mine:
            del latest_table[request.session_hash]


def stop_table(request: gr.Request) -> tuple[Update, ...]:
    latest_table.pop(request.session_hash, None)
    return buttons(running=False)


# Where things stand ---------------------------------------------------------------------------------------------------


SEND = "(data, event = 'ask') => ['ask', 'place', 'texts', 'recall'].includes(event) && trigger(event, data)"
"""How a picture asks for something: Gradio looks here for the names of its events."""


def as_text(value: Any) -> str | None:
    """A picture's value as it goes out: of a nested one, Gradio visits every number, several times for every page."""
    return None if value is None else msgspec.json.encode(value).decode()


def picture(kind: str, value: Any = None, **props: Any) -> gr.HTML:
    """A place that a script of `assets/page` fills: its value is data, never markup."""
    mount = f"TsuzukiPage.mount('{kind}', element, props, watch, {SEND}, server)"
    made = gr.HTML(
        as_text(value),
        html_template='<div class="tz-host"></div>',
        js_on_load=f"const start = () => (window.TsuzukiPage ? {mount} : setTimeout(start, 10)); start()",
        apply_default_css=False,
        **props,
    )
    # No class of its own: beside the source of one, Gradio writes a file.
    made.postprocess = as_text  # type: ignore[method-assign]
    return made


def page_saver(kind: str) -> gr.HTML:
    """A button for what the picture of this kind shows."""
    return picture("save-page", view=kind, server_functions=[save_page], elem_classes="save-page")


class Page:
    """The components, tab by tab, and the words each of them shows."""

    def __init__(self) -> None:
        self._labels: list[tuple[Any, dict[str, str]]] = []
        with gr.Blocks(title="Tsuzuki 続き", analytics_enabled=False) as self.blocks:
            self._fields: dict[str, Any] = {}
            self._header()
            self.share = picture("share")
            with gr.Tabs(elem_id="tabs"):
                with self._named(gr.Tab, id="step", label="page.tab.step"):
                    self._step()
                with self._named(gr.Tab, id="map", label="page.tab.map"):
                    self.map_stop.render()
                    shown = [self.player, self.notice]
                    picture("map", elem_id="map").ask(show_beam_example, self.language, shown, **QUIET)
                    picture("slides", elem_classes="save-page slides")
                with self._named(gr.Tab, id="tokens", label="page.tab.tokens"):
                    self._tokens()
                with self._named(gr.Tab, id="duel", label="page.tab.duel"):
                    self._duel()
                    self._table()
                with self._named(gr.Tab, id="answers", label="page.tab.answers") as tab:
                    self._answers(tab)
                with self._named(gr.Tab, id="models", label="page.tab.models") as tab:
                    self._models(tab)
                with self._named(gr.Tab, id="lessons", label="page.tab.lessons"):
                    picture("lessons", lesson_list(), elem_id="lessons", server_functions=[open_lesson])
                    picture("slides", elem_classes="save-page slides")
            self._speak()
            self._link()

    def _named(self, component: Any, *args: Any, **props: Any) -> Any:
        """A component whose words (`label`, `value`, … of the form ``page.…``) follow the language."""
        keys = {prop: key for prop, key in props.items() if isinstance(key, str) and key.startswith("page.")}
        made = component(*args, **{**props, **{prop: i18n(key) for prop, key in keys.items()}})
        self._labels.append((made, keys))
        return made

    def _header(self) -> None:
        with gr.Row(elem_id="header"):
            gr.HTML('<h1>Tsuzuki <span lang="ja">続き</span></h1>', elem_id="title", apply_default_css=False)
            self.model = self._named(
                gr.Dropdown, offered, value=DEFAULT, allow_custom_value=True, label="page.model", elem_id="model"
            )
            self.language = gr.Radio(
                list(LANGUAGES.items()), value="en", show_label=False, container=False, elem_id="language", min_width=0
            )
            gr.Button("◐", elem_id="theme", min_width=0).click(None, js="() => TsuzukiPage.switchTheme()")

    def _step(self) -> None:
        with gr.Row(elem_id="ask"):
            self.prompt = self._named(gr.Textbox, lines=2, max_lines=8, label="page.prompt", scale=1, elem_id="prompt")
            length = self._named(gr.Number, NEW_TOKENS, precision=0, label="page.length", elem_id="length")
            start = self._named(gr.Button, value="page.run", variant="primary", elem_id="run")
            end = self._named(gr.Button, value="page.stop", visible=False, elem_id="stop")
        self.map_stop = self._named(gr.Button, value="page.stop", visible=False, render=False, elem_id="map-stop")
        self.notice = picture("branch-notice")
        examples = self._examples()
        with self._named(gr.Accordion, label="page.settings", open=False, elem_id="settings"), gr.Row():
            knobs = self._knobs()
        self.player = picture("branches", elem_id="player", view="step")
        self._file()
        settings = [length, *knobs, self.model, self.language]
        places = ("prompt", "length", "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "seed", "model")
        self._fields |= dict(zip((*places, "language"), (self.prompt, *settings), strict=True))
        ends = [start, end, self.map_stop]
        outputs = [self.player, self.notice, *ends]
        # A later run ends the one before, so no press need be ignored.
        running: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": None, **QUIET}
        events = [
            gr.on([start.click, self.prompt.submit], run, [self.prompt, *settings], outputs, **running),
            self.player.ask(go_on, settings, outputs, **running),
            self.share.recall(recall, [self.model, self.language], outputs, **running),
        ]
        gr.on([end.click, self.map_stop.click], stop, None, ends, cancels=events, **QUIET)
        shown = [self.prompt, *knobs, self.player, self.notice]
        for name, button in examples.items():
            stopped = button.click(stop, None, ends, cancels=events, **QUIET)
            stopped.then(partial(show_example, name), None, shown, **QUIET)
        opened = self.blocks.load(open_page, None, [self.language, *shown], **QUIET)
        restored = opened.then(None, self.prompt, self.prompt, js=WHEN_READY % "restore(...values)")
        self.stands = restored.then(None, self.language, None, js=SET_LANGUAGE)

    def _knobs(self) -> list[Any]:
        """Temperature, top-k, top-p, min-p, repetition penalty, seed: the order of `run` and of `show_example`."""
        return [
            self._named(gr.Slider, 0, 2, 0, step=0.05, label="page.temperature", elem_id="temperature"),
            self._named(gr.Slider, 0, 200, 0, step=1, label="page.top_k"),
            self._named(gr.Slider, 0, 1, 1, step=0.01, label="page.top_p"),
            self._named(gr.Slider, 0, 1, 0, step=0.01, label="page.min_p"),
            self._named(gr.Slider, 0.5, 2, 1, step=0.05, label="page.repetition_penalty"),
            self._named(gr.Number, 0, precision=0, label="page.seed", elem_id="seed"),
        ]

    def _examples(self) -> dict[str, gr.Button]:
        with gr.Row(elem_id="examples"):
            return {name: gr.Button(prompt, size="sm", min_width=0) for name, (prompt, _) in PROMPTS.items()}

    def _file(self) -> None:
        with gr.Row(elem_id="file"):
            file = self._named(gr.UploadButton, label="page.open", file_types=[".json"], size="sm", min_width=0)
            save = self._named(gr.Button, value="page.save", size="sm", min_width=0)
            copy = self._named(gr.Button, value="page.link.copy", size="sm", min_width=0, elem_id="copy-link")
            page_saver("branches")
        file.upload(open_trace, [file, self.language], [self.player, self.notice], **QUIET)
        picture("notice", elem_id="copied")
        save.click(None, js="() => TsuzukiPage.save()")
        copy.click(None, js="() => TsuzukiPage.copyLink()")

    def _tokens(self) -> None:
        example = recorded(next(iter(TEXTS)))
        with gr.Row():
            text = self._named(gr.Textbox, example.text, lines=3, label="page.tokens.text", elem_id="tokens-text")
            typed = " ".join(map(str, example.ids))
            ids = self._named(gr.Textbox, typed, lines=3, label="page.tokens.ids", elem_id="tokens-ids")
        notice = picture("notice")
        outputs = [picture("tokens", pieces(example.tokens), elem_id="tokens"), ids, notice]
        page_saver("tokens")
        last = {**QUIET, "trigger_mode": "always_last"}
        self._fields["tokens_text"] = text
        text.change(read_text, [text, self.model, self.language], outputs, **last)
        ids.change(read_ids, [ids, self.model, self.language], outputs, **last)

    def _duel(self) -> None:
        traces = [recorded(name) for name in TEXTS]
        texts, rows, crosses = [], [], []
        for at, letter in enumerate(LETTERS):
            with gr.Row(visible=at < len(traces), elem_classes="duel-text") as row:
                label, text = f"page.duel.{letter.lower()}", traces[at].text if at < len(traces) else ""
                texts.append(self._named(gr.Textbox, text, label=label, elem_id=f"text-{letter.lower()}"))
                crosses.append(gr.Button("×", size="sm", min_width=0, elem_id=f"remove-{letter.lower()}"))
            rows.append(row)
        count = gr.State(len(traces))
        with gr.Row(elem_id="duel-ask"):
            more = self._named(gr.Button, value="page.duel.more", size="sm", min_width=0, elem_id="more")
            start = self._named(gr.Button, value="page.duel.run", variant="primary", elem_id="score")
        notice = picture("notice")
        self.verdict = picture("notice", verdict(traces), elem_id="verdict")
        self.sides = picture("duel", duel_to_value(traces, LETTERS[: len(traces)]), elem_id="duel")
        page_saver("duel")
        self._fields |= {f"duel_{letter.lower()}": text for letter, text in zip(LETTERS, texts, strict=True)}
        asked = [*texts, self.model, self.language]
        presses = [start.click, *(text.submit for text in texts)]
        gr.on(presses, duel, asked, [self.sides, self.verdict, notice], **QUIET)
        placed = [count, *rows, *texts, more]
        added = more.click(lambda count, *texts: place_texts(count + 1, texts), [count, *texts], placed, **QUIET)
        added.then(None, js="() => TsuzukiPage.nameRemovers()")
        self.texts_placed = self.share.texts(place_linked, None, placed, **QUIET)
        self.texts_placed.then(None, js="() => TsuzukiPage.nameRemovers()")
        for at, cross in enumerate(crosses):
            cross.click(partial(remove_text, at), [count, *texts], placed, **QUIET)

    def _table(self) -> None:
        with self._named(gr.Accordion, label="page.table", open=False, elem_id="table"):
            pasted = self._named(gr.Textbox, lines=5, max_lines=12, label="page.table.texts", elem_id="table-texts")
            with gr.Row(elem_id="table-ask"):
                file = self._named(
                    gr.UploadButton, label="page.table.open", file_types=[".csv"], size="sm", min_width=0
                )
                start = self._named(gr.Button, value="page.table.run", size="sm", min_width=0, elem_id="table-run")
                end = self._named(
                    gr.Button, value="page.stop", visible=False, size="sm", min_width=0, elem_id="table-stop"
                )
            notice = picture("notice")
            outputs = [picture("sheet", elem_id="sheet"), notice, start, end]
        self._fields["table_texts"] = pasted
        start.click(score_pasted, [pasted, self.model, self.language], outputs, **QUIET)
        file.upload(score_file, [file, self.model, self.language], outputs, **QUIET)
        end.click(stop_table, None, [start, end], **QUIET)

    def _answers(self, tab: gr.Tab) -> None:
        with gr.Row(elem_id="answers-ask"):
            prompt = self._named(gr.Textbox, lines=4, label="page.answers.prompt", elem_id="answers-prompt")
            typed = self._named(gr.Textbox, lines=4, label="page.answers.answers", elem_id="answers-typed")
            start = self._named(gr.Button, value="page.answers.run", variant="primary", elem_id="answers-run")
        notice = picture("notice")
        outputs = [picture("answers", elem_id="answers"), notice]
        page_saver("answers")
        asked = [prompt, typed, self.model, self.language]
        self._fields |= {"answers_prompt": prompt, "answers_typed": typed}
        gr.on([start.click, prompt.submit, typed.submit], add_up, asked, outputs, **QUIET)
        tab.select(open_answers, asked, [prompt, typed, *outputs], js=UNLESS_LINKED, **QUIET)

    def _models(self, tab: gr.Tab) -> None:
        text = self._named(gr.Textbox, lines=2, max_lines=8, label="page.models.text", elem_id="models-text")
        sides: list[Any] = []
        with gr.Row(elem_id="models-ask"):
            for letter in "ab":
                with gr.Column(elem_classes="models-side", min_width=220):
                    sides.append(
                        self._named(
                            gr.Dropdown, offered, value=DEFAULT, allow_custom_value=True,
                            label=f"page.models.{letter}", elem_id=f"model-{letter}",
                        )
                    )  # fmt: skip
                    sides.append(
                        self._named(
                            gr.Checkbox, label="page.models.chat", elem_id=f"chat-{letter}",
                        )
                    )  # fmt: skip
            length = self._named(gr.Number, NEW_TOKENS, precision=0, label="page.length", elem_id="models-length")
            start = self._named(gr.Button, value="page.models.run", variant="primary", elem_id="models-run")
        with gr.Row(elem_id="pairs"):
            buttons = {
                name: self._named(gr.Button, value=f"page.models.{name}", size="sm", min_width=0) for name in PAIRS
            }
        notice = picture("notice")
        outputs = [picture("models", elem_id="models"), notice]
        page_saver("models")
        shown = [text, *sides, *outputs]
        places = ("models_text", "models_length", "model_a", "chat_a", "model_b", "chat_b")
        self._fields |= dict(zip(places, (text, length, *sides), strict=True))
        for name, button in buttons.items():
            button.click(partial(show_pair, name), self.language, shown, **QUIET)
        tab.select(open_models, [text, self.language], shown, js=UNLESS_LINKED, **QUIET)
        gr.on([start.click, text.submit], compare, [text, length, *sides, self.language], outputs, **QUIET)
        with gr.Column(elem_id="training"):
            self._named(gr.Markdown, value="page.models.training")
            follow = self._named(gr.Button, value="page.models.follow", size="sm", min_width=0, elem_id="follow")
            said = picture("notice")
            follow.click(
                follow_training, [text, self.language], [picture("learning", elem_id="learning"), said], **QUIET
            )
            page_saver("learning")

    def _link(self) -> None:
        """The fields by name, to and from the page's address (assets/page/share.js)."""
        fields = list(self._fields.values())
        note = WHEN_READY % f"noteInputs({json.dumps([*self._fields])}, values)"
        stands = self.stands.then(None, fields, None, js=note)
        stands.then(None, js=WHEN_READY % "openAddress()")
        gr.on([field.change for field in fields], None, fields, None, js=note)
        self.share.place(None, None, fields, js=WHEN_READY % "placed()").then(None, fields, None, js=note)
        self.texts_placed.then(None, fields, None, js=note)

    def _speak(self) -> None:
        """Every word of the page, and the verdict, in another language; the pictures change theirs in the browser."""

        def relabel(language: str, sides: dict[str, Any]) -> list[Any]:
            words = viz.words(language)
            said: list[Any] = [
                {"__type__": "update", **{prop: words[key] for prop, key in keys.items()}} for _, keys in self._labels
            ]
            return [*said, verdict([from_wire(side) for side in sides["traces"]], language)]

        outputs = [*(component for component, _ in self._labels), self.verdict]
        self.language.change(relabel, [self.language, self.sides], outputs, **QUIET)
        self.language.change(None, self.language, None, js=SET_LANGUAGE)


# How it is served -----------------------------------------------------------------------------------------------------


def files() -> dict[str, Path]:
    """All that may be read over HTTP besides Gradio's own, by its address: scripts in their order, Plotly last."""
    player = {f"/player/{path.name}": path for path in viz.player_scripts()}
    page = {f"/page/{name}.js": PAGE / f"{name}.js" for name in SCRIPTS}
    return {**player, **page, "/plotly.js": viz.plotly_script()}


@cache
def setup_script() -> str:
    """The words and figures for the browser, and the scripts in order: for the head and the guard's policy."""
    *scripts, plotly = files()
    setup = {**viz.player_setup(), "plotly": plotly, "models": names()}
    # Gradio adds these elements when the page runs, and such scripts keep their order only if told to.
    return (
        f"window.TsuzukiSetup = {json_for_script(setup)}; for (const src of {json_for_script(scripts)})"
        " document.head.append(Object.assign(document.createElement('script'), {src, async: false}));"
    )


def head() -> str:
    """What the browser needs besides Gradio: one style sheet, and the scripts."""
    sheets = [*viz.player_styles(), *(PAGE / f"{name}.css" for name in ("page", "lessons", "slides"))]
    styles = [viz.css_variables(), *(path.read_text("utf-8") for path in sheets)]
    return f"<style>{' '.join(styles)}</style><script>{setup_script()}</script>"


async def health(request: Request) -> JSONResponse:
    """For whoever watches over the app: it answers, and whether its default model is in memory."""
    return JSONResponse({"status": "ok", "ready": models.is_ready(DEFAULT)})


async def show_metrics(request: Request) -> Response:
    return Response(metrics.text(), media_type=metrics.content_type)


def routes() -> list[Route]:
    served = [Route(address, partial(send_file, path)) for address, path in files().items()]
    return [Route("/health", health), Route("/metrics", show_metrics), *served]


async def send_file(path: Path, request: Request) -> FileResponse:
    """A script of the page: kept by the browser, which asks each time whether it has changed."""
    return FileResponse(path, headers={"cache-control": "no-cache"})


def guard() -> Middleware:
    rate = os.environ.get("TSUZUKI_RATE", "300/second")
    largest = (LARGEST_FILE_MB + 1) * 10**6
    return Middleware(Guard, files=files(), scripts=[setup_script()], largest=largest, rate=rate)


def main() -> None:
    start_logging()
    for trouble in lesson_troubles:
        log.warning("%s", trouble)
    page = Page()
    page.blocks.queue(default_concurrency_limit=None).launch(
        theme=gr.themes.Base(radius_size="sm", spacing_size="sm"),
        head=head(),
        i18n=i18n,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        state_session_capacity=200,
        max_file_size=LARGEST_FILE_MB * 10**6,
        prevent_thread_lock=True,
        app_kwargs={"routes": routes(), "middleware": [guard()]},
    )
    threading.Thread(target=load_default, daemon=True).start()
    page.blocks.block_thread()


def load_default() -> None:
    try:
        models.get(DEFAULT)
    except TsuzukiError as error:
        log.warning("%s", error)


if __name__ == "__main__":
    main()
