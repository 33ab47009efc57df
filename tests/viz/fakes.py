"""Traces written by hand, without a model: a small vocabulary with known logprobs, and every awkward token."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from msgspec.structs import replace

from model_utils.tokens.vocabulary import label
from model_utils.trace.settings import Sampling
from model_utils.trace.values import Candidate, Step, Token, Trace

HOSTILE = ("<img src=x onerror=alert(1)>", "</script>", "<b>bold</b>", "&amp;", "$x^2$", "<!--", "{{value}}", "\u2028")
AWKWARD = (*HOSTILE, "👩‍👩‍👧‍👦", "مرحبا", "שלום", " the", "\n\n", "\t", "é", "supercalifragilisticexpialidocious" * 2)
JAPANESE = ("好き", "な", "果物", "は", "ぶどう", "です", "。", "それ", "に", "りんご", "も", "甘く", "て", "おいしい")
ENGLISH = (
    "The",
    " capital",
    " of",
    " France",
    " is",
    " Paris",
    ",",
    " and",
    " the",
    " river",
    " is",
    " the",
    " Seine",
    ".",
)
FILLERS = (
    "りんご",
    "みかん",
    "もも",
    "いちご",
    "ぶどう",
    "バナナ",
    "梨",
    "柿",
    "です",
    "ます",
    "こと",
    "もの",
    "ところ",
)


def token(text: str | bytes, id_: int, special: bool = False, shown: str = "") -> Token:
    raw = text.encode() if isinstance(text, str) else text
    return Token(id=id_, bytes=raw, label=shown or label(raw), special=special)


BOS = token("<s>", 1, special=True)
EOS = token("</s>", 2, special=True)
HALVES = (token("葡".encode()[:2], 900, shown="‹E8 91›"), token("葡".encode()[2:], 901, shown="‹A1›葡"))


def step(
    chosen: Token, rank: int, probabilities: Sequence[float], given: bool = False, cut: Sequence[int] = ()
) -> Step:
    """A step whose candidates have these probabilities (falling); `chosen` has this rank, perhaps beyond them."""
    others = [token(FILLERS[at % len(FILLERS)], 1000 + at) for at in range(len(probabilities))]
    candidates = [
        Candidate(chosen if at == rank else other, at, round(math.log(p), 7))
        for at, (other, p) in enumerate(zip(others, probabilities, strict=True), start=1)
    ]
    last = candidates[-1].logprob if candidates else 0.0
    outside = Candidate(chosen, rank, round(last - math.log(1 + rank), 7))
    picked = candidates[rank - 1] if rank <= len(candidates) else outside
    entropy = max(0.0, -sum(p * math.log(p) for p in probabilities) + (1 - sum(probabilities)) * 9)
    return Step(picked, given, tuple(candidates), entropy, tuple(cut))


def falling(random_: random.Random, count: int) -> list[float]:
    """`count` falling probabilities whose sum is below 1."""
    sharpness = random_.uniform(0.6, 2.2)
    weights = [1 / (at + 1) ** sharpness * random_.uniform(0.8, 1.0) for at in range(count)]
    total = sum(weights) + random_.uniform(0.05, 2.0)
    return sorted((weight / total for weight in weights), reverse=True)


def text_trace(
    pieces: Sequence[str | Token],
    prompt: int,
    seed: int = 0,
    candidates: int = 50,
    context: tuple[Token, ...] = (BOS,),
    sampling: Sampling | None = None,
    ends: bool = True,
) -> Trace:
    """A trace of these tokens, the first `prompt` of them given, then drawn; with `ends` it closes with end of text."""
    random_ = random.Random(seed)
    settings = sampling or Sampling(top_k=30, seed=seed)
    steps = []
    shown = [piece if isinstance(piece, Token) else token(piece, 100 + at) for at, piece in enumerate(pieces)]
    for at, piece in enumerate([*shown, EOS] if ends else shown):
        rank = random_.choice([1, 1, 1, 2, 3, 7, 14] if at >= prompt else [1, 2, 5, 40, 300])
        cut = range(settings.top_k + 1, candidates + 1) if settings.top_k and at >= prompt else ()
        steps.append(step(piece, rank, falling(random_, candidates), given=at < prompt, cut=tuple(cut)))
    end = "end_of_text" if ends else "max_new_tokens"
    return Trace("small", "0123456789abcdef", 12000, context, tuple(steps), settings, end)


def scored(pieces: Sequence[str | Token], seed: int = 0, context: tuple[Token, ...] = (BOS,)) -> Trace:
    """The same text, scored."""
    generated = text_trace(pieces, prompt=10**6, seed=seed, context=context, ends=False)
    return Trace(generated.model, generated.revision, generated.vocab_size, context, generated.steps)


def told(trace: Trace) -> Trace:
    """The trace as a server tells it: no entropy, no tail, and no rank beyond the candidates."""

    def step_of(one: Step) -> Step:
        is_known = one.chosen.rank is not None and one.chosen.rank <= len(one.candidates)
        chosen = one.chosen if is_known else replace(one.chosen, rank=None)
        return replace(one, chosen=chosen, entropy=None, tail=None)

    return replace(trace, steps=tuple(map(step_of, trace.steps)))


JAPANESE_TRACE = text_trace(JAPANESE, prompt=4, seed=4)
ENGLISH_TRACE = text_trace(ENGLISH, prompt=5, seed=2, sampling=Sampling(temperature=0.0))
LONG_TRACE = text_trace((ENGLISH * 5)[:60], prompt=5, seed=3, ends=False)
AWKWARD_TRACE = text_trace([*AWKWARD, *HALVES], prompt=3, seed=5, context=(token("好き", 7),))
SCORED_TRACE = scored(["好き", "な", "果物", "は", *HALVES, "です", "。"], seed=6)
ONE_STEP = text_trace(["は"], prompt=0, ends=False)
NO_CANDIDATES = Trace("remote", "", 5, (), (step(token("x", 3), 2, ()),))
WHOLE_VOCABULARY = Trace("tiny", "1", 3, (BOS,), (step(token("x", 3), 2, (0.5, 0.3, 0.2)),))
TOLD_TRACE = told(scored(["The", " ca", "t", " sat", "."], seed=9))
NO_STEPS = Trace("small", "0123456789abcdef", 12000, (BOS,), (), Sampling(), "unfinished")

TRACES = {
    "japanese": JAPANESE_TRACE,
    "english": ENGLISH_TRACE,
    "long": LONG_TRACE,
    "awkward": AWKWARD_TRACE,
    "scored": SCORED_TRACE,
    "one step": ONE_STEP,
    "no candidates": NO_CANDIDATES,
    "whole vocabulary": WHOLE_VOCABULARY,
    "no steps": NO_STEPS,
    "told": TOLD_TRACE,
}
