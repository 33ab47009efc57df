"""llama.cpp's server with the embedded model, for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from subprocess import DEVNULL

import pytest

from model_utils import LM, load
from model_utils.catalog import DEFAULT, MODELS

from ...served import Served, free_port
from .converted import convert

# The cache in float32, as the weights: what is left of a difference is the order of the sums.
FLOAT32 = ("--type_k", "0", "--type_v", "0")


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    file = convert(MODELS / DEFAULT, tmp_path_factory.mktemp("gguf") / "small.gguf")
    port = free_port()
    command = ["-m", "llama_cpp.server", "--model", str(file), "--model_alias", "small", "--port", str(port)]
    options = ["--logits_all", "true", "--n_ctx", "512", "--verbose", "false", *FLOAT32]
    served = Served([*command, *options], port, {}, "v1/models", stdout=DEVNULL, stderr=DEVNULL)
    yield served
    served.kill()


@pytest.fixture(scope="session")
def remote(llama: Served) -> LM:
    return load(f"openai:{llama.url}v1#small")


@pytest.fixture(scope="session")
def local() -> LM:
    return load(DEFAULT)
