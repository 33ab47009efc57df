"""Models of random weights that read as the embedded one does. Leaves out: fakes that need no torch (`fakes`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from model_utils.catalog import DEFAULT, MODELS


def save_llama(folder: Path, **shape: Any) -> LlamaForCausalLM:
    """A Llama of this shape that never ends a text, with the embedded model's tokenizer: in a folder, and as it is."""
    tokenizer = AutoTokenizer.from_pretrained(MODELS / DEFAULT)
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), eos_token_id=None, **shape))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model
