"""Beam search: on trees that a person can check, and beside transformers' own on tiny random models.

Leaves out: the steps of a trace as such (`test_tracing`, `test_models`), the search in a file (`test_beam_wire`), and
speed (`tests/benchmarks`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from model_utils import Beams, Sampling, Trace, beam, generate, score
from model_utils.errors import EmptyPrompt, InvalidChoice, InvalidSettings, NonFiniteLogits, PromptTooLong
from model_utils.local.model import LocalLM
from tests.fakes import BOS, CONTEXT_LENGTH, EOS, FIRST_HALF, PAGE, PIECES, SECOND_HALF, FakeLM, known_row
from tests.models import FolderOf

NATS = 1e-4
GREEDY = Sampling(temperature=0.0)
PROMPT = PAGE[0][:12]
NEW = 9
A, B, C, D = 2, 4, 5, 8
REST = 1e-7
"""The probability of every token that a tree does not name."""

Tree = Mapping[tuple[int, ...], Mapping[int, float]]
GREEDY_IS_NOT_BEST: Tree = {(): {A: 0.5, B: 0.4, C: 0.1}, (A,): {A: 0.4, B: 0.35, C: 0.25}, (B,): {D: 0.9, A: 0.1}}
SHORT_OR_LONG: Tree = {(): {A: 0.6, EOS: 0.3, B: 0.1}, (A,): {EOS: 0.4, A: 0.35, C: 0.25}, (A, A): {EOS: 0.9, D: 0.1}}


def row_of(tree: Tree) -> Callable[[Sequence[int]], Any]:
    def row(ids: Sequence[int]) -> Any:
        named = tree.get(tuple(ids[1:]), {D: 0.5, C: 0.5})
        return np.log([named.get(token_id, REST) for token_id in range(len(PIECES))]).astype(np.float32)

    return row


def ids_of(found: Beams) -> list[tuple[int, ...]]:
    return [one.ids for one in found.sequences]


def test_a_beam_of_two_finds_what_greedy_misses() -> None:
    lm = FakeLM(row=row_of(GREEDY_IS_NOT_BEST))
    assert generate(lm, "", 2, GREEDY).ids == (BOS, A, A)
    best = beam(lm, "", width=2, max_new_tokens=2, length_penalty=0.0)
    assert best.ids == (BOS, B, D) and best.end == "max_new_tokens"
    assert ids_of(best) == [(B, D), (A, A)]
    assert [math.exp(one.logprob) for one in best.sequences] == pytest.approx([0.36, 0.2], abs=1e-5)
    first, second = best.search
    rows = [(b.parent, b.token.id, round(math.exp(b.logprob), 4), b.fate) for b in first.branches]
    assert rows[:3] == [(0, A, 0.5, "kept"), (0, B, 0.4, "kept"), (0, C, 0.1, "pruned")]
    rows = [(b.parent, b.token.id, round(math.exp(b.logprob), 4), b.fate) for b in second.branches]
    assert rows == [(1, D, 0.36, "finished"), (0, A, 0.2, "finished"), (0, B, 0.175, "pruned"), (0, C, 0.125, "pruned")]


@pytest.mark.parametrize(
    ("penalty", "best"), [(0.0, (EOS,)), (-1.0, (EOS,)), (1.0, (A, A, EOS)), (2.0, (A, A, EOS))], ids=str
)
def test_the_length_penalty_divides_by_a_power_of_the_length(penalty: float, best: tuple[int, ...]) -> None:
    """And by nothing else: length + 1 ** penalty, or the length of the prompt too, give other scores."""
    found = beam(FakeLM(row=row_of(SHORT_OR_LONG)), [BOS], 3, 3, penalty)
    logprobs = {(EOS,): math.log(0.3), (A, EOS): math.log(0.24), (A, A, EOS): math.log(0.6 * 0.35 * 0.9)}
    for one in found.sequences:
        assert one.score == pytest.approx(logprobs.get(one.ids, one.logprob) / len(one.ids) ** penalty, abs=NATS)
    assert ids_of(found)[0] == best
    assert found.score == max(one.score for one in found.sequences)
    assert found.end == "end_of_text" and found.sequences[0].ended
    for length, step in enumerate(found.search, start=1):
        for branch in step.branches:
            assert branch.score == pytest.approx(branch.logprob / length**penalty, abs=1e-6)


def test_when_it_stops() -> None:
    """After two steps two have finished. What goes on is less likely, and a penalty lets it hope to score better."""
    tree: Tree = {(): {EOS: 0.5, A: 0.3, B: 0.2}, (A,): {EOS: 0.9, A: 0.1}, (B,): {EOS: 0.2, D: 0.8}, (B, D): {D: 1}}
    steps = {
        (mode, penalty): len(beam(FakeLM(row=row_of(tree)), [BOS], 2, 8, penalty, mode).search)
        for mode, penalty in product((True, False, "never"), (0.0, 1.0, 2.0))
    }
    assert [steps[True, penalty] for penalty in (0.0, 1.0, 2.0)] == [2, 2, 2]
    assert [steps[False, penalty] for penalty in (0.0, 1.0, 2.0)] == [2, 2, 8]
    assert [steps["never", penalty] for penalty in (0.0, 1.0, 2.0)] == [2, 8, 8]


def test_a_negative_penalty_lets_nothing_hope_for_length() -> None:
    """What goes on, 0.32 and then 0.16, is held against log(0.18) * 2 at the length it has: -2.3, -3.42 and -7.3."""
    tree: Tree = {(): {EOS: 0.4, B: 0.4, A: 0.2}, (A,): {EOS: 0.9, A: 0.1}, (B,): {D: 0.8, EOS: 0.2}, (B, D): {D: 1}}
    for mode in (False, "never"):
        assert len(beam(FakeLM(row=row_of(tree)), [BOS], 2, 8, -1.0, mode).search) == 4


def test_however_many_end_it_goes_on_with_as_many_as_it_is_wide() -> None:
    lm = FakeLM(row=row_of({(): {EOS: 0.3, A: 0.25, B: 0.2, C: 0.15, D: 0.1}}))
    lm.end_ids = frozenset({EOS, A, B})
    fates = [(b.token.id, b.fate) for b in beam(lm, [BOS], 2, 3).search[0].branches]
    assert fates[:5] == [(EOS, "finished"), (A, "finished"), (B, "pruned"), (C, "kept"), (D, "kept")]


def test_an_end_that_is_not_among_the_best_of_its_step_is_pruned() -> None:
    tree: Tree = {(): {A: 0.5, B: 0.3, EOS: 0.2}}
    found = beam(FakeLM(row=row_of(tree)), [BOS], 2, 3)
    assert [(b.token.id, b.fate) for b in found.search[0].branches][:3] == [(A, "kept"), (B, "kept"), (EOS, "pruned")]
    assert (EOS,) not in ids_of(found)


def test_equals_go_to_the_earlier_parent_and_the_lower_id() -> None:
    found = beam(FakeLM(row=lambda ids: np.zeros(len(PIECES), dtype=np.float32)), [BOS, A], 2, 2)
    assert [(b.parent, b.token.id) for b in found.search[0].branches] == [(0, 0), (0, 1), (0, 2), (0, 3)]
    assert [b.fate for b in found.search[0].branches] == ["kept", "finished", "kept", "pruned"]
    assert [(b.parent, b.token.id) for b in found.search[1].branches] == [(0, 0), (0, 1), (0, 2), (0, 3)]


@pytest.mark.parametrize("width", [1, 3, 8])
def test_it_is_a_trace_with_every_step(width: int) -> None:
    found = beam(FakeLM(), "好きな", width, 5, candidates=4)
    scored = score(FakeLM(), found.ids, candidates=4)
    assert [(s.chosen, s.candidates, s.entropy, s.tail) for s in found.steps] == [
        (s.chosen, s.candidates, s.entropy, s.tail) for s in scored.steps
    ]
    assert [step.given for step in found.steps] == [True] * 2 + [False] * 5
    assert found.logprob == pytest.approx(
        scored.steps[0].chosen.logprob + scored.steps[1].chosen.logprob + found.sequences[0].logprob, abs=1e-5
    )
    assert isinstance(found, Trace) and found.text == scored.text and found.ids[3:] == found.sequences[0].ids


def test_as_json_it_is_the_trace_of_the_best() -> None:
    found = beam(FakeLM(), "好きな", 3, 4)
    again = Trace.from_json(found.to_json())
    assert (again.ids, again.steps, again.end, again.sampling) == (found.ids, found.steps, found.end, GREEDY)
    assert type(again) is Trace


def test_a_beam_of_one_is_greedy() -> None:
    for row in (known_row, row_of(SHORT_OR_LONG)):
        found, greedy = beam(FakeLM(row=row), "好き", 1, 6), generate(FakeLM(row=row), "好き", 6, GREEDY)
        assert (found.ids, found.end) == (greedy.ids, greedy.end) and len(found.sequences) == 1


def check_search(found: Beams, width: int) -> None:
    """Kept ones are the parents of the next, logprobs fall, and every result can be followed from its first token."""
    for before, step in pairwise([None, *found.search]):
        assert step is not None
        parents = [b for b in before.branches if b.fate == "kept"] if before else [None]
        assert len([b for b in step.branches if b.fate == "kept"]) <= width
        assert all(0 <= branch.parent < len(parents) for branch in step.branches)
        assert [b.logprob for b in step.branches] == sorted((b.logprob for b in step.branches), reverse=True)
        assert len({(b.parent, b.token.id) for b in step.branches}) == len(step.branches)
    assert [one.score for one in found.sequences] == sorted((one.score for one in found.sequences), reverse=True)
    for one in found.sequences:
        way = [step.branches[place] for step, place in zip(found.search, one.path, strict=False)]
        assert tuple(branch.token for branch in way) == one.tokens and len(way) == len(one.path)
        assert [branch.fate for branch in way] == ["kept"] * (len(way) - 1) + ["finished"]
        assert (way[-1].logprob, way[-1].score) == (one.logprob, one.score)
        for (step, place), branch in zip(zip(found.search, one.path, strict=False), way[1:], strict=False):
            kept = [at for at, other in enumerate(step.branches) if other.fate == "kept"]
            assert kept[branch.parent] == place


def test_logprobs_of_the_search_add_up() -> None:
    found = beam(FakeLM(), "好きな", 4, 5)
    check_search(found, 4)
    texts: list[tuple[int, ...]] = [()]
    for step in found.search:
        for branch in step.branches:
            scored = score(FakeLM(), [*found.ids[:3], *texts[branch.parent], branch.token.id])
            expected = math.fsum(own.chosen.logprob for own in scored.steps[2:])
            assert branch.logprob == pytest.approx(expected, abs=1e-5)
        texts = [(*texts[b.parent], b.token.id) for b in step.branches if b.fate == "kept"]


def test_half_characters_stand_behind_their_own_first_half() -> None:
    tree: Tree = {(): {FIRST_HALF: 0.6, A: 0.4}, (FIRST_HALF,): {SECOND_HALF: 1.0}, (A,): {SECOND_HALF: 1.0}}
    labels = {b.parent: b.token.label for b in beam(FakeLM(row=row_of(tree)), "", 2, 2).search[1].branches[:2]}
    assert labels == {0: "‹A1›葡", 1: "‹A1›"}


def test_passes() -> None:
    """The prompt, its last token once more, one pass a step whatever the width, and one over what was found."""
    lm = FakeLM()
    beam(lm, "好きな", 3, 4)
    assert lm.passes == [3, 1, 3, 3, 3, 5]
    lm = FakeLM()
    beam(lm, "好きな", 8, 1)
    assert lm.passes == [3, 1, 2], "what cannot grow is not read on"


def test_a_fork_goes_on_from_its_ids() -> None:
    trace = generate(FakeLM(), "好きな", 4, GREEDY)
    lm = FakeLM()
    found = beam(lm, trace.fork(4, 5), 3, 3)
    assert found.ids[:6] == (*trace.ids[:5], 5) and found.steps[:4] == trace.steps[:4]
    assert ids_of(found) == ids_of(beam(FakeLM(), found.ids[:6], 3, 3))
    ended = beam(lm, trace.fork(3, EOS), 3, 3)
    assert ended.end == "end_of_text" and ended.search == () and ended.sequences[0].ended


@pytest.mark.parametrize(
    ("context_length", "new", "made", "end"),
    [(5, 9, 3, "context_full"), (5, 3, 3, "max_new_tokens"), (2, 4, 0, "context_full"), (9, 0, 0, "max_new_tokens")],
    ids=["full on the way", "full at the last", "already full", "nothing asked for"],
)
def test_the_search_stops_where_there_is_no_room(context_length: int, new: int, made: int, end: str) -> None:
    found = beam(FakeLM(context_length=context_length), [BOS, 5], 3, new, early_stopping="never")
    assert (len(found.search), len(found.ids), found.end) == (made, 2 + made, end)
    assert {len(one.ids) for one in found.sequences} == {made} and not any(one.ended for one in found.sequences)
    assert len(found.sequences) == (3 if made else 1) and (made or found.score == 0.0)


def test_a_model_without_an_end_of_text() -> None:
    lm = FakeLM(context_length=None)
    lm.end_ids = frozenset()
    found = beam(lm, "x", 4, 6)
    assert len(found.search) == 6 and len(found.search[-1].branches) == 8 and found.end == "max_new_tokens"
    check_search(found, 4)


def test_as_wide_as_the_vocabulary_and_no_wider() -> None:
    found = beam(FakeLM(), "x", len(PIECES), 3)
    check_search(found, len(PIECES))
    assert len(found.sequences) == len(PIECES)
    with pytest.raises(InvalidSettings, match="width is 11; it must be a number from 1 to 10"):
        beam(FakeLM(), "x", len(PIECES) + 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("width", 0), ("width", 2.0), ("max_new_tokens", -1), ("candidates", -1)),
        *(("length_penalty", 11.0), ("length_penalty", math.nan)),
    ],
)
def test_settings_out_of_range(name: str, value: Any) -> None:
    lm = FakeLM()
    with pytest.raises(InvalidSettings, match=name):
        beam(lm, "x", **{name: value})
    assert not lm.passes


@pytest.mark.parametrize("value", ["always", 1, None])
def test_another_early_stopping_is_refused(value: Any) -> None:
    with pytest.raises(InvalidChoice, match="False, True, never"):
        beam(FakeLM(), "x", early_stopping=value)


def test_prompts_that_cannot_be_read() -> None:
    assert beam(FakeLM(), "", 2, 2).context[0].id == BOS
    with pytest.raises(EmptyPrompt):
        beam(FakeLM(bos_id=None), "", 2)
    with pytest.raises(PromptTooLong):
        beam(FakeLM(context_length=2), [BOS, 5, 5], 2)


def test_a_bad_number_is_named_by_its_place_whichever_beam_it_is_in() -> None:
    def row(ids: Sequence[int]) -> Any:
        logits = row_of(GREEDY_IS_NOT_BEST)(ids)
        return logits * np.float32(math.nan) if tuple(ids[1:]) == (B,) else logits

    with pytest.raises(NonFiniteLogits) as error:
        beam(FakeLM(row=row), "", 2, 3)
    assert error.value.params["position"] == 3


def both(folder: Path) -> tuple[LocalLM, Any]:
    """The same files as ours and as transformers' own."""
    logging.set_verbosity_error()
    networks = [AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval() for _ in range(2)]
    return LocalLM(networks[0], AutoTokenizer.from_pretrained(folder), "tiny"), networks[1]


def theirs(network: Any, prompt: list[int], width: int, penalty: float, early: Any) -> list[tuple[list[int], float]]:
    """The continuations, filled up as they come, and their scores. A width of 1 is greedy there, without scores."""
    output = network.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt), dtype=torch.int64),
        num_beams=width,
        num_return_sequences=width,
        do_sample=False,
        max_new_tokens=NEW,
        return_dict_in_generate=True,
        output_scores=True,
        **({"length_penalty": penalty, "early_stopping": early} if width > 1 else {}),
    )
    new = output.sequences[:, len(prompt) :]
    if width > 1:
        return list(zip(new.tolist(), output.sequences_scores.tolist(), strict=True))
    each = network.compute_transition_scores(output.sequences, output.scores, normalize_logits=True)[0]
    return [(new[0].tolist(), each.sum().item() / len(each) ** penalty)]


def compare(lm: LocalLM, network: Any, settings: Sequence[tuple[int, float, Any]]) -> Counter[bool]:
    """Checks every setting; counts the results by whether they ended by themselves."""
    prompt = lm.encode(PROMPT)
    network.generation_config.eos_token_id = sorted(lm.end_ids) or None
    ended: Counter[bool] = Counter()
    for width, penalty, early in settings:
        found = beam(lm, prompt, width, NEW, penalty, early, candidates=3)
        for ours, (ids, expected) in zip(found.sequences, theirs(network, prompt, width, penalty, early), strict=True):
            assert list(ours.ids) == ids[: len(ours.ids)], (width, penalty, early)
            assert set(ids[len(ours.ids) :]) <= {EOS}, "the rest is padding"
            assert ours.score == pytest.approx(expected, abs=NATS), (width, penalty, early)
            ended[ours.ended] += 1
        check_search(found, width)
    return ended


WIDTHS = (1, 2, 4, 8)
GRID = tuple(product(WIDTHS, (0.0, 0.6, 1.0, 2.0, -1.0), (False, True, "never")))
SOME = tuple(
    (width, penalty, early) for width in WIDTHS for penalty, early in [(1.0, False), (0.6, "never"), (-1.0, True)]
)
CACHES = {
    "llama": GRID,
    "gemma3-sliding": GRID,
    "mamba": GRID,
    **dict.fromkeys(("gpt2", "qwen3", "gemma", "gpt-neox", "qwen3.5-hybrid", "bamba-hybrid", "no-cache-gpt"), SOME),
}


@pytest.mark.parametrize("architecture", CACHES)
def test_beams_are_transformers_beams(folder_of: FolderOf, architecture: str) -> None:
    """Without an end of text, and with ends among the tokens that the search likes."""
    lm, network = both(folder_of(architecture))
    lm.end_ids = frozenset()
    assert compare(lm, network, CACHES[architecture])[True] == 0
    liked = Counter(token_id for one in beam(lm, PROMPT, 8, NEW).sequences for token_id in one.ids[1:])
    lm.end_ids = frozenset(token_id for token_id, _ in liked.most_common(3))
    assert compare(lm, network, CACHES[architecture])[True] > 0


def test_a_state_that_cannot_be_put_in_order_is_read_anew(folder_of: FolderOf) -> None:
    """transformers refuses to search with RWKV's state; without it, it reads whole texts, as is done here."""
    lm, network = both(folder_of("rwkv"))
    network.generation_config.use_cache = False
    compare(lm, network, SOME)


def test_the_models_context_bounds_the_search(folder_of: FolderOf) -> None:
    lm, _ = both(folder_of("llama"))
    found = beam(lm, [5] * (CONTEXT_LENGTH - 2), 4, 9)
    assert len(found.ids) == CONTEXT_LENGTH and found.end == "context_full"


def test_a_search_disturbs_no_remembered_text(folder_of: FolderOf) -> None:
    lm, _ = both(folder_of("llama"))
    before = generate(lm, PROMPT, 5, GREEDY)
    found = beam(lm, PROMPT, 4, 5)
    assert beam(lm, PROMPT, 4, 5) == found and generate(lm, PROMPT, 5, GREEDY) == before
    longer = generate(lm, found.fork(len(found.steps), ()), 2, GREEDY)
    assert longer.ids[: len(found.ids)] == found.ids
