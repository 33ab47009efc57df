"""Going on from trained weights: made text has its place in every batch, and other text is held to what was known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy
from transformers import LlamaForCausalLM

from model_utils.training.learning.anchored import Anchored
from model_utils.training.learning.model import Shape, build_model
from model_utils.training.learning.optimizer import ONWARD
from model_utils.training.learning.train import next_token_loss
from model_utils.training.steps import recipe
from model_utils.training.steps.blend import save_begun
from model_utils.training.steps.recipe import Recipe, batches, claim, fresh_model, note_mixture, prepare, run, run_facts
from model_utils.training.text.packing import DTYPE, Mixed, Sequences

CONTEXT = 8
SHAPE = Shape(hidden=16, layers=1, heads=2, intermediate=24, context=CONTEXT)


def sequences_of(token: int, count: int, path: Path) -> Sequences:
    np.full(count * CONTEXT, token, dtype=DTYPE).tofile(path)
    return Sequences(path, CONTEXT, seed=0)


def model_of(seed: int) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    model = build_model(SHAPE, 30, end_of_text=0)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model.eval()


@pytest.mark.parametrize(("size", "share", "made"), [(8, 0.5, 4), (8, 0.375, 3), (2, 0.5, 1), (8, 0.0, 0), (4, 1.0, 4)])
def test_every_batch_holds_its_share_of_made_text(tmp_path: Path, size: int, share: float, made: int) -> None:
    mixed = Mixed(sequences_of(1, 40, tmp_path / "text"), sequences_of(2, 30, tmp_path / "made"), share)
    for position in (0, size, 5 * size, 5 * size + 1):
        firsts = mixed.batch(position, size)[:, 0].tolist()
        assert firsts == [1] * (size - made) + [2] * made


def test_a_pass_over_a_mixed_batch_takes_each_sequence_once(tmp_path: Path) -> None:
    for name in ("text", "made"):
        np.arange(12).repeat(CONTEXT).astype(DTYPE).tofile(tmp_path / name)
    mixed = Mixed(*(Sequences(tmp_path / name, CONTEXT, seed=0) for name in ("text", "made")), share=0.5)
    batches = torch.stack([mixed.batch(position, 4)[:, 0] for position in range(0, 24, 4)])
    for part in (batches[:, :2], batches[:, 2:]):
        assert sorted(part.flatten().tolist()) == list(range(12))


@pytest.mark.parametrize("pieces", [1, 2])
@pytest.mark.parametrize("text_rows", [3, 4])
def test_without_an_anchor_the_loss_is_that_of_the_tokens(text_rows: int, pieces: int) -> None:
    model, batch = model_of(1), torch.randint(30, (4, CONTEXT), generator=torch.Generator().manual_seed(0))
    cut = torch.cat(batch.chunk(pieces, dim=1))
    loss = Anchored(model_of(2), rows=4, text_rows=text_rows, anchor=0.0)
    torch.testing.assert_close(loss(model, cut), next_token_loss(model, cut))


@pytest.mark.parametrize("pieces", [1, 2])
def test_the_anchor_is_the_teachers_distribution_on_ordinary_text_alone(pieces: int) -> None:
    model, teacher = model_of(1), model_of(2)
    batch = torch.randint(30, (4, CONTEXT), generator=torch.Generator().manual_seed(0))
    cut = torch.cat(batch.chunk(pieces, dim=1))
    with torch.no_grad():
        wanted = teacher(cut).logits[:, :-1].softmax(-1)
        logits = model(cut).logits[:, :-1]
    of_tokens = cross_entropy(logits.transpose(1, 2), cut[:, 1:], reduction="none")
    of_teacher = cross_entropy(logits.transpose(1, 2), wanted.transpose(1, 2), reduction="none")
    is_text = (torch.arange(len(cut)) % 4 < 3)[:, None]
    expected = torch.where(is_text, 0.25 * of_tokens + 0.75 * of_teacher, of_tokens).mean()
    loss = Anchored(teacher, rows=4, text_rows=3, anchor=0.75)
    torch.testing.assert_close(loss(model, cut), expected)


def test_a_run_goes_on_from_published_weights_with_made_text_and_forgets_it_where_it_is_gone(
    folder: Path, tmp_path: Path, tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "lecture"
    made.mkdir()
    (made / "lecture_en.txt").write_text("\n<|endoftext|>\n".join(["a hen"] * 60), encoding="utf-8")
    plan = Recipe(folder, tmp_path / "data", tmp_path / "run", SHAPE, vocabulary_size=30, share=0.5, made=made)
    plan.data.mkdir()
    tokenizer.save(str(plan.tokenizer))
    prepare(plan)
    text, whole = (len(np.fromfile(path, dtype=DTYPE)) for path in (plan.tokens, plan.made_tokens))
    claim(plan)
    note_mixture(plan, 0.25)
    weights = run_facts(plan.work)["mixtures"][0]["weights"]
    assert weights["plain_en"] == 3.0
    assert weights["lecture_en"] == pytest.approx((text / 0.5) / 3 / whole, abs=0.01)

    begun = fresh_model(plan)
    save_begun(plan.work, begun)
    losses: list[Anchored] = []
    monkeypatch.setattr(torch, "compile", lambda loss, dynamic: losses.append(loss) or loss)
    monkeypatch.setattr(recipe, "heldout_probe", lambda plan: lambda model: {})
    seen = run(plan, 0.05, dataclasses.replace(ONWARD, early_pieces=1))
    assert seen.step >= 1
    (loss,) = losses
    batch = batches(plan, ONWARD).batch(0, 8)
    assert batch[6:].unique().numel() < batch[:6].unique().numel(), "a quarter is made text"
    torch.testing.assert_close(loss(begun, batch), Anchored(begun, 8, 6, ONWARD.anchor)(begun, batch))
    plan.tokens.unlink()
    prepare(dataclasses.replace(plan, made=None))
    assert not plan.made_tokens.exists()


def test_where_nothing_is_made_and_nothing_was_moved_nothing_pulls() -> None:
    model = model_of(1)
    batch = torch.randint(30, (4, CONTEXT), generator=torch.Generator().manual_seed(0))
    torch.autograd.backward(Anchored(model_of(1), rows=4, text_rows=4, anchor=1.0)(model, batch))
    assert max(float(weight.grad.abs().max()) for weight in model.parameters() if weight.grad is not None) < 1e-6
