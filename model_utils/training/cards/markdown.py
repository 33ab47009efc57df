"""Tables and code in Markdown that stand whatever they hold. Leaves out: what is in them."""

from collections.abc import Iterable


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table with its head."""
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def code(text: str) -> str:
    """`text` as code in a table cell."""
    return "`` " + text.replace("\n", "⏎").replace("|", "\\|") + " ``"
