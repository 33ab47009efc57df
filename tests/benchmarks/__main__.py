"""Run the benchmarks by hand:

    python -m tests.benchmarks [embedded gpt2-shape beam-4 beam-8 scoring family gpu page
                                together visitors hostile soak replicas] [--model FOLDER] [--runs N] [--json FILE]

Prints a table and can write everything to a file. The figures mean something only beside each other, from one run.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

TARGETS = {
    "embedded": {"ratio": ("<=", 0.8)},
    "gpt2-shape": {"ratio": ("<=", 1.0)},
    "beam-4": {"ratio": ("<=", 1.0)},
    "beam-8": {"ratio": ("<=", 1.0)},
    "forking": {"ratio": ("<=", 1.3)},
    "scoring": {"times_the_passes_alone": ("<=", 1.2), "times_faster": (">=", 3.0)},
    "vocabularies": {
        f"{size}: ratio{which}": ("<=", target)
        for size in (12_000, 151_936, 262_144)
        for which, target in (("", 1.3), (" without tails", 1.1))
    },
    "family": {},
    "gpu": {"ratio": ("<=", 1.0)},
    "page": {
        "start_to_served_seconds": ("<=", 4.0),
        "open_to_drawn_seconds": ("<=", 2.0),
        "run_to_bars_ms": ("<=", 300),
        "key_to_paint_ms": ("<=", 20),
        "knob_to_paint_ms": ("<=", 20),
        "requests_while_stepping": ("<=", 0),
    },
    "together": {"ratio": ("<=", 0.7)},
    "hostile": {"worst_p99_seconds": ("<=", 0.3), "worst_growth": ("<=", 0.05)},
    "soak": {"unanswered": ("<=", 0), "growth": ("<=", 0.1)},
    "replicas": {"embedded_times_faster": (">=", 1.5), "larger_times_faster": (">=", 1.5)},
    "visitors": {
        "same_example_answered": (">=", 200),
        "same_example_p95_seconds": ("<=", 3.0),
        "different_answered": (">=", 50),
        "ratio": ("<=", 0.5),
    },
}


def benchmarks(model: str | None, runs: int, new_tokens: int) -> dict[str, Callable[[], dict[str, Any]]]:
    from . import generation, scoring
    from .beams import beside_beam_search
    from .family import family
    from .forking import forking
    from .gpu import on_gpu
    from .hostile import hostile
    from .page import page
    from .replicas import replicas
    from .soak import soak
    from .together import together
    from .visitors import visitors
    from .vocabularies import large_vocabularies

    return {
        "embedded": lambda: generation.embedded(model, runs, new_tokens),
        "gpt2-shape": lambda: generation.gpt2_shape(max(4, runs // 2), new_tokens),
        "beam-4": lambda: beside_beam_search(model, 4, max(4, runs // 2), new_tokens),
        "beam-8": lambda: beside_beam_search(model, 8, max(4, runs // 2), new_tokens),
        "forking": lambda: forking(model, runs),
        "scoring": lambda: scoring.beside_minicons(model, max(4, runs // 2)),
        "vocabularies": lambda: large_vocabularies(max(3, runs // 4)),
        "family": lambda: family(max(4, runs // 2), new_tokens),
        "page": lambda: page(max(1, runs // 7)),
        "gpu": lambda: on_gpu(max(4, runs // 4), 128),
        "together": lambda: together(model, max(4, runs // 4)),
        "visitors": visitors,
        "hostile": hostile,
        "soak": soak,
        "replicas": replicas,
    }


def table(name: str, result: dict[str, Any]) -> str:
    lines = [name]
    for label, value in result.items():
        said = verdict(value, *TARGETS[name][label]) if label in TARGETS[name] else ""
        lines.append(f"  {label:<32}{value!s:<24}{said}".rstrip())
    return "\n".join(lines)


def verdict(value: float, sign: str, target: float) -> str:
    met = value <= target if sign == "<=" else value >= target
    return f"target {sign} {target}: {'met' if met else 'missed'}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", choices=[*TARGETS, []], help="which; all where none is named")
    parser.add_argument("--model", help="folder, in place of the embedded model")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--new-tokens", type=int, default=48)
    parser.add_argument("--threads", type=int, help="1 where other work keeps the machine busy: threads would wait")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    import torch

    if options.threads:
        torch.set_num_threads(options.threads)
    known = benchmarks(options.model, options.runs, options.new_tokens)
    results = {}
    for name in options.names or [name for name in known if name != "gpu" or torch.cuda.is_available()]:
        results[name] = known[name]()
        print(table(name, results[name]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
