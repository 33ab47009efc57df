"""Text to numbers: a causal language model's steps over a text, token by token.

    lm = load()
    trace = generate(lm, "好きな果物は", max_new_tokens=20, sampling=Sampling(temperature=0.0))

Importing this package imports neither torch nor transformers: a page can be served, and recorded traces replayed,
before or without them. `load` brings them in. Leaves out: pictures (`viz`) and the page (`page`).
"""

from .decoding.beam_search import beam
from .decoding.beams import BeamBranch, Beams, BeamStep, Hypothesis
from .decoding.tracing import generate, score, score_many, stream
from .errors import PackagesMissing, TsuzukiError
from .lm import LM
from .local.quiet import without_notice
from .trace.csv import candidates_to_csv, to_csv
from .trace.settings import Sampling
from .trace.values import Box, Candidate, Fork, Step, Tail, Token, Trace

__all__ = [
    "LM",
    "BeamBranch",
    "BeamStep",
    "Beams",
    "Box",
    "Candidate",
    "Fork",
    "Hypothesis",
    "Sampling",
    "Step",
    "Tail",
    "Token",
    "Trace",
    "TsuzukiError",
    "beam",
    "candidates_to_csv",
    "generate",
    "load",
    "score",
    "score_many",
    "stream",
    "to_csv",
]


def load(model: str | None = None) -> LM:
    """The embedded default, or the model of an embedded name, a folder in Hugging Face format, or a hub id.

    ``ray:http://host:port`` is one on the workers of a Ray cluster (`ray.worker`), equal to a local one to the last
    bit. ``openai:http://host:port/v1#model`` is one behind an OpenAI-compatible completions server (`completions`),
    which reports only the top-k. Raises ModelNotFound, HubUnreachable, UnsafeWeights, RemoteCodeNeeded,
    ModelLoadFailed, PackagesMissing, ServerUnreachable, ServerRefuses, ServerKeyMissing, ServerGarbled, OtherTokens or
    TokenizerMissing.
    """
    if model and model.startswith("ray:"):
        try:
            from .remote.ray.client import RemoteLM
        except ImportError:
            raise PackagesMissing(model=model) from None
        return RemoteLM(model.removeprefix("ray:"))
    if model and model.startswith("openai:"):
        try:
            from .remote.completions.lm import CompletionsLM
        except ImportError:
            raise PackagesMissing(model=model) from None
        return CompletionsLM(model.removeprefix("openai:"))
    with without_notice():
        from .local.model import load_local

    return load_local(model)
