"""What vLLM tells, read exactly; and what no server should answer, refused in a sentence."""

from __future__ import annotations

import gzip
import json
import math
import random
from collections.abc import Callable
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedTokenizerFast

from model_utils import LM, Sampling, beam, generate, load, score
from model_utils.errors import (
    OnlyLikeliest,
    ServerGarbled,
    ServerKeyMissing,
    ServerRefuses,
    ServerUnreachable,
    SpacesLost,
    TsuzukiError,
)
from model_utils.remote import retry

from ...fakes import byte_level_bpe
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


def ending_after(size: int, end_id: int, length: int = 2) -> list[int]:
    """Ids after which the end of text is the likeliest token."""
    pairs = product(range(2, size), repeat=length)
    return next(list(ids) for ids in pairs if logprobs_after(list(ids), size).argmax() == end_id)


def test_a_row_is_read_as_it_says_and_not_as_it_stands(tokenizer: Path, size: int) -> None:
    """The token that came is listed first: another one than the likeliest where ends of text are kept from coming."""
    ids = ending_after(size, 1)
    with vllm(size, 1) as address:
        lm = loaded(address, tokenizer)
        for trace in (generate(lm, ids, 3, GREEDY), generate(lm, [*ids, 1], 0, GREEDY), score(lm, [*ids, 1])):
            step, order = trace.steps[1], (-logprobs_after(ids, size)).argsort()[:MOST_LOGPROBS].tolist()
            assert step.chosen == step.candidates[0] and step.chosen.token.id == 1
            assert [candidate.token.id for candidate in step.candidates] == order


def shuffled(seed: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """All rows of an answer, their tokens in any order."""

    def spoil(answer: dict[str, Any]) -> dict[str, Any]:
        choice = first(answer)
        draw = random.Random(seed)

        def mixed(row: dict[str, Any] | None) -> dict[str, Any] | None:
            return row and dict(draw.sample(list(row.items()), len(row)))

        choice["logprobs"]["top_logprobs"] = list(map(mixed, choice["logprobs"]["top_logprobs"]))
        if "prompt_logprobs" in choice:
            choice["prompt_logprobs"] = list(map(mixed, choice["prompt_logprobs"]))
        return answer

    return spoil


@pytest.mark.parametrize("seed", range(3))
def test_so_is_one_in_any_order(tokenizer: Path, size: int, seed: int) -> None:
    with vllm(size, 1) as one, vllm(size, 1, shuffled(seed)) as other:
        lm, mixed = loaded(one, tokenizer), loaded(other, tokenizer)
        assert score(mixed, TEXT) == score(lm, TEXT)
        assert generate(mixed, TEXT, 4, GREEDY) == generate(lm, TEXT, 4, GREEDY)
        assert beam(mixed, TEXT, 3, 3) == beam(lm, TEXT, 3, 3)


def without_ranks(answer: dict[str, Any]) -> dict[str, Any]:
    for row in first(answer).get("prompt_logprobs") or []:
        for told in (row or {}).values():
            told["rank"] = None
    return answer


def test_a_row_without_ranks_keeps_the_token_that_came_out_of_the_likeliest(tokenizer: Path, size: int) -> None:
    """It is listed whatever its rank, and nothing says which one that is."""
    with vllm(size, 1) as one, vllm(size, 1, without_ranks) as other:
        expected, found = score(loaded(one, tokenizer), TEXT), score(loaded(other, tokenizer), TEXT)
    for step, known in zip(found.steps, expected.steps, strict=True):
        assert step.candidates == known.candidates[: len(step.candidates)]
        assert len(step.candidates) >= MOST_LOGPROBS - 1
        assert (step.chosen.token, step.chosen.logprob) == (known.chosen.token, known.chosen.logprob)


def test_of_tokens_that_are_level_the_lower_id_comes_first(tokenizer: Path, size: int) -> None:
    def level(answer: dict[str, Any]) -> dict[str, Any]:
        row = first(answer)["logprobs"]["top_logprobs"][0]
        for key in list(row)[3:7]:
            row[key] = row[list(row)[3]]
        return answer

    with vllm(size, 1, level) as address:
        step = generate(loaded(address, tokenizer), TEXT, 1, GREEDY).steps[-1]
    for before, after in pairwise(step.candidates):
        assert (-before.logprob, before.token.id) < (-after.logprob, after.token.id)


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


def put(*path: Any, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An answer with something else at this place."""

    def spoil(answer: dict[str, Any]) -> dict[str, Any]:
        holder: Any = answer
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = value
        return answer

    return spoil


def twice_in_text(answer: dict[str, Any]) -> bytes:
    """One token of a row named twice, as a dict cannot."""
    text = json.dumps(answer)
    key, value = next(iter(first(answer)["logprobs"]["top_logprobs"][0].items()))
    return text.replace('"top_logprobs": [{', f'"top_logprobs": [{{"{key}": {value - 1}, ').encode()


def as_content(*entries: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    told = {"id": 7, "logprob": -0.5, "top_logprobs": list(entries)}
    return put("choices", 0, "logprobs", value={"content": [told]})


CHOICE = ("choices", 0)
ROW = (*CHOICE, "logprobs")
GARBAGE: dict[str, Any] = {
    "nested without end": lambda answer: b"[" * 200_000,
    "nested in an object": lambda answer: b'{"choices":' * 200_000,
    "nested in a row": put(*ROW, "top_logprobs", value=json.loads("[" * 900 + "]" * 900)),
    "larger than its rows": put("more", value="x" * 2_000_000),
    "digits without end": lambda answer: b'{"choices": [' + b"9" * 1_000_000,
    "no Unicode": lambda answer: b'{"choices": "\xff\xfe"}',
    "half a character": put(*CHOICE, "text", value="\ud800"),
    "half an answer": lambda answer: json.dumps(answer)[:-40].encode(),
    "no text": put(*CHOICE, "text", value=None),
    "a text of another kind": put(*CHOICE, "text", value=["x"]),
    "choices as an object": put("choices", value={"0": {}}),
    "usage of another kind": put("usage", value=[1]),
    "tokens of the prompt below 0": put("usage", "prompt_tokens", value=-3),
    "tokens of the prompt in words": put("usage", "prompt_tokens", value="nine"),
    "a token that came of another kind": put(*ROW, "tokens", value=[7]),
    "no token that came": put(*ROW, "tokens", value=[]),
    "no price of the token that came": put(*ROW, "token_logprobs", value=[]),
    "a price that is null": put(*ROW, "token_logprobs", value=[None]),
    "a price that is huge": put(*ROW, "token_logprobs", value=[-(10**400)]),
    "a price that is true": put(*ROW, "token_logprobs", value=[True]),
    "two prices of the token that came": put(*ROW, "token_logprobs", value=[-30.0]),
    "a token that came likelier than the likeliest": put(
        *ROW, value={"tokens": ["token_id:3"], "token_logprobs": [-0.1], "top_logprobs": [{"token_id:4": -2.0}]}
    ),
    "a row that is null": put(*ROW, "top_logprobs", value=[None]),
    "a token twice in the text": twice_in_text,
    "one token by two names": spoiled(
        lambda choice: choice["logprobs"]["top_logprobs"][0].update({"token_id:007": -9.0, "token_id:7": -9.0})
    ),
    "a token beyond the vocabulary": spoiled(
        lambda choice: choice["logprobs"]["top_logprobs"][0].update({"token_id:99999": -9.0})
    ),
    "a row in llama.cpp's form with a token twice": as_content({"id": 7, "logprob": -0.5}, {"id": 7, "logprob": -2.0}),
    "one with an id below 0": as_content({"id": 7, "logprob": -0.5}, {"id": -1, "logprob": -2.0}),
    "one with half an id": as_content({"id": 7, "logprob": -0.5}, {"id": 1.5, "logprob": -2.0}),
    "one with an id in words": as_content({"id": 7, "logprob": -0.5}, {"id": "8", "logprob": -2.0}),
    "one without a price": as_content({"id": 7, "logprob": -0.5}, {"id": 8}),
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


PROMPT = (*CHOICE, "prompt_logprobs")
BROKEN_PROMPTS: dict[str, Callable[[list[Any]], object]] = {
    "a row less": lambda rows: rows.pop(),
    "a row more": lambda rows: rows.append(rows[-1]),
    "no row at all": lambda rows: rows.clear(),
    "a row that is missing": lambda rows: rows.__setitem__(2, None),
    "a row of another kind": lambda rows: rows.__setitem__(2, [1, 2]),
    "a row without its token": lambda rows: rows.__setitem__(2, {"3": {"logprob": -1.0, "rank": 1}}),
    "a token in words": lambda rows: rows[2].update({"seven": {"logprob": -9.0, "rank": 40}}),
    "a token beyond the vocabulary": lambda rows: rows[2].update({"99999": {"logprob": -30.0, "rank": 40}}),
    "a token below 0": lambda rows: rows[2].update({"-7": {"logprob": -30.0, "rank": 40}}),
    "a rank of 0": lambda rows: next(iter(rows[2].values())).update(rank=0),
    "a rank of another kind": lambda rows: next(iter(rows[2].values())).update(rank="first"),
    "ranks against the logprobs": lambda rows: [told.update(rank=1) for told in rows[2].values()],
    "a logprob above 0": lambda rows: next(iter(rows[2].values())).update(logprob=0.5),
    "no logprob": lambda rows: next(iter(rows[2].values())).pop("logprob"),
    "more than 1 together": lambda rows: [told.update(logprob=-0.01) for told in rows[2].values()],
}


@pytest.mark.parametrize("change", BROKEN_PROMPTS.values(), ids=BROKEN_PROMPTS)
def test_no_number_of_a_garbled_prompt_is_shown(
    tokenizer: Path, size: int, change: Callable[[list[Any]], object]
) -> None:
    is_spoiled = False

    def spoil(answer: dict[str, Any]) -> dict[str, Any]:
        rows = first(answer).get("prompt_logprobs")
        if is_spoiled and rows:
            change(rows)
        return answer

    with vllm(size, 1, spoil) as address:
        lm = loaded(address, tokenizer)
        is_spoiled = True
        with pytest.raises(ServerGarbled, match="None of it is shown"):
            score(lm, TEXT)


@pytest.mark.parametrize(
    "models",
    [
        b"[" * 200_000, b"{}", b'{"data": null}', b'{"data": [[]]}', b'{"data": [{"id": 7}]}', b'{"data": {"id": "x"}}',
        b'{"data": [{"id": "known", "max_model_len": "many"}]}', b'{"data": [{"id": "known", "max_model_len": -1}]}',
        b'{"data": [{"id": "' + b"x" * 2_000_000 + b'"}]}', b"",
    ],
    ids=lambda models: models[:40].decode(),
)  # fmt: skip
def test_what_a_server_says_of_its_models_is_checked(tokenizer: Path, size: int, models: bytes) -> None:
    with vllm(size, 1, models=models) as address, pytest.raises(ServerGarbled):
        loaded(address, tokenizer)


def test_a_packed_answer_is_not_unpacked(tokenizer: Path, size: int) -> None:
    """A small one may be made that unpacks to gigabytes."""
    bomb = gzip.compress(bytes(30_000_000))
    with vllm(size, 1, models=bomb, packing="gzip") as address, pytest.raises(ServerGarbled, match="packed"):
        loaded(address, tokenizer)


def test_a_refusal_without_end_is_not_read_to_its_end(tokenizer: Path, size: int) -> None:
    def refuse(answer: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("no " * 2_000_000)

    with vllm(size, 1, refuse) as address, pytest.raises(ServerGarbled, match="larger than"):
        loaded(address, tokenizer)


def named(change: Callable[[str], str], pieces: dict[int, str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Tokens by their texts, as servers do that do not know how to name ids."""

    def name(key: str) -> str:
        return change(pieces[int(key.removeprefix("token_id:"))])

    def spoil(answer: dict[str, Any]) -> dict[str, Any]:
        told = first(answer)["logprobs"]
        first(answer)["text"] = name(told["tokens"][0])
        told["tokens"] = list(map(name, told["tokens"]))
        told["top_logprobs"] = [{name(key): value for key, value in row.items()} for row in told["top_logprobs"]]
        return answer

    return spoil


@pytest.fixture(scope="module")
def pieces(tokenizer: Path, size: int) -> dict[int, str]:
    found = PreTrainedTokenizerFast.from_pretrained(tokenizer)
    return {token_id: found.decode([token_id]) for token_id in range(size)}


def test_tokens_by_their_texts_are_those_tokens(tokenizer: Path, size: int, pieces: dict[int, str]) -> None:
    """As far as it is certain which ones they are; each is then where its own row has it."""
    with vllm(size, 1, named(str, pieces)) as address:
        trace = score(loaded(address, tokenizer), "The cat sat on the mat")
    assert sum(len(step.candidates) for step in trace.steps) > 0
    for place, step in enumerate(trace.steps, start=1):
        order = (-logprobs_after(trace.ids[:place], size)).argsort()[: len(step.candidates)].tolist()
        assert [candidate.token.id for candidate in step.candidates] == order


@pytest.mark.parametrize("change", [str.lstrip, str.strip], ids=["before", "around"])
def test_tokens_without_their_spaces_are_refused_in_a_sentence_that_says_so(
    tokenizer: Path, size: int, pieces: dict[int, str], change: Callable[[str], str]
) -> None:
    with vllm(size, 1, named(change, pieces)) as address, pytest.raises(SpacesLost) as refused:
        generate(loaded(address, tokenizer), "The cat", 3, GREEDY)
    assert "without the spaces" in str(refused.value) and "temperature" not in str(refused.value)


@pytest.mark.parametrize("change", [str.upper, lambda text: f"<{text}>", lambda text: "\N{REPLACEMENT CHARACTER}"])
def test_a_likeliest_token_that_nobody_knows_is_named(
    tokenizer: Path, size: int, pieces: dict[int, str], change: Callable[[str], str]
) -> None:
    with vllm(size, 1, named(change, pieces)) as address, pytest.raises(TsuzukiError) as refused:
        generate(loaded(address, tokenizer), "The cat", 3, GREEDY)
    assert "temperature" not in str(refused.value)


@pytest.mark.parametrize("spoil", [spoiled(lambda choice: choice.update({"logprobs": None})), lambda answer: 404])
def test_a_server_without_logprobs_is_refused(tokenizer: Path, size: int, spoil: Any) -> None:
    with vllm(size, 1, spoil) as address, pytest.raises(ServerRefuses):
        loaded(address, tokenizer)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/v1", "no address", "http://[/v1"])
def test_a_server_that_is_not_there_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tokenizer: Path, address: str
) -> None:
    monkeypatch.setattr(retry, "PATIENCE_SECONDS", 0.5)
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
    monkeypatch.setattr(retry, "PATIENCE_SECONDS", 0.5)
    with vllm(size, 1) as address:
        lm = loaded(address, tokenizer)
    with pytest.raises(ServerUnreachable):
        score(lm, TEXT)
