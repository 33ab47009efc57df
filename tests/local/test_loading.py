"""Models that are loaded at the same time, as when a page asks for one while the first is on its way.

In an interpreter of its own: what goes wrong stays wrong for every model that comes after.
"""

from __future__ import annotations

import os
import subprocess
import sys

LOAD_TOGETHER = """
from concurrent.futures import ThreadPoolExecutor
from model_utils import load, score
from model_utils.catalog import embedded

alone = {name: score(load(name), "a b c") for name in embedded()}
for _ in range(2):
    with ThreadPoolExecutor(8) as pool:
        for lm in pool.map(load, [*embedded(), *embedded()]):
            assert score(lm, "a b c") == alone[lm.model]
"""


def test_models_loaded_at_the_same_time_are_the_models_loaded_alone() -> None:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", LOAD_TOGETHER], env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    assert ran.returncode == 0, ran.stderr[-1000:]
