"""Publish the newest weights of a run, unless they fall short of the bars. Leaves out: the cards (`card`)."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerBase

from model_utils.training.errors import BarError
from model_utils.training.learning.checkpoint import snapshots
from model_utils.training.learning.export import export, export_snapshots
from model_utils.training.measuring import abilities, grammar
from model_utils.training.measuring.evaluate import BYTES_PER_SOURCE, DUEL, RESULTS_NAME, heldout_sample
from model_utils.training.measuring.measure import bits_per_byte, logprobs, top_candidates
from model_utils.training.steps import bars
from model_utils.training.steps.blend import go_back, load_begun
from model_utils.training.steps.recipe import Recipe, newest_model, note
from model_utils.training.text import corpus
from model_utils.training.text.tokenizer import wrap_tokenizer

CANDIDATE = "candidate"


def publish(recipe: Recipe, out: Path, anyway: bool = False) -> None:
    """Export the newest checkpoint to `out`; raises `BarError` for a default model that fails a bar, unless `anyway`.

    Weights of early steps that are published already are replaced by the run's own. What is refused lies in the run's
    folder, in `candidate`, to be looked at.
    """
    candidate, evaluation = recipe.work / CANDIDATE, out.parent / RESULTS_NAME
    make_candidate(recipe, candidate, evaluation if out.name == bars.BARRED else None)
    if out.name == bars.BARRED:
        try:
            bars.refuse(failed(candidate, recipe.folder, evaluation), out.name)
        except BarError as error:
            if not anyway:
                raise
            print(error, file=sys.stderr)
    has_snapshots = bool(snapshots(out))
    shutil.copytree(candidate, out, dirs_exist_ok=True)
    if has_snapshots:
        export_snapshots(recipe.work, out)


def make_candidate(recipe: Recipe, candidate: Path, evaluation: Path | None) -> None:
    """Export the newest weights; where they went on from others, back towards these as far as `evaluation` asks for."""
    model, tokenizer = newest_model(recipe), Tokenizer.from_file(str(recipe.tokenizer))
    begun = load_begun(recipe.work) if evaluation else None
    if begun and evaluation:
        wrapped = wrap_tokenizer(tokenizer, recipe.shape.context)
        dear = too_dear(recipe.folder, evaluation)
        share = go_back(model, begun, lambda blended: bool(dear(blended, wrapped)))
        note(recipe, {"share": share})
    export(model, tokenizer, recipe.work, candidate)


def failed(candidate: Path, folder: Path, evaluation: Path) -> list[str]:
    """A sentence for every bar that the model in `candidate` fails."""
    model = LlamaForCausalLM.from_pretrained(candidate, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(candidate)
    pairs = grammar.read_minimal_pairs(grammar.JAPANESE_PAIRS)
    likeliest = [text for text, _ in top_candidates(model, tokenizer, bars.FRUIT_PROMPT, bars.LIKELIEST)]
    return [
        *bars.of_abilities(abilities.measured(model, tokenizer)),
        *too_dear(folder, evaluation)(model, tokenizer),
        *bars.of_grammar({"ja": grammar.accuracies(model, tokenizer, pairs)[0]}),
        *bars.of_example(logprobs(model, tokenizer, DUEL), likeliest),
    ]


def too_dear(folder: Path, evaluation: Path) -> Callable[[LlamaForCausalLM, PreTrainedTokenizerBase], list[str]]:
    """Of a model, a sentence for every source of ordinary text that costs too much more than the published card says.

    The texts are read once, however many models are asked about.
    """
    before = bars.published_bits(evaluation, bars.BARRED)
    names = [source.name for source in corpus.sources(folder) if source.name in before]
    samples = {name: sample for name in names if (sample := heldout_sample(folder, name, BYTES_PER_SOURCE))}

    def dear(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase) -> list[str]:
        return bars.of_text({name: bits_per_byte(model, tokenizer, one) for name, one in samples.items()}, before)

    return dear
