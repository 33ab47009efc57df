"""The steps of the recipe, each leaving its result in the work folder: tokenizer, tokens, weights, published model.

The family shares tokenizer and tokens, in `data`; a work folder belongs to one run. A step whose result is there is not
taken again, so the same command resumes.
Leaves out: the command line (`__main__`).
"""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from model_utils.training.errors import CheckpointError
from model_utils.training.learning import hardware
from model_utils.training.learning.anchored import Anchored
from model_utils.training.learning.checkpoint import load_checkpoint
from model_utils.training.learning.export import RUN_NAME
from model_utils.training.learning.model import Shape, build_model
from model_utils.training.learning.optimizer import Settings
from model_utils.training.learning.train import STANDARD, Budget, Loss, Probe, Progress, next_token_loss, train
from model_utils.training.measuring.evaluate import heldout_sample
from model_utils.training.measuring.measure import bits_per_byte
from model_utils.training.steps.blend import Weights, load_begun
from model_utils.training.text import corpus
from model_utils.training.text.packing import Batches, Mixed, Sequences, pack, rows_of
from model_utils.training.text.segment import word_segmenter
from model_utils.training.text.tokenizer import (
    SPECIAL_TOKENS,
    VOCABULARY_SIZE,
    required_pieces,
    train_tokenizer,
    wrap_tokenizer,
)

TOKENIZER_CHARACTERS = 30_000_000
PROBE_BYTES_PER_SOURCE = 3_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides the result of a run, apart from its time."""

    folder: Path
    data: Path
    work: Path
    shape: Shape
    seed: int = 0
    vocabulary_size: int = VOCABULARY_SIZE
    share: float = 1.0
    made: Path | None = None

    @property
    def tokens(self) -> Path:
        return self.data / "tokens.bin"

    @property
    def made_tokens(self) -> Path:
        return self.data / "made.bin"

    @property
    def tokenizer(self) -> Path:
        return self.data / "tokenizer.json"

    @property
    def mixture(self) -> Path:
        return self.data / "mixture.json"

    def texts(self) -> list[str]:
        """One pass over the corpus."""
        return corpus.mixture(self.folder, self.seed, self.share)

    def made_texts(self) -> list[str]:
        """All made text; none where none was made."""
        return corpus.made_documents(self.made, self.seed) if self.made and self.made.is_dir() else []


def run(recipe: Recipe, seconds: float, settings: Settings = STANDARD) -> Progress:
    """Prepare what is missing, then train on the machine at hand until so many seconds of wall clock are used."""
    claim(recipe)
    prepare(recipe)
    note_mixture(recipe, settings.made_share)
    machine = hardware.at_hand()
    model = fresh_model(recipe)
    model.set_attn_implementation(machine.attention)
    torch.nn.Module.to(model, machine.device)
    at_once = max(1, round(machine.sequences_per_step * settings.batch_share))
    sequences = batches(recipe, settings)
    value: Loss = next_token_loss
    if begun := load_begun(recipe.work):
        text_rows = at_once - (rows_of(at_once, settings.made_share) if recipe.made_tokens.exists() else 0)
        value = Anchored(as_begun(recipe, model, begun), at_once, text_rows, settings.anchor)
    # Compiled, a step takes three quarters of the time on a processor; this needs a C++ compiler there.
    loss = torch.compile(value, dynamic=False)
    budget = Budget(seconds, at_once, log_steps=machine.log_steps)
    settings = replace(settings, early_pieces=min(settings.early_pieces, machine.early_pieces))
    return train(model, sequences, budget, recipe.work, heldout_probe(recipe), loss, settings=settings)


def batches(recipe: Recipe, settings: Settings) -> Batches:
    """What the run reads: the packed corpus, and made text in a fixed share of every batch, where there is some."""
    text = Sequences(recipe.tokens, recipe.shape.context, recipe.seed)
    if not recipe.made_tokens.exists():
        return text
    return Mixed(text, Sequences(recipe.made_tokens, recipe.shape.context, recipe.seed), settings.made_share)


def as_begun(recipe: Recipe, model: LlamaForCausalLM, begun: Weights) -> LlamaForCausalLM:
    """The model with the weights that a run went on from, where and as `model` is, never to be changed."""
    teacher = fresh_model(recipe)
    teacher.load_state_dict(begun)
    teacher.set_attn_implementation(hardware.at_hand().attention)
    torch.nn.Module.to(teacher, model.device)
    teacher.requires_grad_(False)
    return teacher


def claim(recipe: Recipe) -> None:
    """Take the work folder for this recipe, or refuse one that holds another run."""
    recipe.work.mkdir(parents=True, exist_ok=True)
    path = recipe.work / RUN_NAME
    facts = {"seed": recipe.seed, "shape": asdict(recipe.shape), "vocabulary_size": recipe.vocabulary_size}
    if not path.exists():
        path.write_text(json.dumps(facts | hardware.facts()), encoding="utf-8")
    known = run_facts(recipe.work)
    if any(known.get(key) != value for key, value in facts.items()):
        raise CheckpointError(f"{recipe.work} holds a run with other settings: choose another work folder.")


def note_mixture(recipe: Recipe, made_share: float) -> None:
    """Add the weights of the packed sources to the facts of the run, with the step from which they hold.

    That of made text is how often each of its documents is read in one pass over the corpus.
    """
    weights = json.loads(recipe.mixture.read_text(encoding="utf-8"))
    if recipe.made and recipe.made_tokens.exists():
        text, made = (path.stat().st_size for path in (recipe.tokens, recipe.made_tokens))
        often = made_share / (1 - made_share) * text / recipe.share / made
        weights |= {source.name: round(source.weight * often, 2) for source in corpus.sources(recipe.made)}
    mixtures = run_facts(recipe.work).get("mixtures", [])
    if mixtures and mixtures[-1]["weights"] == weights:
        return
    state = load_checkpoint(recipe.work)
    newest = {"from_step": state["progress"]["step"] if state else 0, "weights": weights}
    note(recipe, {"mixtures": [*mixtures, newest]})


def note(recipe: Recipe, facts: dict[str, Any]) -> None:
    """Add to the facts of the run."""
    noted = json.dumps(run_facts(recipe.work) | facts, ensure_ascii=False)
    (recipe.work / RUN_NAME).write_text(noted, encoding="utf-8")


def run_facts(work: Path) -> dict[str, Any]:
    """What was noted when the run in `work` began."""
    facts: dict[str, Any] = json.loads((work / RUN_NAME).read_text(encoding="utf-8"))
    return facts


def prepare(recipe: Recipe) -> None:
    """Make the tokenizer and the packed tokens, where they are missing."""
    if recipe.tokens.exists():
        return
    recipe.data.mkdir(parents=True, exist_ok=True)
    documents, made = recipe.texts(), recipe.made_texts()
    weights = {source.name: source.weight for source in corpus.sources(recipe.folder)}
    recipe.mixture.write_text(json.dumps(weights), encoding="utf-8")
    if not recipe.tokenizer.exists():
        sample = first_characters(documents, TOKENIZER_CHARACTERS)
        learned = train_tokenizer(sample, word_segmenter(), required_pieces(), recipe.vocabulary_size)
        learned.save(str(recipe.tokenizer))
    tokenizer = Tokenizer.from_file(str(recipe.tokenizer))
    recipe.made_tokens.unlink(missing_ok=True)
    if made:
        pack(made, tokenizer, recipe.made_tokens)
    pack(documents, tokenizer, recipe.tokens)


def first_characters(documents: list[str], most: int) -> list[str]:
    """The first documents, until they have `most` characters."""
    kept, characters = [], 0
    for document in documents:
        if characters >= most:
            break
        kept.append(document)
        characters += len(document)
    return kept


def fresh_model(recipe: Recipe) -> LlamaForCausalLM:
    """The model as it is before the first step."""
    torch.manual_seed(recipe.seed)
    tokenizer = Tokenizer.from_file(str(recipe.tokenizer))
    return build_model(recipe.shape, tokenizer.get_vocab_size(), SPECIAL_TOKENS.index(corpus.SEPARATOR))


def heldout_probe(recipe: Recipe) -> Probe:
    """A quick measurement for the curve: bits per byte on a little held-out text of every source, by language."""
    tokenizer = wrap_tokenizer(Tokenizer.from_file(str(recipe.tokenizer)), recipe.shape.context)
    texts: dict[str, list[str]] = {}
    for source in corpus.sources(recipe.folder):
        sample = heldout_sample(recipe.folder, source.name, PROBE_BYTES_PER_SOURCE)
        texts.setdefault(source.language, []).extend(sample)

    def probe(model: LlamaForCausalLM) -> dict[str, float]:
        return {
            f"bits_per_byte_{language}": bits_per_byte(model, tokenizer, sample)
            for language, sample in texts.items()
            if sample
        }

    return probe


def newest_model(recipe: Recipe) -> LlamaForCausalLM:
    """The newest checkpoint of the run. Raises `CheckpointError` where there is none."""
    state = load_checkpoint(recipe.work)
    if state is None:
        raise CheckpointError(f"{recipe.work} holds no checkpoint yet: there is nothing to export.")
    model = fresh_model(recipe)
    model.load_state_dict(state["model"])
    return model
