"""The sentences of the model cards, around the numbers that `card` puts in. Leaves out: the numbers."""

from model_utils.training.learning.instruct import LEARNING_RATE
from model_utils.training.measuring.answers import MOST_TOKENS
from model_utils.training.measuring.evaluate import BYTES_PER_SOURCE, CONTINUATION_TOKENS

FRONT_MATTER = """---
license: cc-by-sa-4.0
language:
- en
- ja
pipeline_tag: text-generation
library_name: transformers
---
"""

INTRODUCTION = """
# Tsuzuki {name}

A small causal language model for English and Japanese, made to be looked into: it is the model that Tsuzuki steps
through when there is no network. It continues text; it was not tuned to follow instructions.

**What it is good for.** Showing tokens, distributions, sampling and scoring on simple modern sentences in two
languages, on any computer.

**What it is not.** A source of facts, advice or finished text. It has {millions:.1f} million parameters and was
trained for {trained}; it loses the thread after a few sentences, invents, and repeats the biases of
its sources. Some of the training text is chat, written by people in roles or generated; do not
use the model to identify or impersonate anyone.
"""

FIGURES = """
## Size and training

| | |
|---|---|
| architecture | Llama: {layers} layers, hidden {hidden}, {heads} heads, intermediate {intermediate}, tied embeddings |
| parameters | {parameters:,} |
| weights on disk | {megabytes:.1f} MB, bfloat16 safetensors |
| vocabulary | {vocabulary:,} pieces: unigram with byte fallback, readable words of both languages{exchanged} |
| context | {context} tokens |
| optimiser | Muon (matrices) and AdamW (embeddings, norms); {schedule} |
| sequences | of {context} tokens{cut} |
| steps | {steps} |
| tokens seen | {tokens:,} |
| time and hardware | {trained} |
| greedy decoding | {speed:.0f} tokens per second on {measured_on}, median over the prompts below |

`<|endoftext|>` begins a text, ends it and separates documents, so the first token of a text has a probability.
`<|user|>` and `<|assistant|>` are reserved and untrained. The training curve is in `{curve}`.
"""

TUNED = """
# Tsuzuki {name}

The model `{base}` of the same family, fine-tuned on pairs of an instruction and its answer, so that base and
instruction-tuned can stand side by side. It answers in the form and language asked for and then ends; what it says is
seldom true.

**What it is good for.** Showing what instruction tuning changes in a distribution, and what it does not.

**What it is not.** An assistant, or a source of facts or advice. It has {millions:.1f} million parameters. Some of the
training text is chat, written by people in roles or generated; do not use the model to identify or impersonate anyone.
"""

TUNED_FIGURES = f"""
## Size and training

| | |
|---|---|
| architecture, vocabulary, context | those of `{{base}}` |
| weights on disk | {{megabytes:.1f}} MB, bfloat16 safetensors |
| trainer | TRL `SFTTrainer`, loss on the answers alone; AdamW, cosine from {LEARNING_RATE:g}, {{epochs:g}} epochs |
| steps | {{steps}} |
| tokens seen | {{tokens:,}} |
| hardware | {{hardware}} |
| time | {{minutes}} minutes since it was last resumed |

A conversation is `<|endoftext|><|user|>…<|assistant|>…<|endoftext|>`; the tokenizer has it as its chat template. The
pairs are the corpus's `instruct` file, its held-out part left out. The table below is that of the base model's text.
"""

DATA = """
## Data

All sources have open licences; the weights are published under CC BY-SA 4.0, with this table as attribution. The weight
says how often each document is in one pass over the mixture, of which about half is English and half Japanese by bytes
and by tokens (not by characters: a Japanese one stands for about three English letters). Duplicates were dropped, and
so was every sentence that answers the example below.

"""

HELDOUT = f"""
## Held-out text

Bits per UTF-8 byte (lower is better) on documents that were never trained on, about the first
{BYTES_PER_SOURCE // 1000} kB of each source. A Japanese character is three bytes, so the two languages are not
comparable with each other. Beside the model stand what `xz -9` needs when it has just read the last 32 MB of the
training text, an interpolated modified Kneser-Ney 5-gram over the same tokens (every document of the training text
once, which serves it better), the weights that were published before a run went on from them, and the model one size
down.

"""

GRAMMAR = """
## Minimal pairs

How often the model gives the better one of two sentences the higher probability. The English pairs are BLiMP as
published; the Japanese ones were written for this recipe and are kept apart from training.

"""

PROMPTS_HEAD = f"""
## Prompts

The five likeliest next tokens, and what temperature 0 writes (at most {CONTINUATION_TOKENS} tokens).

"""

ANSWERS = f"""
## Instructions

What temperature 0 answers to {{count}} instructions, at most {MOST_TOKENS} tokens: first those that a lecture asks,
some of which it was tuned on, then held-out ones. The base model, given the same as plain text, is beside it. Whether
an answer is true is for the reader to see: most are not.

| | ends by itself | in the language asked |
| --- | --- | --- |
| {{name}} | {{ended:.0%}} | {{in_language:.0%}} |
| {{base}} | {{base_ended:.0%}} | {{base_in_language:.0%}} |

"""
