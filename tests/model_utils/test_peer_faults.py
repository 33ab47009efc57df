"""Faults that others' programs of this kind have, each against a reference that is not ours.

Those that are caught elsewhere: denominators and entropy (`test_readings`, `tests/player/test_sampler`), top-p
(`test_sampling`), the length penalty (`test_beam_search`), temperature 0 (`test_models`, `test_tracing`), forks by ids
(`test_tracing`), spaces of single ids (`test_vocabulary`). What a browser shows is in `tests/player/test_peer_faults`.
"""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from model_utils import Sampling, Trace, generate, load, score
from model_utils.errors import ModelLoadFailed
from model_utils.views.protocol.branches import Ask
from model_utils.views.protocol.table import score_rows, to_csv
from tests.models import FolderOf
from viz import to_html

BROKEN = "\N{REPLACEMENT CHARACTER}"
SPLIT = ("葡萄と林檎、薔薇", "👩‍👩‍👧‍👦 と 🏳️‍🌈", "𠮷野家で饂飩", "مرحبا بالعالم")
JOINED = ("好きな果物はぶどうです。", "東京は日本の首都で、とても大きな町です。", "The capital of France is Paris.")
NATS = 1e-4


def halves(lm: Any) -> list[Trace]:
    """Texts that end within a character, at every place, and what a model of random weights makes of them."""
    found = []
    for text in SPLIT:
        ids = lm.encode(text)
        found += [score(lm, ids[:end], candidates=20) for end in range(1, len(ids) + 1)]
    return found + [generate(lm, text, 12, Sampling(seed=seed), 20) for seed, text in enumerate(SPLIT)]


def test_no_replacement_character_in_a_label_a_text_a_page_or_a_table(folder_of: FolderOf) -> None:
    lm = load(str(folder_of("llama", "byte-level-bpe")))
    traces = halves(lm)
    assert any(BROKEN in b"".join(token.bytes for token in trace.tokens).decode(errors="replace") for trace in traces)
    for trace in traces:
        tokens = [*trace.tokens, *(candidate.token for step in trace.steps for candidate in step.candidates)]
        assert BROKEN not in "".join([trace.text, *(token.label + token.text for token in tokens)])
        assert BROKEN not in trace.to_json()
    assert BROKEN not in to_html(traces[-1])
    assert BROKEN not in to_csv([row for rows in score_rows(lm, SPLIT) for row in rows])


@pytest.mark.parametrize(
    ("tokenizer", "unpriced"), [("byte-level-bpe", 1), ("unigram-dummy-prefix", 1), ("unigram-bos", 0)]
)
def test_the_first_token_counts_exactly_where_a_mark_stands_before_it(
    folder_of: FolderOf, tokenizer: str, unpriced: int
) -> None:
    """Never 0.5, never dropped without a word, never behind a mark that the tokenizer does not put there."""
    folder = folder_of("llama", tokenizer)
    lm, trace = load(str(folder)), score(load(str(folder)), JOINED[2])
    ids = AutoTokenizer.from_pretrained(folder)(JOINED[2]).input_ids
    assert list(trace.ids) == ids and len(trace.context) == 1 and len(trace.steps) == len(ids) - 1
    of_the_text = [token for token in trace.context if not token.special]
    assert len(of_the_text) == unpriced and trace.context[0].special == (ids[0] == lm.bos_id)
    assert trace.logprob == pytest.approx(logprob_of(folder, ids, 1), abs=NATS)
    assert json.loads(trace.to_json())["context"] == [0], "a file says so, too"


def logprob_of(folder: Path, ids: list[int], start: int) -> float:
    """Of ids[start:], each given all before it: transformers' own compute_transition_scores."""
    network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        logits = network(torch.tensor([ids])).logits
    rows = tuple(logits[:, at] for at in range(start - 1, len(ids) - 1))
    scores = network.compute_transition_scores(torch.tensor([ids]), rows, normalize_logits=True)
    return float(scores.double().sum())


@pytest.mark.parametrize("tokenizer", ["byte-level-bpe", "unigram-dummy-prefix", "unigram-bos"])
def test_a_continuation_is_never_empty_wherever_a_text_is_cut(folder_of: FolderOf, tokenizer: str) -> None:
    """A token of the whole text may span the cut; the prompt's ids stay, and the rest is spelled behind them."""
    folder = folder_of("llama", tokenizer)
    lm = load(str(folder))
    spanned = 0
    for text in JOINED:
        whole = lm.encode(text)
        for cut in range(1, len(text)):
            prompt, rest = lm.encode(text[:cut]), text[cut:]
            fork = Ask("b", lm.model, lm.revision, prompt, text=rest).fork(lm)
            assert fork.token_ids and list(fork.ids[: len(prompt)]) == prompt
            assert b"".join(lm.vocabulary.token(i).bytes for i in fork.token_ids) == rest.encode()
            spanned += list(fork.ids) != whole
    assert spanned, "no cut fell within a token"
    trace = generate(lm, fork, 0)
    assert trace.steps[len(prompt) - 1].given
    priced = sum(step.chosen.logprob for step in trace.steps[len(prompt) - 1 :])
    assert priced == pytest.approx(logprob_of(folder, list(fork.ids), len(prompt)), abs=NATS)


class Payload:
    """A pickle that leaves a file where it is opened."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (str(self.marker), "w")


def test_a_pickle_is_not_opened_even_where_some_file_is_safe(folder_of: FolderOf, tmp_path: Path) -> None:
    """The folder has safetensors, but not of the model: transformers would turn to the pickle."""
    folder, marker = Path(shutil.copytree(folder_of("llama"), tmp_path / "mine")), tmp_path / "was-opened"
    weights = AutoModelForCausalLM.from_pretrained(folder).state_dict()
    (folder / "model.safetensors").rename(folder / "adapter.safetensors")
    for poisoned in (weights, Payload(marker)):
        torch.save(poisoned, folder / "pytorch_model.bin", pickle_module=pickle)
        with pytest.raises(ModelLoadFailed):
            load(str(folder))
    assert not marker.exists()
