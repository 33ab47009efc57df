"""The log of a server is JSON, a line each; that of a terminal is for the eye."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator

import pytest

from model_utils.serving.logs import place_of, start_logging


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def root() -> Iterator[None]:
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield
    logger.handlers[:], logger.level = handlers, level


def test_a_machine_reads_json() -> None:
    stream = io.StringIO()
    start_logging(stream)
    logging.getLogger("tsuzuki.jobs").info("job ended", extra={"kind": "run", "seconds": 0.25})
    logging.getLogger("httpx").info("GET somewhere")
    (line,) = stream.getvalue().splitlines()
    found = json.loads(line)
    assert (found["level"], found["logger"], found["message"]) == ("INFO", "tsuzuki.jobs", "job ended")
    assert (found["kind"], found["seconds"]) == ("run", 0.25) and "timestamp" in found


def test_an_unforeseen_error_is_placed_without_its_message() -> None:
    def trips() -> None:
        raise KeyError("what somebody typed")

    try:
        trips()
    except KeyError as error:
        said = place_of(error)
    assert said.startswith("KeyError at ") and "test_logs.py" in said and "trips" in said and "typed" not in said


def test_a_person_reads_lines() -> None:
    stream = Terminal()
    start_logging(stream)
    logging.getLogger("tsuzuki").warning("a lesson is broken")
    assert stream.getvalue() == "WARNING tsuzuki: a lesson is broken\n"


WORDS = 'what somebody typed\n{"level": "CRITICAL", "message": "forged"}\x1b[2J'


@pytest.fixture
def printed() -> Iterator[Callable[[bool], io.StringIO]]:
    """Logging to a stream; what it takes over from Python is given back."""
    kept = traceback.print_exc, threading.excepthook, sys.unraisablehook, warnings.showwarning

    def begin(is_terminal: bool) -> io.StringIO:
        gc.collect()  # What others have left says so when it goes.
        stream = Terminal() if is_terminal else io.StringIO()
        start_logging(stream)
        return stream

    yield begin
    traceback.print_exc, threading.excepthook, sys.unraisablehook, warnings.showwarning = kept


def print_one() -> None:
    try:
        raise KeyError(WORDS)
    except KeyError:
        traceback.print_exc()


def raise_in_a_thread() -> None:
    def trip() -> None:
        raise KeyError(WORDS)

    thread = threading.Thread(target=trip)
    thread.start()
    thread.join()


def log_with_its_traceback() -> None:
    try:
        raise KeyError(WORDS)
    except KeyError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")


def say_of_a_task() -> None:
    async def trip() -> None:
        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        del task

    async def fail() -> None:
        raise KeyError(WORDS)

    asyncio.run(trip())
    gc.collect()


def fail_while_collected() -> None:
    class Trips:
        def __del__(self) -> None:
            raise KeyError(WORDS)

    Trips()


@pytest.mark.parametrize("is_terminal", [False, True])
@pytest.mark.parametrize(
    "trip",
    [
        print_one, raise_in_a_thread, log_with_its_traceback, say_of_a_task, fail_while_collected,
        lambda: warnings.warn(WORDS, stacklevel=1),
        lambda: logging.getLogger("asyncio").error(WORDS),
        lambda: logging.getLogger("gradio.routes").warning("of %s", WORDS),
    ],
    ids=range(8),
)  # fmt: skip
def test_whatever_prints_an_error_nobodys_words_are_in_the_log_and_no_line_is_forged(
    printed: Callable[[bool], io.StringIO], trip: Callable[[], None], is_terminal: bool
) -> None:
    stream = printed(is_terminal)
    show = warnings.showwarning
    with warnings.catch_warnings():  # pytest notes warnings by itself.
        warnings.simplefilter("always")
        warnings.showwarning = show
        trip()
    said = stream.getvalue()
    assert "somebody" not in said and "forged" not in said and "\x1b" not in said
    assert said and all(line.startswith(("ERROR ", "WARNING ", "{")) for line in said.splitlines())
    assert is_terminal or all(map(json.loads, said.splitlines()))


def test_a_terminal_gets_one_line_for_a_message_whatever_is_in_it(printed: Callable[[bool], io.StringIO]) -> None:
    stream = printed(True)
    logging.getLogger("tsuzuki").warning("%s 続き", WORDS)
    assert len(stream.getvalue().splitlines()) == 1 and "\x1b" not in stream.getvalue() and "続き" in stream.getvalue()


def test_what_a_library_says_again_and_again_is_said_once_a_minute(printed: Callable[[bool], io.StringIO]) -> None:
    stream = printed(False)
    for _ in range(500):
        logging.getLogger("asyncio").error("socket.accept() out of system resource")
    logging.getLogger("tsuzuki.jobs").info("job ended")
    logging.getLogger("tsuzuki.jobs").info("job ended")
    assert len(stream.getvalue().splitlines()) == 3
