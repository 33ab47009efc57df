"""What vLLM tells, read exactly; and what no server should answer, refused in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedTokenizerFast

from model_utils import LM, Sampling, beam, generate, load, patience, score
from model_utils.errors import (
    OnlyLikeliest,
    ServerGarbled,
    ServerKeyMissing,
    ServerRefuses,
    ServerUnreachable,
    TsuzukiError,
)

from ..fakes import byte_level_bpe
from .vllm import MOST_LOGPROBS, logprobs_after, vllm

GREEDY = Sampling(temperature=0.0)
TEXT = "Hello 猫!"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer")
    PreTrainedTokenizerFast(tokenizer_object=byte_level_bpe(), eos_token="</s>").save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def size(tokenizer: Path) -> int:
    return len(PreTrainedTokenizerFast.from_pretrained(tokenizer))


def loaded(address: str, tokenizer: Path) -> LM:
    return load(f"openai:{address}#?tokenizer={tokenizer}")


def test_a_text_is_read_in_one_request_with_prices_and_ranks(tokenizer: Path, size: int) -> None:
    asked: list[dict[str, Any]] = []
    with vllm(size, 1, lambda answer: asked.append(answer) or answer) as address:
        lm = loaded(address, tokenizer)
        assert (lm.model, lm.context_length, lm.vocab_size) == ("known", 64, size)
        asked.clear()
        trace = score(lm, TEXT)
    # The second is for the last token, which is not among the likeliest of its row.
    assert len(asked) == 1 + (trace.steps[-1].chosen.rank is None)
    for place, step in enumerate(trace.steps, start=1):
        row = logprobs_after(trace.ids[:place], size)
        order = (-row).argsort().tolist()
        rank = order.index(trace.ids[place]) + 1
        assert step.chosen.rank == (rank if rank <= MOST_LOGPROBS else None)
        assert step.chosen.logprob == pytest.approx(row[trace.ids[place]], abs=1e-6)
        assert [candidate.token.id for candidate in step.candidates] == order[:MOST_LOGPROBS]
        assert [candidate.logprob for candidate in step.candidates] == pytest.approx(
            row[order[:MOST_LOGPROBS]], abs=1e-6
        )


def test_a_continuation_and_a_search_follow_the_rows(tokenizer: Path, size: int) -> None:
    with vllm(size, 1) as address:
        lm = loaded(address, tokenizer)
        trace = generate(lm, TEXT, 6, GREEDY)
        found = beam(lm, TEXT, 4, 4)
    given = sum(step.given for step in trace.steps)
    for place, step in enumerate(trace.steps, start=1):
        row = logprobs_after(trace.ids[:place], size)
        if place > given:
            assert step.chosen.token.id == row.argmax()
    best = found.sequences[0]
    prompt = list(found.ids[: len(found.ids) - len(best.ids)])
    total = sum(logprobs_after([*prompt, *best.ids[:at]], size)[token_id] for at, token_id in enumerate(best.ids))
    assert best.logprob == pytest.approx(total, abs=1e-5)
    with pytest.raises(OnlyLikeliest), vllm(size, 1) as address:
        beam(loaded(address, tokenizer), TEXT, 11, 4)


def test_a_server_whose_prices_feel_a_bias_is_never_asked_for_one(tokenizer: Path, size: int) -> None:
    with vllm(size, 1, processed=True) as address:
        lm = loaded(address, tokenizer)
        trace = generate(lm, TEXT, 6, GREEDY)
        for place, step in enumerate(trace.steps, start=1):
            row = logprobs_after(trace.ids[:place], size)
            assert step.chosen.logprob == pytest.approx(row[trace.ids[place]], abs=1e-6)
            assert step.candidates[0].logprob == pytest.approx(row.max(), abs=1e-6)
        unlikely = int(logprobs_after(trace.ids, size).argmin())
        with pytest.raises(OnlyLikeliest):
            score(lm, [*trace.ids, unlikely])


def first(answer: dict[str, Any]) -> dict[str, Any]:
    choice: dict[str, Any] = answer["choices"][0]
    return choice


def spoiled(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def spoil(answer: dict[str, Any]) -> dict[str, Any]:
        change(first(answer))
        return answer

    return spoil


def with_top(value: object) -> Callable[[dict[str, Any]], object]:
    return lambda choice: choice["logprobs"]["top_logprobs"][0].update({"token_id:7": value})


GARBAGE: dict[str, Any] = {
    "no JSON": lambda answer: b"<html>gateway</html>",
    "nothing": lambda answer: b"",
    "another shape": lambda answer: b'{"choices": "none"}',
    "no choice": lambda answer: {**answer, "choices": []},
    "null": lambda answer: b"null",
    "NaN": spoiled(with_top(math.nan)),
    "infinite": spoiled(with_top(-math.inf)),
    "no number": spoiled(with_top("likely")),
    "null as a number": spoiled(with_top(None)),
    "above 1": spoiled(with_top(0.7)),
    "more than 1 together": spoiled(with_top(-1e-9)),
    "rows of another kind": spoiled(lambda choice: choice["logprobs"].update({"top_logprobs": [[1, 2]]})),
}


@pytest.mark.parametrize("spoil", GARBAGE.values(), ids=GARBAGE.keys())
def test_no_number_of_a_garbled_answer_is_shown(tokenizer: Path, size: int, spoil: Any) -> None:
    with vllm(size, 1, spoil) as address, pytest.raises(ServerGarbled, match="None of it is shown"):
        loaded(address, tokenizer)


@pytest.mark.parametrize("spoil", [spoiled(lambda choice: choice.update({"logprobs": None})), lambda answer: 404])
def test_a_server_without_logprobs_is_refused(tokenizer: Path, size: int, spoil: Any) -> None:
    with vllm(size, 1, spoil) as address, pytest.raises(ServerRefuses):
        loaded(address, tokenizer)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/v1", "no address", "http://[/v1"])
def test_a_server_that_is_not_there_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tokenizer: Path, address: str
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(TsuzukiError):
        loaded(address, tokenizer)


def test_the_key_is_in_no_error(monkeypatch: pytest.MonkeyPatch, tokenizer: Path, size: int) -> None:
    monkeypatch.setenv("TSUZUKI_SERVER_KEY", "secret-key")

    def refuse(answer: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("No such thing for secret-key here")

    with vllm(size, 1, refuse) as address, pytest.raises(ServerRefuses) as caught:
        loaded(address, tokenizer)
    assert "secret" not in str(caught.value)
    with vllm(size, 1, lambda answer: 401) as address, pytest.raises(ServerKeyMissing) as wrong:
        loaded(address, tokenizer)
    assert "TSUZUKI_SERVER_KEY" in str(wrong.value) and "secret" not in str(wrong.value)


def test_a_busy_server_is_asked_again(tokenizer: Path, size: int) -> None:
    answers = iter([429, 429])
    with vllm(size, 1, lambda answer: next(answers, answer)) as address:
        assert loaded(address, tokenizer).model == "known"


def test_a_server_that_stays_away_is_given_up(monkeypatch: pytest.MonkeyPatch, tokenizer: Path, size: int) -> None:
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.5)
    with vllm(size, 1) as address:
        lm = loaded(address, tokenizer)
    with pytest.raises(ServerUnreachable):
        score(lm, TEXT)
