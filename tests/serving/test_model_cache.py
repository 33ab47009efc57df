"""Models in memory: loaded once whoever asks, the one not used longest let go, a failure tried anew."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from model_utils.errors import ModelNotFound
from model_utils.serving.model_cache import Loaded
from tests.fakes import FakeLM


class Shelf:
    """Counts what is loaded, and waits with it until `open` is set."""

    def __init__(self) -> None:
        self.loads: list[str] = []
        self.open = threading.Event()
        self.open.set()

    def __call__(self, name: str) -> Any:
        self.loads.append(name)
        assert self.open.wait(10)
        if name == "missing":
            raise ModelNotFound(model=name)
        return FakeLM()


def test_a_model_is_loaded_once() -> None:
    shelf = Shelf()
    models = Loaded(shelf)
    assert not models.is_ready("a")
    assert models.get("a") is models.get("a") and shelf.loads == ["a"] and models.is_ready("a")


@pytest.mark.parametrize("names", ["abab", "abcabcabc", "aabbcca"], ids=str)
def test_as_many_as_fit_stay(names: str) -> None:
    shelf = Shelf()
    models = Loaded(shelf, capacity=3)
    for name in names:
        models.get(name)
    assert sorted(shelf.loads) == sorted(set(names))


def test_the_one_not_used_longest_goes() -> None:
    shelf = Shelf()
    models = Loaded(shelf, capacity=2)
    for name in "abac":
        models.get(name)
    assert [models.is_ready(name) for name in "abc"] == [True, False, True]
    models.get("b")
    assert shelf.loads == ["a", "b", "c", "b"] and not models.is_ready("a")


def test_those_who_ask_meanwhile_wait_together() -> None:
    shelf = Shelf()
    shelf.open.clear()
    models = Loaded(shelf)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(models.get, "a") for _ in range(8)]
        assert not models.is_ready("a")
        shelf.open.set()
        assert len({id(future.result()) for future in asked}) == 1
    assert shelf.loads == ["a"]


def test_a_failure_reaches_all_and_is_tried_anew() -> None:
    shelf = Shelf()
    models = Loaded(shelf)
    for _ in range(2):
        with pytest.raises(ModelNotFound):
            models.get("missing")
    assert shelf.loads == ["missing", "missing"] and not models.is_ready("missing")


def test_a_model_in_memory_is_found_by_what_its_traces_call_it() -> None:
    models = Loaded(Shelf())
    assert models.name_of("fake", "1") is None
    models.get("/some/where/fake")
    with pytest.raises(ModelNotFound):
        models.get("missing")
    assert models.name_of("fake", "1") == "/some/where/fake"
    assert models.name_of("fake", "2") is None and models.name_of("/some/where/fake", "1") is None
