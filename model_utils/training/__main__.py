"""The command line of the recipe: train, export, evaluate.

    python -m model_utils.training train FOLDER --out assets/models/small --minutes 95
    python -m model_utils.training export FOLDER --out assets/models/small
    python -m model_utils.training evaluate FOLDER --out assets/models/small

`train` does everything, and the same command again resumes it. `export` writes the newest checkpoint of a run that is
still going. Leaves out: all of the work, which is in `recipe`.
"""

import argparse
import sys
from pathlib import Path

from model_utils.training.errors import TrainingError


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
        command.add_argument("--out", type=Path, required=True, help="folder of the model in Hugging Face format")
        command.add_argument("--work", type=Path, help="folder of checkpoints and tokens (default: .work/NAME OF OUT)")
    commands.choices["train"].add_argument("--minutes", type=float, default=95, help="wall-clock budget of training")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what is wrong with the input is said in one sentence."""
    settings = parse(arguments)
    # Imported late, so that --help and a typing mistake need not wait for transformers.
    from model_utils.training.card import evaluate_and_describe
    from model_utils.training.recipe import Recipe, export_newest, run
    from model_utils.training.train import Budget

    recipe = Recipe(settings.folder, settings.work or Path(".work") / settings.out.name)
    try:
        if settings.command == "train":
            run(recipe, Budget(seconds=60 * settings.minutes))
        if settings.command in ("train", "export"):
            export_newest(recipe, settings.out)
        if settings.command in ("train", "evaluate"):
            evaluate_and_describe(recipe.folder, recipe.work, settings.out)
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
