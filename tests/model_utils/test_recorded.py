"""The example traces on the page are whole, and belong to the embedded model as it is."""

from __future__ import annotations

import pytest

from model_utils import catalog, generate, load, score
from model_utils.recorded import NEW_TOKENS, PROMPTS, TEXTS, recorded


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


def test_the_model_says_today_what_was_recorded() -> None:
    lm = load()
    prompt, sampling = PROMPTS["fruit"]
    for now, then in (
        (generate(lm, prompt, NEW_TOKENS, sampling), recorded("fruit")),
        (score(lm, TEXTS["grape"]), recorded("grape")),
    ):
        assert now.ids == then.ids and now.logprob == pytest.approx(then.logprob, abs=1e-2)
