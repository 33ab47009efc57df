"""Fine-tune a published base model on pairs of an instruction and its answer, with a chat template, by TRL.

Only the answer and the end of text behind it are learned; the instruction is context. The lines of `NAME.jsonl.xz` hold
prompt, response, lang and source. Leaves out: how well it answers (`answers`), and preferences.
"""

import json
import lzma
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model_utils.training.errors import CorpusError
from model_utils.training.learning import hardware
from model_utils.training.learning.export import PUBLISHED_CURVE, PUBLISHED_RUN
from model_utils.training.lecture import instructions
from model_utils.training.text.corpus import copies, restore_full_width

PAIRS = "instruct.jsonl.xz"
HELDOUT_PAIRS = "heldout/instruct.heldout.jsonl.xz"
CONTEXT = 512
SEED = 0
EPOCHS = 2.0
LEARNING_RATE = 5e-4
SEQUENCES_PER_STEP = 32
SAVE_STEPS = 100
LECTURE_PAIRS = 8_000

# A turn is a mark and its text; the end of text ends an answer, as it ends every text the model has read.
CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "{% if message.role == 'assistant' %}<|assistant|>{{ message.content }}{{ eos_token }}"
    "{% else %}<|user|>{{ message.content }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

# Most pairs were made by template from a few large sources. These keep one kind from drowning the others, and the whole
# at what two cores read in a quarter of an hour.
COPIES = {
    "megagonlabs/instruction_ja": 4.0,
    "megagonlabs/instruction_ja (Anthropic HH-RLHF)": 4.0,
    "CIA World Factbook (factbook/factbook.json)": 0.5,
    "Kyoto corpus (venali/BilingualCorpus)": 0.1,
    "SkelterLabsInc/JaQuAD": 0.1,
    "Tatoeba (Rocketblaster247/EN2JA)": 0.3,
    "Wikipedia (chinapedia/wikipedia.abstract.en)": 0.1,
    "globalwordnet/english-wordnet": 0.2,
    "google-research-datasets/Synthetic-Persona-Chat": 0.5,
    "google-research-datasets/dstc8-schema-guided-dialogue": 0.3,
    "nu-dialogue/real-persona-chat": 0.2,
    "openai/grade-school-math": 0.1,
    "yahoojapan/JGLUE JCommonsenseQA": 0.3,
}


def read_pairs(path: Path) -> Iterator[dict[str, str]]:
    """The pairs of one file: prompt, response, lang (`en`, `ja`, `en-ja`, `ja-en`), source."""
    try:
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                pair = json.loads(line)
                yield {key: pair[key] for key in ("prompt", "response", "lang", "source")}
    except (OSError, lzma.LZMAError, EOFError, ValueError, KeyError) as error:
        raise CorpusError(f"{path} is missing or not lines of prompt, response, lang and source: {error}.") from error


def conversations(folder: Path, seed: int = SEED, lecture_pairs: int = LECTURE_PAIRS) -> list[dict[str, Any]]:
    """The training pairs as TRL wants them, each as often as its source counts, and made ones, in shuffled order."""
    rng = random.Random(seed)
    mixed = [
        _conversation(pair, rng)
        for pair in read_pairs(folder / PAIRS)
        for _ in range(copies(COPIES.get(pair["source"], 1.0), rng))
    ]
    mixed += [_conversation(pair, rng) for pair in instructions.pairs(lecture_pairs, seed)]
    rng.shuffle(mixed)
    return mixed


def _conversation(pair: dict[str, str], rng: random.Random) -> dict[str, Any]:
    # Separated by a mark that no text holds, so that one draw decides for both.
    prompt, response = restore_full_width(f"{pair['prompt']}\x1f{pair['response']}", rng).split("\x1f")
    return {
        "prompt": [{"role": "user", "content": prompt}],
        "completion": [{"role": "assistant", "content": response}],
    }


def fine_tune(
    base: Path, folder: Path, work: Path, out: Path, epochs: float = EPOCHS, lecture_pairs: int = LECTURE_PAIRS
) -> None:
    """Train the model in `base` on the pairs of `folder` and on made ones, and write it to `out`.

    Resumes at the last save in `work`.
    """
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.chat_template = CHAT_TEMPLATE
    settings = SFTConfig(
        output_dir=str(work),
        num_train_epochs=epochs,
        per_device_train_batch_size=SEQUENCES_PER_STEP,
        learning_rate=LEARNING_RATE,
        lr_scheduler_type="cosine",
        warmup_steps=50,
        weight_decay=0.01,
        max_length=CONTEXT,
        bf16=True,
        use_cpu=not torch.cuda.is_available(),
        activation_checkpointing=False,
        train_sampling_strategy="group_by_length",
        save_steps=SAVE_STEPS,
        save_total_limit=1,
        logging_steps=20,
        report_to="none",
        seed=SEED,
    )
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    trainer = SFTTrainer(
        model=model,
        args=settings,
        train_dataset=Dataset.from_list(conversations(folder, lecture_pairs=lecture_pairs)),
        processing_class=tokenizer,
    )
    result = trainer.train(resume_from_checkpoint=any(work.glob("checkpoint-*")))
    model.bfloat16().save_pretrained(out)
    tokenizer.save_pretrained(out)
    (out / PUBLISHED_RUN).write_text(json.dumps(hardware.facts() | {"epochs": epochs}), encoding="utf-8")
    _write_curve(trainer.state.log_history, result.metrics["train_runtime"], out / PUBLISHED_CURVE)


def _write_curve(logged: list[dict[str, Any]], seconds: float, path: Path) -> None:
    """The trainer's log in the form of the base model's curve; its seconds are those since it was last resumed."""
    rows = [
        {"step": row["step"], "tokens": int(row["num_tokens"]), "loss": row["loss"]} for row in logged if "loss" in row
    ]
    rows[-1]["seconds"] = seconds
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
