"""The command line of the recipe: train, export, evaluate.

    python -m model_utils.training train FOLDER small --minutes 600
    python -m model_utils.training export FOLDER micro --snapshots
    python -m model_utils.training evaluate FOLDER small

`train` does everything, and the same command again resumes it. Until the learning rate begins to fall, at seven tenths
of `--minutes`, a resumed run may be given more or fewer of them. `export` writes the newest checkpoint of a run that is
still going. Leaves out: all of the work, which is in `recipe`.
"""

import argparse
import sys
from pathlib import Path

from model_utils.training.errors import TrainingError

SIZES = ("nano", "micro", "small")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command and its settings."""
    parser = argparse.ArgumentParser(prog="python -m model_utils.training", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    helps = {
        "train": "make tokenizer, tokens and weights, then export and evaluate; resumes where it was interrupted",
        "export": "write the newest checkpoint in Hugging Face format",
        "evaluate": "measure the exported model and write its card",
    }
    for name, text in helps.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("folder", type=Path, help="folder of NAME.txt or NAME.txt.xz files")
        command.add_argument("size", choices=SIZES)
        command.add_argument("--models", type=Path, default=Path("assets/models"), help="where SIZE is published")
        command.add_argument("--work", type=Path, default=Path(".work"), help="folder of checkpoints and tokens")
    commands.choices["train"].add_argument("--minutes", type=float, default=95, help="wall-clock budget of training")
    commands.choices["export"].add_argument("--snapshots", action="store_true", help="with the weights of early steps")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what is wrong with the input is said in one sentence."""
    settings = parse(arguments)
    # Imported late, so that --help and a typing mistake need not wait for transformers.
    from model_utils.training import model, recipe
    from model_utils.training.card import evaluate_and_describe
    from model_utils.training.export import export_snapshots
    from model_utils.training.train import Budget

    work, out = settings.work / settings.size, settings.models / settings.size
    plan = recipe.Recipe(settings.folder, settings.work / "data", work, model.SIZES[settings.size])
    try:
        if settings.command == "train":
            recipe.run(plan, Budget(seconds=60 * settings.minutes))
        if settings.command in ("train", "export"):
            recipe.export_newest(plan, out)
        if settings.command == "export" and settings.snapshots:
            export_snapshots(work, out)
        if settings.command in ("train", "evaluate"):
            evaluate_and_describe(settings.folder, work, out)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
