"""How a model answers held-out instructions: does it end by itself, does it answer in the language asked, and what.

The same questions go to a model with a chat template, as a turn of its user, and to one without, as plain text. Leaves
out: whether an answer is right, which is for a reader to see.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerBase

from model_utils.training.learning.instruct import HELDOUT_PAIRS, read_pairs
from model_utils.training.measuring.prompts import INSTRUCTIONS
from model_utils.training.text.corpus import JAPANESE

MOST_TOKENS = 128
QUESTIONS_PER_LANGUAGE = 20
LONGEST_QUESTION = 120
JAPANESE_CHARACTER = re.compile(f"[{JAPANESE}]")
LETTER = re.compile(r"[^\W\d_]")
ANSWER_LANGUAGE = {"en": "en", "ja": "ja", "en-ja": "ja", "ja-en": "en"}


@dataclass(frozen=True, slots=True)
class Question:
    """An instruction, and the language that its answer should have: `en` or `ja`."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What temperature 0 writes; `ended` if the model itself gave an end of text within the limit."""

    text: str
    ended: bool


def lecture_questions() -> list[Question]:
    """What a lecture asks; the model may have been tuned on some of them."""
    return [Question(text, language) for text, language in INSTRUCTIONS]


def questions(folder: Path, per_language: int = QUESTIONS_PER_LANGUAGE) -> list[Question]:
    """Short held-out instructions, as many for each language of the answer, taken from all sources in turn."""
    by_source: dict[tuple[str, str], list[Question]] = {}
    for pair in read_pairs(folder / HELDOUT_PAIRS):
        language = ANSWER_LANGUAGE[pair["lang"]]
        if len(pair["prompt"]) <= LONGEST_QUESTION:
            by_source.setdefault((language, pair["source"]), []).append(Question(pair["prompt"], language))
    found: list[Question] = []
    for wanted in ("en", "ja"):
        sources = [queue for (language, _), queue in sorted(by_source.items()) if language == wanted]
        turns = [queue[turn] for turn in range(per_language) for queue in sources if turn < len(queue)]
        found += turns[:per_language]
    return found


@torch.inference_mode()
def answer(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, question: str) -> Answer:
    """The answer at temperature 0, of at most MOST_TOKENS tokens."""
    if tokenizer.chat_template:
        turns = [{"role": "user", "content": question}]
        question = str(tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False))
    ids = tokenizer(question, add_special_tokens=not tokenizer.chat_template)["input_ids"]
    given = torch.tensor([ids])
    mask = torch.ones_like(given)
    output = model.generate(given, attention_mask=mask, max_new_tokens=MOST_TOKENS, do_sample=False)  # type: ignore[misc]
    added = output[0, len(ids) :]
    ended = bool(len(added)) and int(added[-1]) == tokenizer.eos_token_id
    return Answer(str(tokenizer.decode(added, skip_special_tokens=True)), ended)


def language_of(text: str) -> str:
    """`ja` if at least three in ten letters are Japanese (names may be Latin), else `en`; nothing for no letters."""
    letters = LETTER.findall(text)
    if not letters:
        return ""
    return "ja" if len(JAPANESE_CHARACTER.findall(text)) >= 0.3 * len(letters) else "en"


def ask(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerBase, asked: list[Question]
) -> tuple[list[Answer], float, float]:
    """The answers, the share that ended by itself, and the share in the language asked."""
    answers = [answer(model, tokenizer, question.text) for question in asked]
    ended = sum(given.ended for given in answers) / len(answers)
    in_language = sum(
        language_of(given.text) == question.language for given, question in zip(answers, asked, strict=True)
    )
    return answers, ended, in_language / len(answers)
