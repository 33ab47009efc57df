"""Write the model cards from what was measured: nothing in them is typed by hand but the sentences in `card_text`.

Leaves out: measuring (`evaluate`).
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from model_utils.training.cards import ability_tables
from model_utils.training.cards.card_text import (
    ANSWERS,
    DATA,
    FIGURES,
    FRONT_MATTER,
    GRAMMAR,
    HELDOUT,
    INTRODUCTION,
    PROMPTS_HEAD,
    TUNED,
    TUNED_FIGURES,
)
from model_utils.training.cards.markdown import code, table
from model_utils.training.learning.export import PUBLISHED_CURVE, PUBLISHED_RUN
from model_utils.training.learning.instruct import EPOCHS
from model_utils.training.learning.model import SIZES
from model_utils.training.learning.train import STANDARD
from model_utils.training.measuring.evaluate import DUEL, NGRAM, evaluate, means
from model_utils.training.steps import bars
from model_utils.training.text import corpus

EXCHANGED_SHOWN = 6
FIRST = "{name} as first published"


def evaluate_and_describe(models: Path, folder: Path, work: Path, blimp: Path | None) -> None:
    """Measure the family in `models`, write a card, `README.md`, into each of its folders, and print failed bars."""
    results = evaluate(models, folder, work / "data" / "tokens.bin", blimp)
    sources = corpus.sources(folder)
    for name in results["models"]:
        # A tuned model's own facts say where it was tuned; those of its base, what that had read.
        runs = [models / each / PUBLISHED_RUN for each in (name.removesuffix("-instruct"), name)]
        facts = {key: value for run in runs for key, value in json.loads(run.read_text(encoding="utf-8")).items()}
        text = card(models / name, results, facts, sources)
        (models / name / "README.md").write_text(text, encoding="utf-8")
    if found := results["models"].get(bars.BARRED):
        pairs = {language: one["accuracy"] for language, one in found["pairs"].items()}
        for sentence in bars.of_abilities(found["abilities"]) + bars.of_grammar(pairs):
            print(f"{bars.BARRED}: {sentence}")


def card(out: Path, results: dict[str, Any], facts: dict[str, Any], sources: list[corpus.Source]) -> str:
    """The model card as Markdown."""
    found = results["models"][out.name]
    values = _values(out, found, facts) | {"measured_on": _hardware(results["hardware"])}
    is_tuned = out.name.endswith("-instruct")
    parts = [
        FRONT_MATTER,
        (TUNED if is_tuned else INTRODUCTION).format(**values),
        (TUNED_FIGURES if is_tuned else FIGURES).format(**values),
        _data_section(sources, facts["mixtures"]),
        _heldout_section(out.name, results, sources),
        _grammar_section(found) if found["pairs"] else "",
        _example_section(found),
        ability_tables.section(found["abilities"]) if found["abilities"] else "",
        _answers_section(out.name, results) if is_tuned else _prompt_section(found),
    ]
    return "".join(parts)


def _values(out: Path, found: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    curve = (out / PUBLISHED_CURVE).read_text(encoding="utf-8").splitlines()
    last = json.loads(curve[-1])
    return {
        "name": out.name,
        "base": out.name.removesuffix("-instruct"),
        "layers": config["num_hidden_layers"],
        "hidden": config["hidden_size"],
        "heads": config["num_attention_heads"],
        "intermediate": config["intermediate_size"],
        "context": config["max_position_embeddings"],
        "vocabulary": config["vocab_size"],
        "parameters": found["parameters"],
        "millions": found["parameters"] / 1e6,
        "megabytes": (out / "model.safetensors").stat().st_size / 1e6,
        "steps": _steps(last),
        "tokens": last["tokens"],
        "minutes": _minutes(last["seconds"]),
        "schedule": _schedule(facts),
        "trained": _trained(last["seconds"], facts),
        "exchanged": _exchanged(facts.get("exchanged", [])),
        "speed": found["tokens_per_second"],
        "curve": PUBLISHED_CURVE,
        "hardware": _hardware(facts),
        "epochs": facts.get("epochs", EPOCHS),
        "cut": "" if facts["gpu"] else "; cut in quarters until the decay begins",
    }


def _trained(seconds: float, facts: dict[str, Any]) -> str:
    """How long on which machines; a run that went on from published weights has been on more than one."""
    parts, before = [], 0.0
    for run in [*facts.get("begun", []), facts | {"seconds": seconds}]:
        parts.append(f"{_minutes(run['seconds'] - before)} minutes on {_hardware(run)}")
        before = run["seconds"]
    return ", then ".join(parts)


def _schedule(facts: dict[str, Any]) -> str:
    """How the rates changed in the end."""
    if "settled_from" in facts:
        back = (
            f"; {1 - share:.0%} of the way back to what it went on from" if (share := facts.get("share", 1)) < 1 else ""
        )
        return f"lower, constant rates when it went on, with a linear decay from step {facts['settled_from']:,}{back}"
    return f"linear decay over the last {STANDARD.decay_share:.0%} of the time"


def _exchanged(pieces: list[list[str]]) -> str:
    some = ", ".join(code(new) for _, new in pieces[:EXCHANGED_SHOWN])
    return f"; {len(pieces)} that were rarely used are exchanged for words like {some}" if pieces else ""


def _hardware(facts: dict[str, Any]) -> str:
    return f"{facts['cores']} CPU cores ({facts['processor']}), " + (
        f"one {facts['gpu']}" if facts["gpu"] else "no GPU"
    )


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.{0 if seconds >= 600 else 1}f}"


def _steps(last: dict[str, Any]) -> str:
    """How many, and from which one on the run was a second one, whose optimiser began empty."""
    since = last.get("warm_from", 0)
    return f"{last['step']:,}" + (f"; from {since:,} on with an optimiser begun anew" if since else "")


def _language(source: corpus.Source) -> str:
    return corpus.LANGUAGES.get(source.language, "not stated")


def _data_section(sources: list[corpus.Source], mixtures: list[dict[str, Any]]) -> str:
    """A column of weights for every mixture that the run has read, the last one bare of a step."""
    heads = [f"weight until step {later['from_step']:,}" for later in mixtures[1:]] + ["weight"]
    rows = []
    here = {source.name for source in sources}
    others = dict.fromkeys(name for mixture in mixtures for name in mixture["weights"] if name not in here)
    for source in (*sources, *map(corpus.described, others)):
        weights = [mixture["weights"].get(source.name, 0) for mixture in mixtures]
        if any(weights):
            shown = (f"{weight:g}" for weight in weights)
            rows.append((source.title or source.name, _language(source), *shown, source.home, source.licence))
    return DATA + table(("source", "language", *heads, "home", "licence"), rows)


def _heldout_section(name: str, results: dict[str, Any], sources: list[corpus.Source]) -> str:
    columns: dict[str, dict[str, float]] = dict(results["references"])
    first = results["models"][name].get("held_to", {})
    if first and first != results["models"][name]["bits_per_byte"]:
        columns[FIRST.format(name=name)] = first
    below = one_size_down(name, results["models"])
    for model in (below, name) if below else (name,):
        columns[model] = results["models"][model]["bits_per_byte"]
    averages = {column: means(values, sources) for column, values in columns.items()}
    rows = [
        (
            f"**all {corpus.LANGUAGES.get(language, 'others')}** (mean)",
            "",
            *(f"**{averages[c][language]:.3f}**" for c in columns),
        )
        for language in averages[name]
    ]
    languages = {source.name: _language(source) for source in sources}
    rows += [(source, languages[source], *(f"{columns[c][source]:.3f}" for c in columns)) for source in columns[name]]
    gains = "; ".join(
        f"{corpus.LANGUAGES.get(language, 'others')} {1 - own / averages[NGRAM][language]:.0%}"
        for language, own in averages[name].items()
    )
    ends = ", ".join(
        f"{corpus.LANGUAGES[language]} {share:.1%}"
        for language, share in results["models"][name]["end_probability"].items()
    )
    going_on = f"\nA text of one sentence ends behind it with probability: {ends}.\n" if ends else ""
    bits = table(("source", "language", *columns), rows)
    return HELDOUT + bits + f"\nFewer bits than the 5-gram: {gains}.\n" + going_on


def one_size_down(name: str, models: Iterable[str]) -> str | None:
    """The next smaller model of the family, of those that there are; the base of an instruction-tuned one."""
    if name.endswith("-instruct"):
        return name.removesuffix("-instruct")
    smaller = [size for size in SIZES if size in models]
    place = smaller.index(name)
    return smaller[place - 1] if place else None


def _grammar_section(found: dict[str, Any]) -> str:
    rows, details = [], ""
    for language, pairs in found["pairs"].items():
        rows.append((corpus.LANGUAGES[language], f"{pairs['count']:,}", f"**{pairs['accuracy']:.1%}**"))
        worst_first = sorted(pairs["by_paradigm"].items(), key=lambda row: row[1])
        listed = ", ".join(f"{paradigm.replace('_', ' ')} {share:.0%}" for paradigm, share in worst_first)
        details += f"\n{corpus.LANGUAGES[language]}, from the worst paradigm to the best: {listed}.\n"
    return GRAMMAR + table(("language", "pairs", "accuracy"), rows) + details


def _example_section(found: dict[str, Any]) -> str:
    likely, absurd = (found["logprobs"][text] for text in DUEL)
    verdict = "The first is likelier, as it should be." if likely > absurd else "The second is likelier: wrong."
    rows = [(text, f"{value:.2f}") for text, value in found["logprobs"].items()]
    return f"\n## The lecture's example\n\n{verdict}\n\n" + table(("text", "logprob (nats)"), rows)


def _prompt_section(found: dict[str, Any]) -> str:
    rows = []
    for prompt, candidates in found["candidates"].items():
        best = ", ".join(f"{code(token)} {probability:.1%}" for token, probability in candidates)
        rows.append((prompt, best, code(found["continuations"][prompt])))
    return PROMPTS_HEAD + table(("prompt", "candidates", "temperature 0"), rows)


def _answers_section(name: str, results: dict[str, Any]) -> str:
    base = name.removesuffix("-instruct")
    own, plain = (results["models"][model]["answers"] for model in (name, base))
    head = ANSWERS.format(
        count=len(own["rows"]),
        name=name,
        base=base,
        ended=own["ended"],
        in_language=own["in_language"],
        base_ended=plain["ended"],
        base_in_language=plain["in_language"],
    )
    rows = [
        (code(row["text"]), code(row["answer"]["text"]), "" if row["answer"]["ended"] else "cut off")
        for row in own["rows"]
    ]
    return head + table(("instruction", "answer", ""), rows)
