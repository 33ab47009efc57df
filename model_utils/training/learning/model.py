"""The architecture of the embedded models: small Llamas, as transformers has them. Leaves out: how they are trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a Llama-style model; `context` is also the length of the training sequences."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    context: int = 512


SIZES = {
    "nano": Shape(hidden=64, layers=3, heads=2, intermediate=192),
    "micro": Shape(hidden=128, layers=4, heads=4, intermediate=384),
    "small": Shape(hidden=320, layers=8, heads=5, intermediate=896),
}
"""The family: the same data and tokenizer for all. Most parameters of the two smaller ones are embeddings."""


def build_model(shape: Shape, vocabulary_size: int, end_of_text: int) -> LlamaForCausalLM:
    """A freshly initialised model with tied embeddings; torch's generator decides the weights."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=vocabulary_size,
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        bos_token_id=end_of_text,
        eos_token_id=end_of_text,
        use_cache=True,
    )
    model = LlamaForCausalLM(config)
    # Zero at first: each block then starts as the identity, which trains a little faster at this size.
    for name, weight in model.named_parameters():
        if name.endswith(("o_proj.weight", "down_proj.weight")):
            weight.data.zero_()
    return model
