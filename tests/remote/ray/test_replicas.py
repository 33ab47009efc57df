"""A model on two workers of a real Ray cluster: every number as here, to the last bit, also when a worker is killed."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import psutil
import pytest
from websockets.sync.client import connect

from model_utils import LM, Sampling, Trace, beam, generate, load, score, score_many, stream
from model_utils.decoding.answers import answer_probabilities, read_answers
from model_utils.errors import (
    InvalidMessage,
    InvalidText,
    NoChatTemplate,
    PromptTooLong,
    ServerUnreachable,
    UnknownToken,
)
from model_utils.remote import retry
from model_utils.remote.ray.messages import LARGEST_ASKED, Advance, Answer, Begin, Keep, Read, pack, unpack

from ...served import Served, serve_replicas

PROMPTS = ["好きな果物は", "I would like a cup of", "", "🍇 <b>"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Served]:
    served = serve_replicas(2)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def remote(cluster: Served) -> LM:
    return load(f"ray:{cluster.url}")


@pytest.fixture(scope="module")
def local() -> LM:
    return load("small")


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("sampling", [Sampling(temperature=0.0), Sampling(temperature=0.8, top_p=0.9, seed=7)])
def test_a_continuation_is_the_same_to_the_last_bit(remote: LM, local: LM, prompt: str, sampling: Sampling) -> None:
    assert generate(remote, prompt, 12, sampling) == generate(local, prompt, 12, sampling)


def test_so_is_a_score_alone_and_among_others(remote: LM, local: LM) -> None:
    texts = ["好きな果物はぶどうです。", "好きな果物はたんすです。", "The cat sat on the mat."]
    assert score(remote, texts[0]) == score(local, texts[0])
    assert score_many(remote, texts) == score_many(local, texts)


def test_so_are_forks_that_begin_with_what_a_worker_remembers(remote: LM, local: LM) -> None:
    traces = [generate(lm, "The capital of", 8, Sampling(temperature=0.0)) for lm in (remote, local)]
    forks = [
        generate(lm, trace.fork(4, 17), 6, Sampling(seed=3)) for lm, trace in zip((remote, local), traces, strict=True)
    ]
    assert forks[0] == forks[1]


def test_so_are_beams_and_answers(remote: LM, local: LM) -> None:
    assert beam(remote, "猫が", 4, 8) == beam(local, "猫が", 4, 8)
    answers = read_answers("犬 / いぬ\n猫")
    assert answer_probabilities(remote, "ペットに", answers) == answer_probabilities(local, "ペットに", answers)


def test_errors_are_those_of_the_model(remote: LM) -> None:
    with pytest.raises(InvalidText):
        generate(remote, "\ud800", 1)
    with pytest.raises(PromptTooLong):
        generate(remote, "word " * 600, 1)
    with pytest.raises(NoChatTemplate):
        remote.encode_chat("Hello")


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("logits", pack([[1, 10**9]]), UnknownToken),
        ("logits", pack([]), InvalidMessage),
        ("logits", b"\x91" * 100_000, InvalidMessage),
        ("logits", bytes(LARGEST_ASKED + 1), InvalidMessage),
        ("encode", pack({"text": "x", "how": "eval"}), InvalidMessage),
        ("encode", bytes(LARGEST_ASKED + 1), InvalidMessage),
    ],
    ids=lambda value: value[:9] if isinstance(value, bytes) else "",
)
def test_a_worker_answers_what_no_client_sends(cluster: Served, path: str, body: bytes, error: type[Exception]) -> None:
    answer = httpx.post(f"{cluster.url}{path}", content=body, timeout=60)
    assert answer.status_code == 400
    with pytest.raises(error):
        unpack(answer.content, Answer).result()


def test_so_it_does_of_a_text(cluster: Served, remote: LM, local: LM) -> None:
    with connect(f"{cluster.url.replace('http', 'ws', 1)}text", proxy=None, legacy=True) as socket:
        for message in (pack(Read([1])), pack(Keep()), "words", b"", pack(Begin([10**9])), pack(Advance([0], [1]))):
            socket.send(message)
            with pytest.raises((InvalidMessage, UnknownToken)):
                unpack(socket.recv(60, decode=False), Answer).result()
        socket.send(pack(Begin([])))
        assert unpack(socket.recv(60, decode=False), Answer).result().number == 0
    assert generate(remote, "猫が", 3) == generate(local, "猫が", 3)


def workers() -> list[psutil.Process]:
    found = psutil.process_iter(["cmdline"])
    return [one for one in found if any("ServeReplica" in word for word in one.info["cmdline"] or [])]


def test_a_killed_worker_takes_no_text_along(remote: LM, local: LM) -> None:
    expected = generate(local, "Once upon a time", 40, Sampling(temperature=0.7, seed=5))
    seen: list[Trace] = []
    for trace in stream(remote, "Once upon a time", 40, Sampling(temperature=0.7, seed=5)):
        seen.append(trace)
        if len(seen) in (3, 7):
            for worker in workers():
                worker.kill()
    assert seen[-1] == expected and len(seen) > 7


def test_a_server_that_is_not_there_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(ServerUnreachable, match=r"127\.0\.0\.1:9"):
        load("ray:http://127.0.0.1:9")
