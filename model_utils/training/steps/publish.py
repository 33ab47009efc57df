"""Publish the newest weights of a run, unless they fall short of the bars. Leaves out: the cards (`card`)."""

import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from model_utils.training import abilities, bars, corpus, grammar
from model_utils.training.errors import BarError
from model_utils.training.evaluate import BYTES_PER_SOURCE, DUEL, RESULTS_NAME, heldout_sample
from model_utils.training.measure import bits_per_byte, logprobs, top_candidates
from model_utils.training.recipe import Recipe, export_newest

CANDIDATE = "candidate"


def publish(recipe: Recipe, out: Path, anyway: bool = False) -> None:
    """Export the newest checkpoint to `out`; raises `BarError` for a default model that fails a bar, unless `anyway`.

    What is refused lies in the run's folder, in `candidate`, to be looked at.
    """
    candidate = recipe.work / CANDIDATE
    export_newest(recipe, candidate)
    if out.name == bars.BARRED:
        try:
            bars.refuse(failed(candidate, recipe.folder, out.parent / RESULTS_NAME), out.name)
        except BarError as error:
            if not anyway:
                raise
            print(error, file=sys.stderr)
    shutil.copytree(candidate, out, dirs_exist_ok=True)


def failed(candidate: Path, folder: Path, evaluation: Path) -> list[str]:
    """A sentence for every bar that the model in `candidate` fails."""
    model = LlamaForCausalLM.from_pretrained(candidate, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(candidate)
    before = bars.published_bits(evaluation, bars.BARRED)
    samples = {source.name: heldout_sample(folder, source.name, BYTES_PER_SOURCE) for source in corpus.sources(folder)}
    now = {
        name: bits_per_byte(model, tokenizer, sample) for name, sample in samples.items() if sample and name in before
    }
    pairs = grammar.read_minimal_pairs(grammar.JAPANESE_PAIRS)
    likeliest = [text for text, _ in top_candidates(model, tokenizer, bars.FRUIT_PROMPT, bars.LIKELIEST)]
    return [
        *bars.of_abilities(abilities.measured(model, tokenizer)),
        *bars.of_text(now, before),
        *bars.of_grammar({"ja": grammar.accuracies(model, tokenizer, pairs)[0]}),
        *bars.of_example(logprobs(model, tokenizer, DUEL), likeliest),
    ]
