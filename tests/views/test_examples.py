"""The examples on the page are whole, and belong to the embedded model as it is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from model_utils import catalog, generate, load, score
from model_utils.views.lecture.examples import (
    BEAM_NAMES,
    BEAM_PROMPTS,
    EXAMPLES,
    LEAST_GAIN_NATS,
    NEW_TOKENS,
    PROMPTS,
    TEXTS,
    find_beam,
    recorded,
    recorded_beam,
)
from tests.fakes import BOS, EOS, PIECES, FakeLM
from viz.text.i18n import words

LARGEST_BYTES = 150_000
A, B, C, X = 2, 4, 5, 8
Patch = pytest.MonkeyPatch


@pytest.mark.parametrize("name", [*PROMPTS, *TEXTS])
def test_an_example_is_of_the_embedded_model(name: str) -> None:
    source = catalog.find(None)
    trace = recorded(name)
    assert (trace.model, trace.revision) == (source.name, source.revision), "stale: record them anew (make examples)"


@pytest.mark.parametrize("name", PROMPTS)
def test_an_example_begins_with_its_prompt_and_goes_on(name: str) -> None:
    prompt, sampling = PROMPTS[name]
    trace = recorded(name)
    assert trace.text.startswith(prompt) and trace.sampling == sampling
    drawn = [step for step in trace.steps if not step.given]
    assert 0 < len(drawn) <= NEW_TOKENS and trace.steps[-len(drawn) :] == tuple(drawn)


@pytest.mark.parametrize("name", TEXTS)
def test_a_scored_example_is_its_text(name: str) -> None:
    assert recorded(name).text == TEXTS[name] and recorded(name).end == "given"


@pytest.mark.parametrize("language", BEAM_PROMPTS)
def test_a_beam_search_is_recorded_that_found_more_than_greedy(language: str) -> None:
    source = catalog.find(None)
    (greedy, best), current, search, _ = recorded_beam(language)
    for trace in (greedy.trace, best.trace):
        assert (trace.model, trace.revision) == (source.name, source.revision), (
            "stale: record them anew (make examples)"
        )
    assert current == 0 and search is not None
    prompt = len(search.ids) - len(best.trace.context)
    assert any(greedy.trace.text.startswith(text) for text in BEAM_PROMPTS[language])
    assert greedy.trace.ids[: len(search.ids)] == best.trace.ids[: len(search.ids)] == search.ids
    assert len(greedy.trace.steps) == len(best.trace.steps)
    assert all(step.chosen.rank == 1 and not step.given for step in greedy.trace.steps[prompt:])
    assert best.trace.ids[len(search.ids) :] == search.sequences[0].ids
    assert best.trace.logprob > greedy.trace.logprob + LEAST_GAIN_NATS
    assert (EXAMPLES / f"beam_{language}.json").stat().st_size < LARGEST_BYTES


@pytest.mark.parametrize("language", BEAM_PROMPTS)
def test_its_branches_have_the_names_that_the_page_gives_them(language: str) -> None:
    names = tuple(words(language)[f"branches.{kind}"] for kind in ("greedy", "beam"))
    assert BEAM_NAMES[language] == names == tuple(branch.name for branch in recorded_beam(language).branches)


def forked(likelier: float) -> FakeLM:
    """After "x", greedy goes on with A, A at 0.2; B, x has 0.4 of `likelier`. Then both end."""
    tree = {(): {A: 0.5, B: 0.4, C: 0.1}, (A,): {A: 0.4, B: 0.3, C: 0.3}, (B,): {X: likelier, A: 1 - likelier}}

    def row(ids: Sequence[int]) -> NDArray[np.float32]:
        named = tree.get(tuple(ids[2:]), {EOS: 1.0})
        return np.log([named.get(token_id, 1e-7) for token_id in range(len(PIECES))]).astype(np.float32)

    return FakeLM(row=row)


def test_the_recorder_takes_the_first_prompt_behind_which_greedy_misses_the_best(monkeypatch: Patch) -> None:
    monkeypatch.setitem(BEAM_PROMPTS, "en", ("x", "xx"))
    (greedy, best), _, search, _ = find_beam(forked(0.9), "en")
    assert greedy.trace.ids[2:] == (A, A, EOS) and best.trace.ids[2:] == (B, X, EOS)
    assert search is not None and search.ids == (BOS, X) and search.sequences[0].ids == (B, X, EOS)
    assert (greedy.first_step, best.first_step) == (0, 1)


@pytest.mark.parametrize("likelier", [0.6, 0.5], ids=["hardly more probable", "as probable"])
def test_without_a_clear_gain_the_recorder_says_so(monkeypatch: Patch, likelier: float) -> None:
    monkeypatch.setitem(BEAM_PROMPTS, "en", ("x",))
    with pytest.raises(LookupError, match="no clearly more probable text"):
        find_beam(forked(likelier), "en")


def test_the_model_says_today_what_was_recorded() -> None:
    lm = load()
    prompt, sampling = PROMPTS["fruit"]
    for now, then in (
        (generate(lm, prompt, NEW_TOKENS, sampling), recorded("fruit")),
        (score(lm, TEXTS["grape"]), recorded("grape")),
    ):
        assert now.ids == then.ids and now.logprob == pytest.approx(then.logprob, abs=1e-2)
