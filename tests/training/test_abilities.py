"""What is right is what greedy decoding writes, and weights that fall short are refused."""

import json
import math
import random
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

from model_utils.training.errors import BarError
from model_utils.training.learning.model import Shape, build_model
from model_utils.training.lecture import made
from model_utils.training.lecture.forms.wordings import Probe
from model_utils.training.lecture.knowledge import places
from model_utils.training.measuring import abilities
from model_utils.training.measuring.abilities import answered, written
from model_utils.training.steps import bars, publish
from model_utils.training.steps.recipe import Recipe
from model_utils.training.text.tokenizer import wrap_tokenizer

SHAPE = Shape(hidden=32, layers=2, heads=2, intermediate=48, context=64)
PROMPTS = ["The cat", "A dog saw the", "猫が", "the mat. " * 3, "In 1999"]


@pytest.fixture
def model(tokenizer: Tokenizer) -> LlamaForCausalLM:
    torch.manual_seed(3)
    return build_model(SHAPE, tokenizer.get_vocab_size(), 0).eval()


@pytest.fixture
def wrapped(tokenizer: Tokenizer) -> PreTrainedTokenizerBase:
    return wrap_tokenizer(tokenizer, SHAPE.context)


def asked(prompt: str, answer: str) -> Probe:
    return Probe("facts", "en", "seen", prompt, answer)


def greedy(model: LlamaForCausalLM, wrapped: PreTrainedTokenizerBase, prompt: str, tokens: int) -> list[int]:
    """The ids of greedy decoding without cache, batch or padding."""
    ids = list(wrapped(prompt)["input_ids"])
    for _ in range(tokens):
        ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
    return ids[-tokens:]


def test_an_answer_is_right_if_greedy_decoding_writes_it(
    model: LlamaForCausalLM, wrapped: PreTrainedTokenizerBase
) -> None:
    probes, expected = [], []
    for prompt in PROMPTS:
        ids = greedy(model, wrapped, prompt, 3)
        for text in (wrapped.decode(ids[:2]), " the", "x"):
            again = wrapped(text, add_special_tokens=False)["input_ids"]
            after = greedy(model, wrapped, prompt, len(again) + 1)
            goes_on = wrapped.convert_ids_to_tokens(after[-1])[:1]
            whole = not (text[-1].isascii() and text[-1].isalnum() and goes_on.isascii() and goes_on.isalnum())
            probes.append(asked(prompt, text))
            expected.append(after[:-1] == again and whole)
    assert [one.right for one in answered(model, wrapped, probes)] == expected


def test_the_probability_of_an_answer_is_the_product_over_its_tokens(
    model: LlamaForCausalLM, wrapped: PreTrainedTokenizerBase
) -> None:
    (found,) = answered(model, wrapped, [asked("The cat", " sat on")])
    ids = wrapped("The cat sat on")["input_ids"]
    given = len(wrapped("The cat")["input_ids"])
    logprobs = model(torch.tensor([ids])).logits[0].log_softmax(-1).detach()
    expected = sum(float(logprobs[place - 1, ids[place]]) for place in range(given, len(ids)))
    assert found.probability == pytest.approx(math.exp(expected), rel=1e-4)


def test_prompts_of_different_lengths_go_on_together_as_they_do_alone(
    model: LlamaForCausalLM, wrapped: PreTrainedTokenizerBase
) -> None:
    for prompt, text in zip(PROMPTS, written(model, wrapped, PROMPTS, 4), strict=True):
        ids = greedy(model, wrapped, prompt, 4)
        kept = ids[: ids.index(0)] if 0 in ids else ids
        assert text == wrapped.decode(kept, skip_special_tokens=True)


def test_the_result_of_steps_is_the_number_that_is_named_as_the_answer() -> None:
    text = " 3 + 4 = 7. 7 + 5 = 12. The answer is 12.\n3 + 1"
    assert abilities._total(text, "three terms by steps") == 12
    assert abilities._total("3 + 4 = 7。答えは7です。", "three terms by steps") == 7
    assert abilities._total("3 + 4 = 7.", "three terms by steps") is None
    assert abilities._total(" 12\nQ: 3", "three terms at once") == 12


def row(ability: str, kind: str, accuracy: float, count: int = 10) -> dict[str, object]:
    return {"ability": ability, "language": "en", "kind": kind, "accuracy": accuracy, "count": count}


def test_bars_name_what_is_missing() -> None:
    good = [row("capitals", "seen", 0.96), row("capitals", "new", 0.0), row("three terms at once", "new", 0.4)]
    assert bars.of_abilities(good) == []
    bad = [row("capitals", "seen", 0.94), row("three terms at once", "new", 0.6)]
    assert bars.of_abilities(bad) == [
        "capitals (en, seen): 94% right, at least 95% wanted",
        "three terms at once (en, new): 60% right, at most 50% wanted",
    ]
    gain = [row("by example", "seen", 0.7, 30), row("by example", "seen", 0.1, 10), row("without example", "seen", 0.3)]
    assert bars.of_abilities(gain) == ["four examples add 25% to what is right, at least 40% wanted"]
    assert bars.of_text({"a": 1.02, "b": 1.03, "c": 9.0}, {"a": 1.0, "b": 1.0, "d": 1.0}) == [
        "b: 1.030 bits per byte, 1.000 published, at most 102% of that wanted"
    ]
    assert bars.of_grammar({"en": 0.70, "ja": 0.99}) == bars.of_grammar({}) == []
    assert bars.of_grammar({"en": 0.71, "ja": 0.97}) == ["minimal pairs (ja): 97.0% right, at least 98% wanted"]
    assert bars.of_example([-9.0, -12.0], ["何", "みかん"]) == []
    odd, none = bars.of_example([-12.0, -9.0], ["何", "です"])
    assert "more probable" in odd and "none of ぶどう" in none


def test_only_the_best_known_countries_are_asked_about() -> None:
    known = {row["city"] for row in places.countries()["en"][: places.BEST_KNOWN]}
    asked = [one for one in made.probes() if (one.ability, one.language) == ("capitals", "en")]
    cities = [row["city"] for row in places.countries()["en"]]
    about = {
        kind: {c for c in cities for one in asked if one.kind == kind and c in one.prompt + one.answer}
        for kind in ("seen", "reworded", "new")
    }
    assert about["seen"] <= known and about["reworded"] <= known and not about["new"] & known


def test_weights_that_fail_a_bar_are_published_only_anyway(
    tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def newest(recipe: Recipe, out: Path, evaluation: Path | None) -> None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "model.safetensors").write_text(recipe.work.name, encoding="utf-8")

    monkeypatch.setattr(publish, "make_candidate", newest)
    monkeypatch.setattr(publish, "failed", lambda candidate, folder, evaluation: ["sums (en, new): 3% right"])
    plan, out = Recipe(tmp_path, tmp_path / "data", tmp_path / "run", SHAPE), tmp_path / "models" / bars.BARRED
    with pytest.raises(BarError, match=r"not published.*--anyway.*\n- sums \(en, new\): 3% right"):
        publish.publish(plan, out)
    assert not out.exists()
    assert (plan.work / publish.CANDIDATE / "model.safetensors").exists()
    publish.publish(plan, out, anyway=True)
    assert (out / "model.safetensors").read_text(encoding="utf-8") == "run"
    assert "sums (en, new)" in capsys.readouterr().err
    early = plan.work / "model.step8.safetensors"
    early.write_text("early", encoding="utf-8")
    nano = tmp_path / "models" / "nano"
    publish.publish(plan, nano)
    assert (nano / "model.safetensors").exists() and not (nano / early.name).exists()
    # Where weights of early steps are published, they follow.
    (nano / early.name).write_text("of another run", encoding="utf-8")
    publish.publish(plan, nano)
    assert (nano / early.name).read_text(encoding="utf-8") == "early"


def test_the_published_bits_are_read_from_the_evaluation(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.json"
    assert bars.published_bits(path, "small") == {}
    path.write_text(json.dumps({"models": {"small": {"bits_per_byte": {"a": 1.5}}}}), encoding="utf-8")
    assert bars.published_bits(path, "small") == {"a": 1.5}
    assert bars.published_bits(path, "nano") == {}
    later = {"bits_per_byte": {"a": 1.52}, "held_to": {"a": 1.5}}
    path.write_text(json.dumps({"models": {"small": later}}), encoding="utf-8")
    assert bars.published_bits(path, "small") == {"a": 1.5}


def test_questions_of_a_seed_are_always_the_same() -> None:
    from model_utils.training.lecture import made

    assert made.probes() == made.probes()
    state = random.getstate()
    made.probes(3)
    assert random.getstate() == state
