"""Only causal models are models here: encoders are refused, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf

from model_utils import load, score
from model_utils.local.causal import is_causal
from model_utils.model_errors import NotCausal
from tests.fakes import ARCHITECTURES, UNUSUAL
from tests.models import FolderOf

from ..kinds import byte_level, save_tokenizer

HEADS = {"num_hidden_layers": 2, "num_attention_heads": 2}
SHAPE = {"hidden_size": 32, "intermediate_size": 48, "vocab_size": 370, **HEADS}
XLNET = {"d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 48, "vocab_size": 370}
XLM = {"emb_dim": 32, "n_layers": 2, "n_heads": 2, "vocab_size": 370}
BOTH_SIDES: dict[str, Any] = {
    "BERT": lambda: hf.BertConfig(**SHAPE),
    "RoBERTa": lambda: hf.RobertaConfig(**SHAPE, pad_token_id=1),
    "XLM-RoBERTa": lambda: hf.XLMRobertaConfig(**SHAPE, pad_token_id=1),
    "ELECTRA": lambda: hf.ElectraConfig(**SHAPE, embedding_size=32),
    "CamemBERT": lambda: hf.CamembertConfig(**SHAPE, pad_token_id=1),
    "RemBERT": lambda: hf.RemBertConfig(**SHAPE, input_embedding_size=32, output_embedding_size=32),
    "XLNet": lambda: hf.XLNetConfig(**XLNET),
    "XLM": lambda: hf.XLMConfig(**XLM),
}
FORWARD: dict[str, Any] = {
    "BERT as a decoder": lambda: hf.BertConfig(**SHAPE, is_decoder=True),
    "RoBERTa as a decoder": lambda: hf.RobertaConfig(**SHAPE, is_decoder=True, pad_token_id=1),
    "Mixtral": lambda: hf.MixtralConfig(**SHAPE, num_key_value_heads=1, num_local_experts=4, num_experts_per_tok=2),
    "Qwen3 MoE": lambda: hf.Qwen3MoeConfig(
        **SHAPE, num_key_value_heads=1, head_dim=16, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=16
    ),
    "Mistral with a window": lambda: hf.MistralConfig(**SHAPE, num_key_value_heads=1, sliding_window=4),
    "Bloom": lambda: hf.BloomConfig(hidden_size=32, n_layer=2, n_head=2, vocab_size=370),
    "OPT": lambda: hf.OPTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, ffn_dim=48, vocab_size=370, word_embed_proj_dim=32
    ),
}


def folder_with(config: hf.PreTrainedConfig, folder: Path) -> Path:
    torch.manual_seed(0)
    hf.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return save_tokenizer(folder, byte_level(), None)


@pytest.mark.parametrize("name", BOTH_SIDES)
@pytest.mark.filterwarnings("ignore")
def test_a_model_that_looks_at_both_sides_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotCausal, match="mine looks at the words on both sides"):
        load(str(folder_with(BOTH_SIDES[name](), tmp_path / "mine")))


@pytest.mark.parametrize("name", FORWARD)
@pytest.mark.filterwarnings("ignore")
def test_a_causal_one_is_not_and_its_steps_see_no_later_word(name: str, tmp_path: Path) -> None:
    lm = load(str(folder_with(FORWARD[name](), tmp_path / "mine")))
    one, other = (score(lm, f"the cat {rest}").steps for rest in ("sat on mat .", "on the sat ."))
    shared = next(at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a.chosen.token != b.chosen.token)
    assert shared > 0
    for a, b in zip(one[:shared], other[:shared], strict=True):
        assert a.chosen.logprob == pytest.approx(b.chosen.logprob, abs=1e-4)


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, *UNUSUAL])
def test_recurrent_sliding_and_hybrid_models_are_causal(folder_of: FolderOf, architecture: str) -> None:
    assert load(str(folder_of(architecture))).vocab_size


def test_numbers_that_are_none_do_not_make_a_model_look_ahead() -> None:
    def rows(ids: Any) -> torch.Tensor:
        seen = torch.zeros(len(ids), 5)
        seen[:, 0], seen[:, 1], seen[:, 2] = torch.nan, -torch.inf, float(ids[0])
        return seen

    assert is_causal(rows, 5, 1e-7)
    assert not is_causal(lambda ids: rows(ids) + sum(ids), 5, 1e-7)
    assert not is_causal(lambda ids: rows(ids)[:1], 5, 1e-7), "a row a token"
