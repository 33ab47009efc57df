"""A trace without scripts: as text, and as a table of HTML that no style sheet needs.

For notebooks that nobody has trusted, viewers that show them, and browsers without scripts. Leaves out: everything that
moves, and the candidates.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from model_utils.trace.values import Step, Trace

from ..text.formats import fixed, percent, product, rank
from ..text.i18n import words

MOST = 200
"""Steps: of a longer text, the first ones."""


def trace_text(trace: Trace, language: str = "en") -> str:
    """A summary of the trace, then one line per step, with the token last and unpadded."""
    heads, rows = _table(trace, language)
    if not rows:
        return next(_summary(trace, language))
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    order = [0, 2, 3, 4, 1]  # the token last: nobody knows how wide a terminal draws it
    lines = ("  ".join([*(row[at].rjust(widths[at]) for at in order[:-1]), row[1]]).rstrip() for row in (heads, *rows))
    return "\n".join([*_summary(trace, language), "", *lines, *_rest(trace, language)]).rstrip()


def trace_table(trace: Trace, language: str = "en") -> str:
    """The same as HTML. Whatever a token contains is text."""
    heads, rows = _table(trace, language)
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    around = "".join(f"<p>{escape(line)}</p>" for line in _summary(trace, language))
    rest = "".join(f"<p>{escape(line)}</p>" for line in _rest(trace, language))
    return f"{around}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _summary(trace: Trace, language: str) -> Iterator[str]:
    text = words(language)
    yield f"{trace.model}: {' '.join(trace.text.split())}"
    if trace.steps:
        logprob = text["unit.nats"].format(value=fixed(trace.logprob, 2))
        yield f"{text['product.text']} = {product(trace.logprob)}, {text['term.logprob']} {logprob}"


def _table(trace: Trace, language: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    text = words(language)
    heads = (
        text["timeline.step"],
        text["term.token"],
        text["term.probability"],
        f"{text['term.surprisal']} ({text['unit.bits.name']})",
        text["term.rank"],
    )
    return heads, [_row(number, step) for number, step in enumerate(trace.steps[:MOST], start=1)]


def _row(number: int, step: Step) -> tuple[str, ...]:
    chosen = step.chosen
    return (
        str(number),
        chosen.token.label,
        percent(chosen.probability),
        fixed(chosen.surprisal_bits, 2),
        rank(chosen.rank),
    )


def _rest(trace: Trace, language: str) -> Iterator[str]:
    if len(trace.steps) > MOST:
        yield "… " + words(language)["product.more"].format(count=fixed(len(trace.steps) - MOST, 0))
