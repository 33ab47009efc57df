"""A real completions server (llama.cpp's, by llama-cpp-python) against the same weights in this process.

Such a server begins a text by itself, so its traces have no row for the first token; everything else is compared field
by field. Tolerances are what a float32 cache leaves.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import PreTrainedTokenizerFast

from model_utils import (
    LM,
    Sampling,
    Step,
    Trace,
    beam,
    candidates_to_csv,
    generate,
    load,
    score,
    score_many,
    stream,
    to_csv,
)
from model_utils.decoding.answers import answer_probabilities, read_answers
from model_utils.errors import EmptyPrompt, OnlyLikeliest, OtherTokens, PromptTooLong, ServerRefuses, TokenizerMissing

from ...fakes import byte_level_bpe
from ...served import Served

GREEDY = Sampling(temperature=0.0)
NATS = 2e-4
PROMPTS = ["I would like a cup of", "好きな果物は", "Good morning! How are", "1, 2, 3,", "Tom said: “I"]
TEXTS = ["好きな果物はぶどうです。", "好きな果物はたんすです。", "The cat sat on the mat.", "a b c d. E!"]


def assert_equal(one: Step, other: Step) -> None:
    """All that the server tells equals the local step's; what it does not tell is missing."""
    assert one.chosen.token == other.chosen.token
    assert one.given == other.given
    assert one.chosen.logprob == pytest.approx(other.chosen.logprob, abs=NATS)
    assert one.chosen.rank in (other.chosen.rank, None)
    if one.chosen.rank is None:
        assert other.chosen.rank and other.chosen.rank > len(one.candidates)
    known = {candidate.token: candidate.logprob for candidate in other.candidates}
    for candidate, there in zip(one.candidates, other.candidates, strict=False):
        assert candidate.logprob == pytest.approx(there.logprob, abs=NATS)
        if candidate.token != there.token:  # two of nearly the same logprob
            assert known.get(candidate.token, there.logprob) == pytest.approx(there.logprob, abs=NATS)
    assert one.entropy is None and one.tail is None


def assert_traces_are_equal(one: Trace, other: Trace) -> None:
    assert one.text == other.text
    assert one.ids == other.ids[1:]
    assert (one.end, one.vocab_size) == (other.end, other.vocab_size)
    for mine, theirs in zip(one.steps, other.steps[1:], strict=True):
        assert_equal(mine, theirs)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_a_greedy_continuation_is_the_local_one(remote: LM, local: LM, prompt: str) -> None:
    one, other = (generate(lm, prompt, 16, GREEDY) for lm in (remote, local))
    assert_traces_are_equal(one, other)
    # A row ends early where a byte may stand behind one of its texts, which is rare.
    assert sum(len(step.candidates) == 50 for step in one.steps) > len(one.steps) / 2


@pytest.mark.parametrize("text", TEXTS)
def test_so_is_a_score_with_tokens_that_are_not_among_the_likeliest(remote: LM, local: LM, text: str) -> None:
    assert_traces_are_equal(score(remote, text), score(local, text))


def test_scores_of_several_texts_are_those_of_each(remote: LM) -> None:
    """To within rounding: the server reads on from what it has read before."""
    for one, other in zip(score_many(remote, TEXTS[:2]), (score(remote, text) for text in TEXTS[:2]), strict=True):
        assert one.ids == other.ids
        for mine, theirs in zip(one.steps, other.steps, strict=True):
            assert mine.chosen.logprob == pytest.approx(theirs.chosen.logprob, abs=NATS)


@pytest.mark.parametrize("sampling", [Sampling(top_k=20, seed=3), Sampling(temperature=0.7, min_p=0.05, seed=5)])
def test_the_sampler_draws_the_same_where_it_needs_no_more_than_is_told(
    remote: LM, local: LM, sampling: Sampling
) -> None:
    one = generate(remote, "I would like a cup of", 1, sampling)
    other = generate(local, "I would like a cup of", 1, sampling)
    # The place in the text decides the draw; the server's has one token less.
    assert one.steps[-1].cut == other.steps[-1].cut
    assert one.steps[-1].chosen.rank not in one.steps[-1].cut


@pytest.mark.parametrize(
    "sampling", [Sampling(), Sampling(top_p=0.99), Sampling(temperature=0.0, repetition_penalty=1.2)]
)
def test_settings_that_need_the_whole_row_get_a_sentence(remote: LM, sampling: Sampling) -> None:
    with pytest.raises(OnlyLikeliest, match="50 likeliest"):
        generate(remote, "I would like a cup of", 4, sampling)


def test_a_fork_goes_on_by_ids(remote: LM, local: LM) -> None:
    traces = [generate(lm, "The capital of", 6, GREEDY) for lm in (remote, local)]
    places = [len(trace.steps) - 3 for trace in traces]
    token = traces[1].steps[places[1]].candidates[5].token.id
    forks = [
        generate(lm, trace.fork(place, token), 5, GREEDY)
        for lm, trace, place in zip((remote, local), traces, places, strict=True)
    ]
    assert_traces_are_equal(*forks)


def test_so_do_beams(remote: LM, local: LM) -> None:
    one, other = (beam(lm, "I would like a cup of", 3, 6) for lm in (remote, local))
    assert [sequence.ids for sequence in one.sequences] == [sequence.ids for sequence in other.sequences]
    for mine, theirs in zip(one.sequences, other.sequences, strict=True):
        assert mine.score == pytest.approx(theirs.score, abs=NATS)


def test_answers_need_every_token_of_a_row(remote: LM) -> None:
    with pytest.raises(OnlyLikeliest):
        answer_probabilities(remote, "ペットに", read_answers("犬"))


def test_what_is_missing_stays_missing_in_files(remote: LM) -> None:
    trace = score(remote, "好きな果物はたんすです。")
    assert Trace.from_json(trace.to_json()) == trace
    assert any(step.chosen.rank is None for step in trace.steps)
    for row in to_csv(trace).splitlines()[2:]:
        assert row.endswith(",")  # the entropy
    assert len(candidates_to_csv(trace).splitlines()) > 100


def test_errors_are_sentences(remote: LM, llama: Served) -> None:
    with pytest.raises(EmptyPrompt):
        generate(remote, "", 1, GREEDY)
    with pytest.raises(PromptTooLong):
        generate(remote, "word " * 600, 1, GREEDY)
    with pytest.raises(OtherTokens):  # half of a character cannot be said in a text
        half = next(id_ for id_ in range(remote.vocab_size) if remote.vocabulary.spell(id_) == "か".encode()[:1])
        generate(remote, [*remote.encode("猫"), half], 1, GREEDY)
    with pytest.raises(ServerRefuses, match="no model large; those it has: small"):
        load(f"openai:{llama.url}v1#large?tokenizer=small")


def test_another_tokenizer_is_found_out(llama: Served, tmp_path: Path) -> None:
    PreTrainedTokenizerFast(tokenizer_object=byte_level_bpe(), eos_token="</s>").save_pretrained(tmp_path)
    with pytest.raises(OtherTokens):
        load(f"openai:{llama.url}v1#small?tokenizer={tmp_path}")
    with pytest.raises(TokenizerMissing):
        load(f"openai:{llama.url}v1#small?tokenizer={tmp_path / 'nothing'}")


def test_a_killed_server_takes_no_text_along(llama: Served, remote: LM, local: LM) -> None:
    expected = generate(local, "Once upon a time, there was a", 24, GREEDY)
    seen: list[Trace] = []
    for trace in stream(remote, "Once upon a time, there was a", 24, GREEDY):
        seen.append(trace)
        if len(seen) == 3:
            llama.kill()
            llama.start()
    assert len(seen) > 3
    assert_traces_are_equal(seen[-1], expected)
