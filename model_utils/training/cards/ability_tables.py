"""The table of abilities in a card, with examples of what goes right and wrong. Leaves out: measuring (`abilities`)."""

from typing import Any

from model_utils.training.cards.markdown import code, table

KINDS = ("seen", "reworded", "new")
HEAD = """
## Abilities

What temperature 0 answers to questions of the lecture's kinds. *Seen*: fact and wording were trained on. *Reworded*:
the fact was, the wording never. *New*: the fact, the pair or the combination never was. Each cell gives how many
answers are right, the mean probability of the right answer, and of how many questions.

"""
EXAMPLES = """
Examples, one of them wrong where any is: how the text begins, what should follow, and what temperature 0 writes.

"""


def section(rows: list[dict[str, Any]]) -> str:
    """The table, and three examples of every row."""
    grouped: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault((row["ability"], row["language"]), {})[row["kind"]] = row
    lines = [(*key, *(_cell(kinds.get(kind)) for kind in KINDS)) for key, kinds in grouped.items()]
    examples = [
        (f"{row['ability']}, {row['kind']}", code(one["prompt"]), code(one["answer"]), _verdict(one))
        for row in rows
        for one in row["examples"]
    ]
    return (
        HEAD
        + table(("ability", "language", *KINDS), lines)
        + EXAMPLES
        + table(("ability", "prompt", "answer", "temperature 0"), examples)
    )


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    probability = "" if row["probability"] is None else f", p {row['probability']:.2f}"
    return f"**{row['accuracy']:.0%}**{probability} ({row['count']})"


def _verdict(one: dict[str, Any]) -> str:
    return ("" if one["right"] else "✗ ") + code(one["written"])
