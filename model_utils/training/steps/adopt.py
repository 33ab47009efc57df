"""Let a run go on from a published model, for when its own checkpoints are gone.

Weights (bfloat16), curve, progress and mixtures are the published ones, and so is the tokenizer but for the pieces that
are exchanged; the optimiser begins empty, so the rate warms up again. `settle` lets the rate of such a run fall, in a
run of its own. Leaves out: going on from a checkpoint, which loses nothing (`train`).
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from model_utils.training.errors import CheckpointError
from model_utils.training.learning.checkpoint import FILE_NAME, load_checkpoint, save_checkpoint, snapshots
from model_utils.training.learning.export import PUBLISHED_CURVE, PUBLISHED_RUN, RUN_NAME
from model_utils.training.learning.train import CURVE_NAME
from model_utils.training.steps.blend import BEGUN, save_begun
from model_utils.training.steps.exchange import Exchange, count_pieces, exchange, exchanged_rows, wanted_pieces
from model_utils.training.steps.recipe import Recipe, claim, note, run_facts

EXCHANGED = "exchanged.json"
EMBEDDINGS = "model.embed_tokens.weight"
SETTLED_FROM = "settled_from.json"
MACHINE = ("processor", "cores", "gpu")


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
    exchanged = _adopt_tokenizer(recipe, tokenizer)
    model = LlamaForCausalLM.from_pretrained(published, dtype=torch.float32)
    rows = model.model.embed_tokens.weight
    rows.data = exchanged_rows(rows, exchanged)
    _adopt_snapshots(recipe.work, published, exchanged)
    last = json.loads(curve.read_text(encoding="utf-8").splitlines()[-1])
    progress = {key: last[key] for key in ("step", "position", "tokens", "seconds")}
    shutil.copyfile(curve, recipe.work / CURVE_NAME)
    known = json.loads(facts.read_text(encoding="utf-8"))
    begun = [
        *known.get("begun", []),
        {key: known.get(key) for key in MACHINE} | {"seconds": last["seconds"], "step": last["step"]},
    ]
    pieces = known.get("exchanged", []) + [[one.old, one.new] for one in exchanged]
    note(recipe, {"mixtures": known["mixtures"], "begun": begun, "exchanged": pieces})
    torch.manual_seed(recipe.seed)
    state = {
        "model": model.state_dict(),
        "optimizer": [],
        "random": torch.get_rng_state(),
        "progress": progress | {"warm_from": last["step"]},
    }
    save_begun(recipe.work, model)
    save_checkpoint(recipe.work, state)


def _adopt_snapshots(work: Path, published: Path, exchanged: list[Exchange]) -> None:
    """Keep the published weights of early steps as the run's own, in the vocabulary that it has now."""
    for path in snapshots(published):
        weights = load_file(path)
        weights[EMBEDDINGS] = exchanged_rows(weights[EMBEDDINGS], exchanged)
        save_file(weights, work / path.name, {"format": "pt"})


def _adopt_tokenizer(recipe: Recipe, tokenizer: Path) -> list[Exchange]:
    """Give the run the published tokenizer with the words of the lecture in it, and say what was exchanged for them."""
    noted = recipe.data / EXCHANGED
    if recipe.tokenizer.exists():
        made = [Exchange(**row) for row in json.loads(noted.read_text(encoding="utf-8"))] if noted.exists() else []
        own, theirs = (_pieces(path, {one.id for one in made}) for path in (recipe.tokenizer, tokenizer))
        if own != theirs:
            raise CheckpointError(
                f"{recipe.data} holds another tokenizer than the published model: choose another folder."
            )
        return made
    recipe.data.mkdir(parents=True, exist_ok=True)
    published = Tokenizer.from_file(str(tokenizer))
    if not (recipe.made and recipe.made.is_dir()):
        shutil.copyfile(tokenizer, recipe.tokenizer)
        return []
    counts = count_pieces(published, recipe.texts()) + count_pieces(published, recipe.made_texts())
    mine, made = exchange(published, counts, wanted_pieces())
    noted.write_text(json.dumps([asdict(one) for one in made], ensure_ascii=False), encoding="utf-8")
    mine.save(str(recipe.tokenizer))
    return made


def _pieces(path: Path, exchanged: set[int]) -> dict[int, Any]:
    """The vocabulary by id, without the exchanged pieces."""
    vocabulary = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return {number: piece for number, piece in enumerate(vocabulary) if number not in exchanged}


def settle(run: Path, work: Path) -> float:
    """Begin in `work` a copy of the run in the folder `run`, unless it has begun; the seconds that had been trained."""
    state = load_checkpoint(run)
    if state is None:
        raise CheckpointError(f"{run} holds no checkpoint yet: there is nothing to settle.")
    noted = work / SETTLED_FROM
    if not noted.exists():
        work.mkdir(parents=True, exist_ok=True)
        kept = [path for name in (FILE_NAME, CURVE_NAME, BEGUN) if (path := run / name).exists()]
        for path in kept + snapshots(run):
            shutil.copyfile(path, work / path.name)
        facts = run_facts(run) | {"settled_from": state["progress"]["step"]}
        (work / RUN_NAME).write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        noted.write_text(json.dumps(state["progress"]["seconds"]), encoding="utf-8")
    return float(json.loads(noted.read_text(encoding="utf-8")))
