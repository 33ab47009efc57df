"""The log of a server is JSON, a line each; that of a terminal is for the eye."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

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
