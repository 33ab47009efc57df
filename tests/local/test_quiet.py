"""What loading prints: in the process of a notebook without ipywidgets, and afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = f"""
import sys, types
sys.path.insert(0, {str(ROOT)!r})
class Shell: pass
shell = types.ModuleType("IPython")
shell.get_ipython, shell.version_info = Shell, (8,)
shown = shell.display = types.ModuleType("IPython.display")
shown.display = shown.HTML = str
sys.modules.update({{"IPython": shell, "IPython.display": shown, "ipykernel.zmqshell": types.ModuleType("zmqshell")}})
from model_utils import load, score
assert score(load("nano"), "A cat.").steps
"""


def test_the_first_cell_of_a_notebook_prints_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK], capture_output=True, text=True, encoding="utf-8", timeout=300, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_bars_are_back_for_who_had_them() -> None:
    from transformers.utils import logging

    from model_utils import load

    had = logging.is_progress_bar_enabled()
    try:
        for are_on in (True, False):
            (logging.enable_progress_bar if are_on else logging.disable_progress_bar)()
            load("nano")
            assert logging.is_progress_bar_enabled() is are_on
    finally:
        (logging.enable_progress_bar if had else logging.disable_progress_bar)()
