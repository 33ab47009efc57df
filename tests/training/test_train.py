"""Training resumes where it stopped, learns, and leaves a model that anyone can load."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

from model_utils.training.adopt import adopt
from model_utils.training.checkpoint import load_checkpoint, snapshots
from model_utils.training.errors import CheckpointError, CorpusError
from model_utils.training.export import PUBLISHED_CURVE, PUBLISHED_RUN, RUN_NAME, export, export_snapshots
from model_utils.training.model import Shape, build_model
from model_utils.training.optimizer import WARMUP_STEPS, Settings, rate_factor
from model_utils.training.packing import Sequences, pack
from model_utils.training.recipe import Recipe, note_mixture, run_facts
from model_utils.training.train import CURVE_NAME, Budget, Progress, next_token_loss, train

SHAPE = Shape(hidden=32, layers=2, heads=2, intermediate=48, context=16)
LOG_STEPS = 20
STEPS = 2 * LOG_STEPS
BUDGET = Budget(STEPS, sequences_per_step=2, checkpoint_seconds=LOG_STEPS, probe_seconds=LOG_STEPS, log_steps=LOG_STEPS)


class PulledPlugError(Exception):
    """The power goes out."""


@pytest.fixture
def sequences(tokenizer: Tokenizer, tmp_path: Path) -> Sequences:
    path = tmp_path / "tokens.bin"
    pack(["The cat sat on the mat.", "犬は好きですか?"] * 20, tokenizer, path)
    return Sequences(path, SHAPE.context, seed=3)


def one_second_a_step(stop_after: int | None = None) -> Iterator[float]:
    second = 0
    while stop_after is None or second <= stop_after:
        yield float(second)
        second += 1
    raise PulledPlugError


def run(sequences: Sequences, tokenizer: Tokenizer, work: Path, stop_after: int | None = None) -> LlamaForCausalLM:
    work.mkdir(exist_ok=True)
    torch.manual_seed(0)
    model = build_model(SHAPE, tokenizer.get_vocab_size(), end_of_text=0)
    ticks = one_second_a_step(stop_after)
    train(model, sequences, BUDGET, work, lambda model: {"probe": 1.0}, next_token_loss, lambda: next(ticks))
    return model


def test_a_resumed_run_equals_an_uninterrupted_one(sequences: Sequences, tokenizer: Tokenizer, tmp_path: Path) -> None:
    whole = run(sequences, tokenizer, tmp_path / "whole")
    with pytest.raises(PulledPlugError):
        run(sequences, tokenizer, tmp_path / "cut", stop_after=LOG_STEPS + 7)
    resumed = run(sequences, tokenizer, tmp_path / "cut")
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name
    curves = [(tmp_path / folder / CURVE_NAME).read_text(encoding="utf-8") for folder in ("whole", "cut")]
    assert curves[0] == curves[1]


def test_a_run_whose_checkpoints_are_gone_goes_on_from_the_published_model(
    sequences: Sequences, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    work, published = tmp_path / "work", tmp_path / "published"
    model = run(sequences, tokenizer, work)
    first = {"from_step": 0, "weights": {"plain_en": 1.0}}
    (work / RUN_NAME).write_text(json.dumps({"mixtures": [first]}), encoding="utf-8")
    export(model, tokenizer, work, published)
    assert json.loads((published / PUBLISHED_RUN).read_text(encoding="utf-8")) == {"mixtures": [first]}
    plan = Recipe(tmp_path, tmp_path / "data", tmp_path / "again", SHAPE, vocabulary_size=tokenizer.get_vocab_size())
    adopt(plan, published)
    plan.mixture.write_text('{"plain_en": 3.0}', encoding="utf-8")
    for _ in range(2):
        note_mixture(plan)
    second = {"from_step": STEPS, "weights": {"plain_en": 3.0}}
    assert run_facts(plan.work)["mixtures"] == [first, second]
    state = load_checkpoint(plan.work)
    assert state is not None
    assert state["progress"]["step"] == state["progress"]["warm_from"] == STEPS
    for name, weight in model.state_dict().items():
        assert torch.equal(weight.bfloat16().float(), state["model"][name]), name
    ticks = one_second_a_step()
    longer = Budget(BUDGET.seconds + LOG_STEPS, sequences_per_step=BUDGET.sequences_per_step)
    assert train(model, sequences, longer, plan.work, lambda _: {}, next_token_loss, lambda: next(ticks)).step > STEPS
    before = (work / CURVE_NAME).read_text(encoding="utf-8")
    assert (plan.work / CURVE_NAME).read_text(encoding="utf-8").startswith(before)
    with pytest.raises(CheckpointError, match="no published model"):
        adopt(dataclasses.replace(plan, work=tmp_path / "third"), tmp_path)


def test_the_curve_shows_that_it_learns(sequences: Sequences, tokenizer: Tokenizer, tmp_path: Path) -> None:
    run(sequences, tokenizer, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / CURVE_NAME).read_text(encoding="utf-8").splitlines()]
    losses = [row["loss"] for row in rows if "loss" in row]
    assert len(losses) == 2
    assert losses[1] < losses[0]
    assert rows[-1]["probe"] == 1.0
    assert Progress(**{key: rows[-1][key] for key in ("step", "position", "tokens", "seconds")}) == Progress(
        STEPS, 2 * STEPS, 2 * STEPS * SHAPE.context, float(STEPS)
    )


def test_the_loss_is_the_one_of_transformers(sequences: Sequences, tokenizer: Tokenizer) -> None:
    model = build_model(SHAPE, tokenizer.get_vocab_size(), end_of_text=0)
    batch = sequences.batch(0, 3)
    assert torch.allclose(next_token_loss(model, batch), model(input_ids=batch, labels=batch).loss, atol=1e-5)


def test_the_rate_warms_up_stays_and_decays_to_nothing() -> None:
    assert rate_factor(0, 0.0, 0.4) == 1 / WARMUP_STEPS
    assert rate_factor(WARMUP_STEPS, 0.59, 0.4) == 1.0
    assert rate_factor(10_000, 0.8, 0.4) == pytest.approx(0.5)
    assert rate_factor(10_000, 1.2, 0.4) == 0.0


def test_sequences_are_whole_once_the_rate_falls(sequences: Sequences, tokenizer: Tokenizer, tmp_path: Path) -> None:
    shapes = []

    def recorded(model: LlamaForCausalLM, batch: torch.Tensor) -> torch.Tensor:
        shapes.append(tuple(batch.shape))
        return next_token_loss(model, batch)

    model = build_model(SHAPE, tokenizer.get_vocab_size(), end_of_text=0)
    settings, ticks = Settings(decay_share=0.25, early_pieces=4), one_second_a_step()
    progress = train(model, sequences, BUDGET, tmp_path, lambda _: {}, recorded, lambda: next(ticks), settings=settings)
    early = STEPS * 3 // 4
    assert shapes == [(8, 4)] * early + [(2, 16)] * (STEPS - early)
    assert progress.tokens == STEPS * 2 * SHAPE.context


def test_every_pass_takes_each_sequence_once_in_a_new_order(sequences: Sequences) -> None:
    passes = [sequences.batch(number * sequences.per_pass, sequences.per_pass) for number in range(2)]
    assert not torch.equal(passes[0], passes[1])
    assert sorted(map(tuple, passes[0].tolist())) == sorted(map(tuple, passes[1].tolist()))
    across = sequences.batch(sequences.per_pass - 1, 2)
    assert torch.equal(across, torch.stack([passes[0][-1], passes[1][0]]))


def test_a_corpus_of_less_than_one_sequence_is_refused(tokenizer: Tokenizer, tmp_path: Path) -> None:
    pack(["the"], tokenizer, tmp_path / "tokens.bin")
    with pytest.raises(CorpusError, match="one sequence needs 16"):
        Sequences(tmp_path / "tokens.bin", 16, seed=0)


def test_a_damaged_checkpoint_is_refused_in_a_sentence(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path) is None
    (tmp_path / "checkpoint.pt").write_bytes(b"half a checkpoint")
    with pytest.raises(CheckpointError, match="remove it to begin again"):
        load_checkpoint(tmp_path)


def test_a_published_model_loads_and_gives_finite_logits(
    sequences: Sequences, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    model = run(sequences, tokenizer, tmp_path / "work")
    export(model, tokenizer, tmp_path / "work", tmp_path / "out")
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    texts = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert loaded.dtype == torch.bfloat16
    logits = loaded(**texts("The cat です", return_tensors="pt")).logits
    assert torch.isfinite(logits).all()
    assert logits.shape[-1] == len(texts)
    assert next(model.parameters()).dtype == torch.float32
    assert (tmp_path / "out" / PUBLISHED_CURVE).exists()


def test_weights_of_early_steps_are_variants_of_the_model(
    sequences: Sequences, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    model = run(sequences, tokenizer, tmp_path / "work")
    export(model, tokenizer, tmp_path / "work", tmp_path / "out")
    export_snapshots(tmp_path / "work", tmp_path / "out")
    assert [path.name for path in snapshots(tmp_path / "work")] == [f"model.step{n}.safetensors" for n in (0, 8, 32)]
    torch.manual_seed(0)
    fresh = build_model(SHAPE, tokenizer.get_vocab_size(), end_of_text=0).bfloat16()
    first = AutoModelForCausalLM.from_pretrained(tmp_path / "out", variant="step0")
    for name, weight in fresh.state_dict().items():
        assert torch.equal(weight, first.state_dict()[name]), name
