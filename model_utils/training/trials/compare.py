"""Short runs side by side at equal compute: which optimiser, which shape, which schedule?

    python -m model_utils.training.trials.compare .work/data --minutes 4

Every variant has the same tokens, seed and processor time, which other work on the machine does not take away, on one
thread, which waits for no other; as many run at once as there are processors. Each ends with its learning rate at zero,
as a whole run does. Leaves out: choosing, which is for the reader of the table.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import torch
from tokenizers import Tokenizer

from model_utils.training.learning.model import Shape, build_model
from model_utils.training.learning.optimizer import Settings
from model_utils.training.learning.train import STANDARD, Budget, next_token_loss, train
from model_utils.training.text.packing import Sequences

REFERENCE = Shape(hidden=192, layers=6, heads=3, intermediate=512)
HELDOUT_SEQUENCES = 64


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to spend the time."""

    name: str
    shape: Shape = REFERENCE
    settings: Settings = STANDARD
    sequences_per_step: int = 16


VARIANTS = (
    Variant("Muon .006/.003, 6 layers of 192, decay 30 %, 16 sequences, quarters until the decay (the reference)"),
    Variant("whole sequences from the start", settings=Settings(early_pieces=1)),
    Variant("AdamW .003", settings=Settings(matrices="adamw", matrix_rate=0.003)),
    Variant("AdamW .006", settings=Settings(matrices="adamw", matrix_rate=0.006)),
    Variant("Muon .012/.003", settings=Settings(matrix_rate=0.012)),
    Variant("Muon .006/.006", settings=Settings(other_rate=0.006)),
    Variant("wide: 3 layers of 256", shape=Shape(hidden=256, layers=3, heads=4, intermediate=704)),
    Variant("deep: 12 layers of 128", shape=Shape(hidden=128, layers=12, heads=4, intermediate=384)),
    Variant("decay over all of the time", settings=Settings(decay_share=1.0)),
    Variant("8 sequences a step", sequences_per_step=8),
    Variant("32 sequences a step", sequences_per_step=32),
)


def run(variant: Variant, data: Path, work: Path, seconds: float) -> tuple[float, int, int]:
    """Train one variant for so many seconds of processor time: its loss on sequences not trained on, tokens, size."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    vocabulary_size = Tokenizer.from_file(str(data / "tokenizer.json")).get_vocab_size()
    model = build_model(variant.shape, vocabulary_size, end_of_text=0)
    sequences = Sequences(data / "tokens.bin", variant.shape.context, seed=0)
    compiled = torch.compile(next_token_loss, dynamic=False)
    # Compiled before the clock starts, in the mode that the steps run in.
    with torch.autocast("cpu", torch.bfloat16):
        loss = compiled(model, sequences.batch(0, variant.sequences_per_step))
    torch.autograd.backward(loss)
    model.zero_grad()
    budget = Budget(seconds, variant.sequences_per_step, checkpoint_seconds=float("inf"), probe_seconds=float("inf"))
    work.mkdir(parents=True)
    progress = train(
        model, sequences, budget, work, lambda _: {}, compiled, clock=time.process_time, settings=variant.settings
    )
    # The last ones of the pass, which so short a run does not reach.
    unseen = sequences.batch(sequences.per_pass - HELDOUT_SEQUENCES, HELDOUT_SEQUENCES)
    with torch.no_grad():
        losses = [next_token_loss(model, part).item() for part in torch.split(unseen, 8)]
    return sum(losses) / len(losses), progress.tokens, model.num_parameters()


def main() -> None:
    """Print the table in Markdown, a line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, help="folder of tokenizer.json and tokens.bin")
    parser.add_argument("--minutes", type=float, default=4, help="processor time for each")
    parser.add_argument("--work", type=Path, default=Path(".work/compare"))
    given = parser.parse_args()
    seconds = 60 * given.minutes
    print("| variant | parameters | tokens seen | loss on unseen text, nats |\n| --- | --- | --- | --- |")
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        runs = [
            pool.submit(run, variant, given.data, given.work / str(number), seconds)
            for number, variant in enumerate(VARIANTS)
        ]
        for variant, future in zip(VARIANTS, runs, strict=True):
            loss, tokens, parameters = future.result()
            print(f"| {variant.name} | {parameters / 1e6:.1f} M | {tokens / 1e6:.2f} M | {loss:.3f} |", flush=True)


if __name__ == "__main__":
    main()
