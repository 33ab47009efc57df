"""Two models on one text: each in its own tokens, its template visible, and the checkpoints of a training in order."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from model_utils import load
from model_utils.catalog import DEFAULT, MODELS
from model_utils.decoding.comparison import checkpoints, curve, read_with, trained_in_sight
from model_utils.errors import ChatTemplateFailed, InvalidText, NoChatTemplate, PromptTooLong
from model_utils.trace.values import from_wire
from model_utils.views.learning import learning_to_wire
from tests.fakes import FakeLM

TEXT = "好きな果物は何ですか。"
INSTRUCT = f"{DEFAULT}-instruct"
NATS = 1e-4


@pytest.fixture(scope="module")
def instruct():
    return load(INSTRUCT)


def test_a_text_is_scored_and_nothing_is_added():
    trace = read_with(FakeLM(), "好きなx")
    assert trace.end == "given" and trace.text == "好きなx" and all(step.given for step in trace.steps)


def test_a_prompt_is_gone_on_with_greedily():
    trace = read_with(FakeLM(), "好きな", 3)
    assert [step.given for step in trace.steps] == [True, True, False, False, False]
    assert all(step.chosen.rank == 1 for step in trace.steps[2:])


def test_the_chat_template_is_that_of_the_tokenizer_and_its_tokens_are_there(instruct):
    tokenizer = AutoTokenizer.from_pretrained(MODELS / INSTRUCT)
    written = tokenizer.apply_chat_template(
        [{"role": "user", "content": TEXT}], add_generation_prompt=True, tokenize=False
    )
    trace = read_with(instruct, TEXT, as_chat=True)
    assert "".join(token.bytes.decode() for token in trace.tokens) == written and written != TEXT
    assert trace.text == TEXT and [token.text for token in trace.tokens if token.special][-1] == "<|assistant|>"
    network = AutoModelForCausalLM.from_pretrained(MODELS / INSTRUCT, dtype=torch.float32).eval()
    with torch.inference_mode():
        logits = network(torch.tensor([trace.ids])).logits[0, :-1].double()
    expected = torch.log_softmax(logits, -1).gather(1, torch.tensor(trace.ids[1:])[:, None]).sum().item()
    assert trace.logprob == pytest.approx(expected, abs=NATS)


def test_a_model_without_a_template_says_so():
    with pytest.raises(NoChatTemplate, match=DEFAULT):
        read_with(load(), TEXT, as_chat=True)


def test_a_template_that_refuses_says_why(instruct, monkeypatch):
    monkeypatch.setattr(instruct._encoder._tokenizer, "chat_template", "{{ raise_exception('no users here.') }}")
    with pytest.raises(ChatTemplateFailed, match="no users here"):
        read_with(instruct, TEXT, as_chat=True)
    with pytest.raises(InvalidText):
        read_with(instruct, "\ud800", as_chat=True)


def test_a_text_too_long_for_this_model_is_refused_by_it():
    with pytest.raises(PromptTooLong):
        read_with(FakeLM(context_length=3), "好きなxx", 5)


def test_the_checkpoints_are_in_order_and_the_curve_is_the_files():
    (model,) = trained_in_sight()
    found = checkpoints(model)
    assert len(found) >= 5 and found[0][1:] == (0, 0) and found[-1].name == model
    rows = [json.loads(line) for line in (MODELS / model / "training_curve.jsonl").read_text("utf-8").splitlines()]
    tokens_at = {row["step"]: row["tokens"] for row in rows}
    assert found[-1].step == rows[-1]["step"] and found[-1].tokens == rows[-1]["tokens"]
    for one, other in pairwise(found):
        assert (one.step, one.tokens) < (other.step, other.tokens)
    for checkpoint in found:
        nearest = min(tokens_at, key=lambda step: abs(step - checkpoint.step))
        if nearest == checkpoint.step:
            assert checkpoint.tokens == tokens_at[nearest]
    assert curve(model) == [(row["tokens"], row["loss"]) for row in rows if "loss" in row]


def test_a_text_is_learned():
    """At first every token is equally likely; in the end the text is far more likely than by chance."""
    (model,) = trained_in_sight()
    value = learning_to_wire(model, TEXT, load)
    traces = [from_wire(point["trace"]) for point in value["points"]]
    chance = -math.log(traces[0].vocab_size)
    assert traces[0].logprob / len(traces[0].steps) == pytest.approx(chance, rel=0.05)
    assert traces[-1].logprob > traces[0].logprob / 2
    assert [point["name"] for point in value["points"]] == [trace.model for trace in traces]
