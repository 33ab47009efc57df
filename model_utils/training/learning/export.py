"""Write a trained model as a folder in Hugging Face format, weights in bfloat16. Leaves out: the card (`card`).

Weights of earlier steps lie beside the final ones as variants: `from_pretrained(folder, variant="step128")`.
"""

import copy
import shutil
from pathlib import Path

from tokenizers import Tokenizer
from transformers import GenerationConfig, LlamaForCausalLM

from model_utils.training.learning.checkpoint import snapshots
from model_utils.training.learning.train import CURVE_NAME
from model_utils.training.text.tokenizer import wrap_tokenizer

RUN_NAME = "run.json"
PUBLISHED_CURVE = "training_curve.jsonl"
PUBLISHED_RUN = "training_run.json"


def export(model: LlamaForCausalLM, tokenizer: Tokenizer, work: Path, out: Path) -> None:
    """Write config, weights, tokenizer, training curve and facts of the run into `out`; `model` stays as it is."""
    out.mkdir(parents=True, exist_ok=True)
    published = copy.deepcopy(model).bfloat16()
    end = model.config.eos_token_id
    defaults = GenerationConfig(bos_token_id=end, eos_token_id=end, pad_token_id=end)  # type: ignore[no-untyped-call]
    published.generation_config = defaults
    published.save_pretrained(out)
    wrap_tokenizer(tokenizer, model.config.max_position_embeddings).save_pretrained(out)
    for kept, published_as in ((CURVE_NAME, PUBLISHED_CURVE), (RUN_NAME, PUBLISHED_RUN)):
        if (work / kept).exists():
            shutil.copyfile(work / kept, out / published_as)


def export_snapshots(work: Path, out: Path) -> None:
    """Put the run's snapshots into the model's folder."""
    for path in snapshots(work):
        shutil.copyfile(path, out / path.name)
