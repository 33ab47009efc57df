"""Training resumes where it stopped, learns, and leaves a model that anyone can load."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

from model_utils.training.errors import CheckpointError, CorpusError
from model_utils.training.learning.checkpoint import load_checkpoint, snapshots
from model_utils.training.learning.export import PUBLISHED_CURVE, PUBLISHED_RUN, RUN_NAME, export, export_snapshots
from model_utils.training.learning.model import Shape, build_model
from model_utils.training.learning.optimizer import ONWARD, WARMUP_STEPS, Settings, rate_factor
from model_utils.training.learning.train import CURVE_NAME, STANDARD, Budget, Progress, next_token_loss, train
from model_utils.training.steps import adopt as adoption
from model_utils.training.steps.adopt import adopt, settle
from model_utils.training.steps.recipe import Recipe, note_mixture, run_facts
from model_utils.training.text.packing import Sequences, pack

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


def test_checkpoints_follow_the_clock_between_the_lines_of_the_curve(
    sequences: Sequences, tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(sequences, tokenizer, tmp_path / "whole")
    often = dataclasses.replace(BUDGET, checkpoint_seconds=3)
    monkeypatch.setattr(sys.modules[__name__], "BUDGET", often)
    with pytest.raises(PulledPlugError):
        run(sequences, tokenizer, tmp_path / "cut", stop_after=LOG_STEPS + 7)
    state = load_checkpoint(tmp_path / "cut")
    assert state is not None
    assert LOG_STEPS + 7 - 3 <= state["progress"]["step"] <= LOG_STEPS + 7
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
        note_mixture(plan, 0.25)
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


def test_a_run_settles_in_a_copy_and_goes_on_unsettled(
    sequences: Sequences, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    work, settled = tmp_path / "small", tmp_path / "small-settled"
    with pytest.raises(CheckpointError, match="nothing to settle"):
        settle(work, settled)
    model = run(sequences, tokenizer, work)
    (work / RUN_NAME).write_text("{}", encoding="utf-8")
    before = (work / "checkpoint.pt").read_bytes()
    assert settle(work, settled) == STEPS
    assert run_facts(settled)["settled_from"] == STEPS
    assert [path.name for path in snapshots(settled)] == [path.name for path in snapshots(work)] != []
    rates = []

    def recorded(model: LlamaForCausalLM, batch: torch.Tensor) -> torch.Tensor:
        rates.append(len(batch))
        return next_token_loss(model, batch)

    ticks = one_second_a_step()
    longer = Budget(STEPS + LOG_STEPS, sequences_per_step=2, checkpoint_seconds=LOG_STEPS, log_steps=LOG_STEPS)
    falling = dataclasses.replace(ONWARD, decay_share=LOG_STEPS / longer.seconds, early_pieces=1)
    train(model, sequences, longer, settled, lambda _: {}, recorded, lambda: next(ticks), settings=falling)
    assert len(rates) == LOG_STEPS
    assert (work / "checkpoint.pt").read_bytes() == before
    assert settle(work, settled) == STEPS
    state = load_checkpoint(settled)
    assert state is not None
    assert state["progress"]["step"] == STEPS + LOG_STEPS


def test_going_on_keeps_its_rate_until_it_is_asked_to_settle() -> None:
    assert rate_factor(10_000, 0.99, ONWARD.decay_share) == 1.0
    assert rate_factor(0, 0.5, ONWARD.decay_share) == 1 / WARMUP_STEPS
    settled = dataclasses.replace(ONWARD, decay_share=0.25)
    assert [rate_factor(10_000, share, settled.decay_share) for share in (0.7, 0.875, 1.0)] == [1.0, 0.5, 0.0]
    assert ONWARD.matrix_rate < STANDARD.matrix_rate / 2


def test_a_published_model_gets_the_words_of_the_lecture(
    sequences: Sequences, tokenizer: Tokenizer, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published, made = tmp_path / "published", tmp_path / "lecture"
    made.mkdir()
    (made / "lecture_en.txt").write_text("a park → a hen", encoding="utf-8")
    model = run(sequences, tokenizer, tmp_path / "work")
    (tmp_path / "work" / RUN_NAME).write_text('{"mixtures": [], "cores": 2}', encoding="utf-8")
    export(model, tokenizer, tmp_path / "work", published)
    export_snapshots(tmp_path / "work", published)
    monkeypatch.setattr(adoption, "wanted_pieces", lambda: [" park", "→"])
    size = tokenizer.get_vocab_size()
    plan = Recipe(folder, tmp_path / "data", tmp_path / "again", SHAPE, vocabulary_size=size, made=made)
    adopt(plan, published)
    mine = Tokenizer.from_file(str(plan.tokenizer))
    assert mine.encode("a park→", add_special_tokens=False).tokens == ["a", " park", "→"]
    facts = run_facts(plan.work)
    assert [new for _, new in facts["exchanged"]] == [" park", "→"]
    assert facts["begun"] == [{"processor": None, "cores": 2, "gpu": None, "seconds": float(STEPS), "step": STEPS}]
    state = load_checkpoint(plan.work)
    assert state is not None
    row, parts = mine.token_to_id(" park"), tokenizer.encode(" park", add_special_tokens=False).ids
    rows = state["model"]["model.embed_tokens.weight"]
    expected = model.get_input_embeddings().weight.detach().bfloat16().float()[parts].mean(0)
    assert torch.allclose(rows[row], expected)
    early = AutoModelForCausalLM.from_pretrained(published, variant="step8").get_input_embeddings().weight
    kept = load_file(plan.work / "model.step8.safetensors")["model.embed_tokens.weight"]
    torch.testing.assert_close(kept[row], early[parts].float().mean(0).bfloat16())
    assert torch.equal(kept[parts], early[parts])
    # Another run of the same data finds the tokenizer there, and begins with the same rows.
    adopt(dataclasses.replace(plan, work=tmp_path / "third"), published)
    again = load_checkpoint(tmp_path / "third")
    assert again is not None
    assert torch.equal(again["model"]["model.embed_tokens.weight"], rows)
    (folder / "unmade.txt").write_text("x", encoding="utf-8")
    unmade = dataclasses.replace(plan, data=tmp_path / "data2", work=tmp_path / "fourth", made=None)
    adopt(unmade, published)
    assert json.loads(unmade.tokenizer.read_text(encoding="utf-8")) == json.loads(
        (published / "tokenizer.json").read_text(encoding="utf-8")
    )
