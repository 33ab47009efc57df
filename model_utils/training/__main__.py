"""The command line of the recipe: train, export, instruct, evaluate.

    python -m model_utils.training train FOLDER small --minutes 600
    python -m model_utils.training export FOLDER micro --snapshots
    python -m model_utils.training instruct FOLDER small
    python -m model_utils.training evaluate FOLDER

`train` makes what is missing, and the same command again resumes it. Until the learning rate begins to fall, at seven
tenths of `--minutes`, a resumed run may be given more or fewer of them. `export` writes the newest checkpoint of a run
that is still going. `evaluate` measures all published sizes in one run and writes their cards. Leaves out: all of the
work, which is in `recipe`.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from model_utils.training.errors import TrainingError
from model_utils.training.learning.model import SIZES

if TYPE_CHECKING:
    from model_utils.training.steps.recipe import Recipe

# The folder of made text, in the work folder.
MADE = "lecture"
HELPS = {
    "lecture": "make the text that teaches what a lecture shows",
    "train": "make tokenizer, tokens and weights, then export them; resumes where it was interrupted",
    "export": "write the newest checkpoint in Hugging Face format",
    "instruct": "fine-tune an exported model on instructions; resumes where it was interrupted",
    "evaluate": "measure the exported models and write their cards",
}


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command and its settings."""
    parser = argparse.ArgumentParser(prog="python -m model_utils.training", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in HELPS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name != "lecture":
            command.add_argument("folder", type=Path, help="folder of NAME.txt or NAME.txt.xz files")
        if name not in ("evaluate", "lecture"):
            command.add_argument("size", choices=SIZES)
        command.add_argument("--models", type=Path, default=Path("assets/models"), help="where models are published")
        command.add_argument("--work", type=Path, default=Path(".work"), help="folder of checkpoints and tokens")
    training = commands.choices["train"]
    training.add_argument("--minutes", type=float, default=95, help="wall-clock budget of training")
    training.add_argument("--onward", type=Path, help="a published model to go on from, at low and constant rates")
    training.add_argument("--settle", type=float, metavar="MINUTES", help="let the rate fall, in a copy of the run")
    training.add_argument("--share", type=float, default=1.0, help="how much of a pass over the corpus to pack")
    commands.choices["lecture"].add_argument("--documents", type=int, default=180_000, help="how many to make")
    commands.choices["lecture"].add_argument("--seed", type=int, default=0, help="decides all of them")
    for name in ("train", "export"):
        commands.choices[name].add_argument(
            "--anyway", action="store_true", help="publish weights that fail a bar, too"
        )
    commands.choices["instruct"].add_argument(
        "--epochs", type=float, help="how often each pair is read, instead of twice"
    )
    commands.choices["export"].add_argument("--snapshots", action="store_true", help="with the weights of early steps")
    commands.choices["evaluate"].add_argument("--blimp", type=Path, help="BLiMP as one .jsonl or .jsonl.xz")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what is wrong with the input is said in one sentence."""
    settings = parse(arguments)
    try:
        if settings.command == "evaluate":
            from model_utils.training.cards.card import evaluate_and_describe

            evaluate_and_describe(settings.models, settings.folder, settings.work, settings.blimp)
        elif settings.command == "lecture":
            from model_utils.training.lecture import made

            made.write(settings.work / MADE, settings.documents, settings.seed)
        else:
            _make(settings)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _make(settings: argparse.Namespace) -> None:
    # Imported late, so that --help and a typing mistake need not wait for transformers.
    from model_utils.training.learning import export, instruct
    from model_utils.training.steps import publish, recipe

    size, work, out = settings.size, settings.work / settings.size, settings.models / settings.size
    if settings.command == "instruct":
        tuned = f"{size}-instruct"
        epochs = instruct.EPOCHS if settings.epochs is None else settings.epochs
        instruct.fine_tune(out, settings.folder, settings.work / tuned, settings.models / tuned, epochs)
        return
    plan = recipe.Recipe(settings.folder, settings.work / "data", work, SIZES[size], made=settings.work / MADE)
    if settings.command == "train":
        plan = _train(settings, replace(plan, share=settings.share))
    publish.publish(plan, out, settings.anyway)
    if settings.command == "export" and settings.snapshots:
        export.export_snapshots(work, out)


def _train(settings: argparse.Namespace, plan: "Recipe") -> "Recipe":
    """Train as asked, and give back the recipe of the run that was trained last."""
    from model_utils.training.learning.optimizer import ONWARD
    from model_utils.training.learning.train import STANDARD
    from model_utils.training.steps import adopt, recipe

    if settings.onward:
        adopt.adopt(plan, settings.onward)
    seconds, rates = 60 * settings.minutes, ONWARD if settings.onward else STANDARD
    if settings.settle:
        plan = replace(plan, work=plan.work.with_name(f"{plan.work.name}-settled"))
        seconds = adopt.settle(settings.work / settings.size, plan.work) + 60 * settings.settle
        rates = replace(rates, decay_share=60 * settings.settle / seconds)
    recipe.run(plan, seconds, rates)
    return plan


if __name__ == "__main__":
    sys.exit(main())
