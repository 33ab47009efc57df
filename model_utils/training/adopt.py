"""Let a run go on from a published model, for when its own checkpoints are gone.

Weights (bfloat16), tokenizer, curve, progress and mixtures are the published ones; the optimiser begins empty, so the
rate warms up again. Leaves out: going on from a checkpoint, which loses nothing (`train`).
"""

import json
import shutil
from pathlib import Path

import torch
from transformers import LlamaForCausalLM

from model_utils.training.checkpoint import load_checkpoint, save_checkpoint
from model_utils.training.errors import CheckpointError
from model_utils.training.export import PUBLISHED_CURVE, PUBLISHED_RUN, RUN_NAME
from model_utils.training.recipe import Recipe, claim, run_facts
from model_utils.training.train import CURVE_NAME


def adopt(recipe: Recipe, published: Path) -> None:
    """Give the run of `recipe` a first checkpoint made of the folder `published`, unless it has one already.

    Raises `CheckpointError` where the folder holds no model and curve, or another tokenizer than the run's.
    """
    claim(recipe)
    if load_checkpoint(recipe.work):
        return
    curve, facts, tokenizer = (published / name for name in (PUBLISHED_CURVE, PUBLISHED_RUN, recipe.tokenizer.name))
    if not all(path.exists() for path in (curve, facts, tokenizer, published / "model.safetensors")):
        raise CheckpointError(f"{published} holds no published model with its curve: there is nothing to go on from.")
    _adopt_tokenizer(recipe, tokenizer)
    model = LlamaForCausalLM.from_pretrained(published, dtype=torch.float32)
    last = json.loads(curve.read_text(encoding="utf-8").splitlines()[-1])
    progress = {key: last[key] for key in ("step", "position", "tokens", "seconds")}
    shutil.copyfile(curve, recipe.work / CURVE_NAME)
    mixtures = json.loads(facts.read_text(encoding="utf-8"))["mixtures"]
    (recipe.work / RUN_NAME).write_text(json.dumps(run_facts(recipe.work) | {"mixtures": mixtures}), encoding="utf-8")
    torch.manual_seed(recipe.seed)
    state = {
        "model": model.state_dict(),
        "optimizer": [],
        "random": torch.get_rng_state(),
        "progress": progress | {"warm_from": last["step"]},
    }
    save_checkpoint(recipe.work, state)


def _adopt_tokenizer(recipe: Recipe, tokenizer: Path) -> None:
    if not recipe.tokenizer.exists():
        recipe.data.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tokenizer, recipe.tokenizer)
        return
    mine, theirs = (json.loads(path.read_text(encoding="utf-8"))["model"] for path in (recipe.tokenizer, tokenizer))
    if mine != theirs:
        raise CheckpointError(f"{recipe.data} holds another tokenizer than the published model: choose another folder.")
