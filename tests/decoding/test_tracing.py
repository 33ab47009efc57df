"""The loops, on a model whose logits are known: ends, empty and long prompts, forks, stopping, and bad numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from model_utils import Sampling, Trace, generate, score, score_many, stream
from model_utils.errors import (
    EmptyPrompt,
    InvalidFork,
    InvalidIds,
    InvalidSettings,
    NonFiniteLogits,
    PromptTooLong,
    UnknownToken,
)
from tests.fakes import BOS, EOS, FIRST_HALF, PIECES, SECOND_HALF, FakeLM, known_row

GREEDY = Sampling(temperature=0.0)


def logprobs_of(ids: Sequence[int]) -> np.ndarray:
    """By hand, in float64: log softmax of the known row after `ids`."""
    row = known_row(ids).astype(np.float64)
    return row - np.log(np.exp(row).sum())


def ends_after(count: int) -> Callable[[Sequence[int]], Any]:
    def row(ids: Sequence[int]) -> Any:
        logits = known_row(ids)
        logits[EOS] = 20 if len(ids) >= count else -20
        return logits

    return row


def test_greedy_steps_are_the_known_distribution() -> None:
    trace = generate(FakeLM(), "好き", 4, GREEDY, candidates=3)
    assert trace.context[0].id == BOS and [step.given for step in trace.steps] == [True, False, False, False, False]
    for at, step in enumerate(trace.steps):
        expected = logprobs_of(trace.ids[: at + 1])
        order = np.argsort(-expected, kind="stable")
        assert [c.token.id for c in step.candidates] == order[:3].tolist()
        assert [c.logprob for c in step.candidates] == pytest.approx(expected[order[:3]], abs=1e-5)
        assert step.chosen.logprob == pytest.approx(expected[trace.ids[at + 1]], abs=1e-5)
        assert step.chosen.rank == order.tolist().index(trace.ids[at + 1]) + 1
        assert step.entropy == pytest.approx(-(np.exp(expected) * expected).sum(), abs=1e-5)
        assert step.given or step.chosen.rank == 1
    assert trace.logprob == pytest.approx(sum(logprobs_of(trace.ids[:n])[trace.ids[n]] for n in range(1, 6)), abs=1e-4)


def test_score_is_generate_without_drawing() -> None:
    lm = FakeLM()
    generated = generate(lm, "好きな", 6, Sampling(seed=2))
    scored = score(lm, generated.ids)
    assert [(s.chosen, s.candidates, s.entropy) for s in scored.steps] == [
        (s.chosen, s.candidates, s.entropy) for s in generated.steps
    ]
    assert scored.sampling is None and scored.end == "given" and all(step.given for step in scored.steps)


@pytest.mark.parametrize("count", [0, 1, 3, 10, 1000])
def test_candidates_are_as_many_as_asked_for(count: int) -> None:
    for step in generate(FakeLM(), "好き", 3, Sampling(seed=4), candidates=count).steps:
        assert len(step.candidates) == min(count, len(PIECES))


@pytest.mark.parametrize(
    ("lm", "prompt", "new", "end"),
    [
        (FakeLM(), [BOS, 5], 4, "max_new_tokens"),
        (FakeLM(), [BOS, 5], 0, "max_new_tokens"),
        (FakeLM(row=ends_after(4)), [BOS, 5], 3, "end_of_text"),
        (FakeLM(row=ends_after(2)), [BOS, 5], 1, "end_of_text"),
        (FakeLM(context_length=5), [BOS, 5], 3, "context_full"),
        (FakeLM(context_length=2), [BOS, 5], 0, "context_full"),
    ],
    ids=["tokens used up", "no tokens asked for", "end of text", "end of text at once", "context full", "already full"],
)
def test_why_it_ends(lm: FakeLM, prompt: list[int], new: int, end: str) -> None:
    trace = generate(lm, prompt, 0 if (end, new) == ("max_new_tokens", 0) else 4, GREEDY)
    assert trace.end == end and len(trace.ids) == len(prompt) + new
    assert (trace.ids[-1] == EOS) == (end == "end_of_text")
    if end == "end_of_text":
        assert trace.tokens[-1].label == "</s>" and trace.tokens[-1].special and "</s>" not in trace.text


def test_the_last_token_that_fits_ends_by_what_stopped_it() -> None:
    assert generate(FakeLM(context_length=4), [BOS, 5], 2, GREEDY).end == "max_new_tokens"
    assert generate(FakeLM(row=ends_after(3), context_length=4), [BOS, 5], 2, GREEDY).end == "end_of_text"


def test_a_prompt_that_holds_an_end_of_text_goes_on() -> None:
    trace = generate(FakeLM(), [BOS, EOS, 5, EOS], 2, GREEDY)
    assert trace.end == "max_new_tokens" and len(trace.steps) == 5


@pytest.mark.parametrize("prompt", ["", []], ids=["text", "ids"])
def test_an_empty_prompt_starts_from_bos_or_says_why_not(prompt: Any) -> None:
    trace = generate(FakeLM(), prompt, 2, GREEDY)
    assert [token.id for token in trace.context] == [BOS] and len(trace.steps) == 2
    assert score(FakeLM(), prompt).steps == ()
    for attempt in (generate, stream, score, lambda lm, text: score_many(lm, ["x", text])):
        with pytest.raises(EmptyPrompt, match="beginning-of-text"):
            attempt(FakeLM(bos_id=None), prompt)


def test_without_bos_the_first_token_is_context() -> None:
    trace = score(FakeLM(bos_id=None), "好きな")
    assert [token.text for token in trace.context] == ["好き"] and len(trace.steps) == 1
    assert trace.text == "好きな"


@pytest.mark.parametrize("attempt", [generate, stream, score, lambda lm, ids: score_many(lm, [ids])])
def test_too_long_is_said_before_any_pass(attempt: Callable[..., Any]) -> None:
    lm = FakeLM(context_length=6)
    with pytest.raises(PromptTooLong) as error:
        attempt(lm, [BOS] + [5] * 6)
    assert error.value.params == {"model": "fake", "tokens": 7, "limit": 6} and not lm.passes


@pytest.mark.parametrize("wrong", [-1, len(PIECES), 10**12])
def test_unknown_ids_are_refused(wrong: int) -> None:
    trace = generate(FakeLM(), "好き", 2, GREEDY)
    for prompt in ([BOS, wrong], [wrong], trace.fork(1, wrong)):
        with pytest.raises(UnknownToken):
            generate(FakeLM(), prompt, 1)
    with pytest.raises(UnknownToken):
        score_many(FakeLM(), [[BOS, 5], [5, wrong]])


@pytest.mark.parametrize("wrong", [[1.5], ["a"], ["1"], [True], [np.True_], [None], [[1]], None, 7, 1.5, {1: 2}.values])
@pytest.mark.parametrize("attempt", [generate, stream, score, lambda lm, ids: score_many(lm, [ids])])
def test_what_is_no_list_of_whole_numbers_is_refused(attempt: Callable[..., Any], wrong: Any) -> None:
    with pytest.raises(InvalidIds):
        attempt(FakeLM(), wrong)


@pytest.mark.parametrize("kind", [np.int64, np.int32], ids=["int64", "int32"])
def test_ids_may_be_numpys(kind: type) -> None:
    trace = generate(FakeLM(), np.array([BOS, 5, 4], dtype=kind), 2, GREEDY)  # type: ignore[arg-type]
    assert trace == generate(FakeLM(), [BOS, 5, 4], 2, GREEDY) and Trace.from_json(trace.to_json()) == trace


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_new_tokens", -1),
        ("max_new_tokens", 1.5),
        ("max_new_tokens", "3"),
        ("candidates", -1),
        ("candidates", 10**6),
    ],
)
def test_settings_out_of_range(name: str, value: Any) -> None:
    for attempt in (generate, stream):
        with pytest.raises(InvalidSettings, match=name):
            attempt(FakeLM(), "x", **{name: value})
    if name == "candidates":
        for read in (lambda: score(FakeLM(), "x", value), lambda: score_many(FakeLM(), ["x"], value)):
            with pytest.raises(InvalidSettings, match=name):
                read()


def test_stream_yields_one_new_step_each_and_its_last_is_generate() -> None:
    settings = Sampling(temperature=0.9, seed=6)
    partials = list(stream(FakeLM(), "好きな", 5, settings))
    assert [len(partial.steps) for partial in partials] == [3, 4, 5, 6, 7]
    assert [partial.end for partial in partials] == ["unfinished"] * 4 + ["max_new_tokens"]
    assert all(last.steps[: len(first.steps)] == first.steps for first, last in pairwise(partials))
    assert partials[-1] == generate(FakeLM(), "好きな", 5, settings)


def test_stream_of_nothing_new_yields_once() -> None:
    (only,) = stream(FakeLM(context_length=3), "好きな", 5)
    assert only.end == "context_full" and len(only.steps) == 2


def test_one_pass_for_the_prompt_and_one_for_each_new_token_but_the_last() -> None:
    lm = FakeLM()
    generate(lm, "好きな", 5, GREEDY)
    assert lm.passes == [3, 1, 1, 1, 1]


def test_a_consumer_that_stops_stops_the_passes() -> None:
    lm = FakeLM()
    partials = stream(lm, "好きな", 30, Sampling(seed=1))
    assert lm.passes == [], "nothing is computed before it is asked for"
    next(partials)
    next(partials)
    assert lm.passes == [3, 1]
    partials.close()
    assert next(partials, None) is None and lm.passes == [3, 1]


def nan_after(count: int, bad: float = math.nan) -> Callable[[Sequence[int]], Any]:
    def row(ids: Sequence[int]) -> Any:
        logits = known_row(ids)
        if len(ids) >= count:
            logits[3] = bad
        return logits

    return row


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_nan_midway_keeps_what_came_before(bad: float) -> None:
    partials = stream(FakeLM(row=nan_after(5, bad)), "好きな", 9, GREEDY)
    got = []
    with pytest.raises(NonFiniteLogits) as error:
        for partial in partials:
            got.append(partial)
    assert [len(partial.steps) for partial in got] == [3, 4] and error.value.params["position"] == 6


def test_a_masked_token_is_no_candidate_and_is_never_drawn() -> None:
    def row(ids: Sequence[int]) -> Any:
        logits = known_row(ids)
        logits[3 if len(ids) > 4 else 1] = -math.inf
        return logits

    trace = generate(FakeLM(row=row), "好きな", 9, Sampling(seed=1))
    assert Trace.from_json(trace.to_json()) == trace
    for step in trace.steps[4:]:
        assert step.tail is not None and 3 not in {candidate.token.id for candidate in step.shown}
        assert len(step.candidates) + step.tail.count == trace.vocab_size


def test_nan_in_the_prompt_names_the_token() -> None:
    with pytest.raises(NonFiniteLogits) as error:
        score(FakeLM(row=nan_after(2)), "好きな the")
    assert error.value.params["position"] == 3, "the third token, BOS being the first, has no probability"


def test_score_many_is_score_in_the_order_given() -> None:
    texts = ["x", "好きな the<b>x\n", "", "な", "好き好き好き", "x", "葡x葡"]
    assert score_many(FakeLM(), texts, with_tails=True) == [score(FakeLM(), text) for text in texts]
    assert score_many(FakeLM(), []) == []


def test_score_many_reads_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_utils.decoding.tracing.BATCH_LOGITS", 12 * len(PIECES))
    lm = FakeLM()
    texts = [[BOS] + [5] * length for length in (1, 1, 1, 9, 2, 1, 30, 3)]
    assert score_many(lm, texts, with_tails=True) == [score(FakeLM(), text) for text in texts]
    assert len(lm.passes) < len(texts) and sum(lm.passes) == sum(len(text) - 1 for text in texts)


def test_cut_are_the_candidates_that_could_not_be_drawn() -> None:
    trace = generate(FakeLM(), "好き", 30, Sampling(top_k=3, seed=1), candidates=6)
    for step in trace.steps[1:]:
        assert step.cut == (4, 5, 6) and step.chosen.rank <= 3
    assert trace.steps[0].cut == () and trace.steps[0].given, "nothing is cut where nothing is drawn"
    assert all(not step.cut for step in generate(FakeLM(), "好き", 4, GREEDY).steps)


def test_the_penalty_can_cut_what_the_model_likes_best() -> None:
    """Logprobs stay those of the raw model, at temperature 1, whatever the sampler made of them."""
    plain = generate(FakeLM(), "好き", 6, GREEDY)
    penalised = generate(FakeLM(), "好き", 6, Sampling(temperature=0.0, repetition_penalty=50.0))
    assert plain.ids != penalised.ids and any(step.chosen.rank > 1 for step in penalised.steps[1:])
    for at, step in enumerate(penalised.steps):
        assert step.chosen.logprob == pytest.approx(
            logprobs_of(penalised.ids[: at + 1])[step.chosen.token.id], abs=1e-5
        )


def test_a_fork_goes_on_from_the_ids() -> None:
    trace = generate(FakeLM(), "好きな", 6, Sampling(seed=3))
    fork = generate(FakeLM(), trace.fork(4, 5), 2, Sampling(seed=3))
    assert fork.ids[:6] == (*trace.ids[:5], 5) and len(fork.steps) == 7
    assert fork.steps[:4] == trace.steps[:4], "the prefix is the trace's own: drawn tokens stay drawn"
    assert fork.steps[4].given and not fork.steps[4].cut, "a person put it there"
    assert fork.steps[4].chosen.logprob == pytest.approx(logprobs_of(trace.ids[:5])[5], abs=1e-5)
    assert [step.given for step in fork.steps[5:]] == [False, False]


@pytest.mark.parametrize("chosen", [5, 8], ids=["a candidate", "none"])
def test_a_fork_reads_only_what_is_new(chosen: int) -> None:
    """The prefix is remembered; a token whose probability is not in the trace costs one more."""
    lm = FakeLM()
    trace = generate(lm, "好きな", 6, Sampling(seed=3), candidates=4)
    is_known = chosen in [candidate.token.id for candidate in trace.steps[4].candidates]
    lm.passes.clear()
    fork = generate(lm, trace.fork(4, chosen), 3, Sampling(seed=3), candidates=4)
    assert lm.passes == [1 if is_known else 2, 1, 1]
    afresh = generate(FakeLM(), trace.fork(4, chosen), 3, Sampling(seed=3), candidates=4)
    assert fork.ids == afresh.ids and fork.steps[5:] == afresh.steps[5:]
    assert fork.steps[4].chosen == afresh.steps[4].chosen


def test_a_fork_by_several_tokens_and_by_none() -> None:
    trace = generate(FakeLM(), "好きな", 6, Sampling(seed=3))
    typed = generate(FakeLM(), trace.fork(3, [4, 4, 8]), 1, Sampling(seed=3))
    assert typed.ids[:7] == (*trace.ids[:4], 4, 4, 8)
    assert [step.given for step in typed.steps[3:]] == [True, True, True, False]
    for at, step in enumerate(typed.steps):
        assert step.chosen.logprob == pytest.approx(logprobs_of(typed.ids[: at + 1])[typed.ids[at + 1]], abs=1e-5)
    redrawn = generate(FakeLM(), trace.fork(3, ()), 3, Sampling(seed=3))
    assert redrawn.ids == trace.ids[: len(redrawn.ids)], "the same seed at the same place draws the same"


def test_a_fork_behind_the_end_and_at_the_beginning() -> None:
    trace = generate(FakeLM(), "好きな", 2, GREEDY)
    assert generate(FakeLM(), trace.fork(len(trace.steps), 4), 0).ids == (*trace.ids, 4)
    assert generate(FakeLM(), trace.fork(0, 4), 0).ids == (BOS, 4)


def test_a_fork_from_half_a_character() -> None:
    """Text could not say this: the first half of 葡, then another token than its second."""
    trace = score(FakeLM(), "好き葡")
    assert trace.ids[-2:] == (FIRST_HALF, SECOND_HALF)
    broken = generate(FakeLM(), trace.fork(2, 5), 0)
    assert broken.ids == (BOS, 2, FIRST_HALF, 5) and broken.tokens[-2].label == "‹E8 91›"
    whole = generate(FakeLM(), broken.fork(2, SECOND_HALF), 0)
    assert whole.text == "好き葡" and whole.tokens[-1].label == "‹A1›葡"


def test_candidates_after_half_a_character_show_what_they_complete() -> None:
    labels = {c.token.id: c.token.label for c in score(FakeLM(), "葡").steps[1].candidates}
    assert labels[SECOND_HALF] == "‹A1›葡" and labels[2] == "好き" and labels[EOS] == "</s>"


def test_an_end_of_text_that_a_person_chose_ends_the_text() -> None:
    trace = generate(FakeLM(), "好きな", 3, GREEDY)
    lm = FakeLM()
    ended = generate(lm, trace.fork(3, EOS), 5, GREEDY)
    assert ended.end == "end_of_text" and ended.ids == (*trace.ids[:4], EOS) and ended.steps[-1].given


@pytest.mark.parametrize("change", [{"model": "other"}, {"revision": "2"}], ids=["model", "revision"])
def test_a_fork_of_another_model_is_refused(change: dict[str, str]) -> None:
    trace = generate(FakeLM(), "好き", 2, GREEDY)
    other = FakeLM()
    for name, value in change.items():
        setattr(other, name, value)
    with pytest.raises(InvalidFork, match="fake"):
        generate(other, trace.fork(1, 4), 1)


def test_a_fork_of_a_trace_without_context_is_refused() -> None:
    trace = generate(FakeLM(), "好きな", 2, GREEDY)
    bare = Trace(trace.model, trace.revision, trace.vocab_size, (), trace.steps, trace.sampling, trace.end)
    with pytest.raises(InvalidFork):
        generate(FakeLM(), bare.fork(2, 4), 1)


def test_a_growing_trace_looks_at_its_new_steps_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    check = Trace.check_steps

    def counting(trace: Trace, first: int) -> None:
        looked_at.append(len(trace.steps) - first)
        check(trace, first)

    monkeypatch.setattr(Trace, "check_steps", counting)
    *_, trace = stream(FakeLM(context_length=None), "好きな", 50, Sampling(temperature=0.5, seed=1))
    assert looked_at[1:] == [1] * (len(looked_at) - 1) and sum(looked_at) == len(trace.steps)
