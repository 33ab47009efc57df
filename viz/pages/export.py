"""A view with its data as one page that holds all it takes, and opens from a file, with no network.

Plotly's script is packed (gzip, base85) and unpacked by the browser, or lies beside several pages; the rest is
readable. Leaves out: where pages go (`lessons_folder`), and pictures of a single step, which the browser's print gives.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

from model_utils.trace.values import Trace, from_wire
from model_utils.trace.wire import to_wire

from ..text.i18n import known, words
from .assets import Bundle, bundle, page_sheets, plotly_script, view_modules
from .plain import trace_table

_JSON_ESCAPES = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})
_NO_TAG = bytes.maketrans(b"<", b",")
"""Base85 as Python writes it has neither a comma nor a slash: without its ``<``, nothing in it can be markup."""
_TITLE_LENGTH = 60

_PAGE = """<!doctype html>
<html lang="{language}" class="system">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
{style}
</head>
<body class="tz-page">
<noscript>{plain}</noscript>
<script type="application/json" id="tsuzuki-data">{data}</script>
{plotly}{script}
</body>
</html>
"""
_PACKED = '<script type="text/plain" id="tsuzuki-plotly">{packed}</script>\n'
_BESIDE = '<script src="{path}" async></script>\n'
STYLE, SCRIPT, PLOTLY = "tsuzuki.css", "tsuzuki.js", "plotly.min.js"
"""What may lie beside several pages."""


def to_html(trace: Trace, language: str = "", plotly: str = "") -> str:
    """One self-contained HTML page, about 2 MB. Whatever its tokens contain is shown as text.

    It opens in `language`, by default the browser's. `plotly`: path to Plotly's script; by default the page holds it.
    """
    view = "step" if trace.sampling else "score"
    return view_to_html(view, to_wire(trace), language, title=trace.text, traces=(trace,), plotly=plotly)


def view_to_html(
    view: str,
    value: Mapping[str, Any],
    language: str = "",
    *,
    title: str = "",
    traces: Sequence[Trace] | None = None,
    plotly: str = "",
) -> str:
    """As `to_html`, for any view of `assets.VIEWS` and its plain value.

    `title` names the page in the browser. Browsers without scripts show the value's traces as tables: `traces`, where
    they are at hand, else those read from it. The rest of the value is not validated.
    """
    shown = known(language)
    data = {"view": view, "value": value, "language": language and shown}
    plain = [trace_table(trace, shown) for trace in (_traces(view, value) if traces is None else traces)]
    page = bundle(*view_modules(view), "player/page")
    return _page(page, data, shown, title=title, plain="".join(plain), plotly=_plotly(plotly))


def hand_out_to_html(trace: Trace, language: str = "") -> str:
    """A page for paper, about 0.2 MB: every step below the one before, several on a sheet and none cut in two."""
    shown = known(language)
    data = {"value": to_wire(trace), "language": language and shown}
    page = bundle("player/hand_out")
    return _page(page, data, shown, title=trace.text, plain=trace_table(trace, shown), sheets=("page", "hand_out"))


def _page(
    page: Bundle,
    data: Mapping[str, Any],
    language: str,
    *,
    title: str,
    plain: str,
    plotly: str = "",
    sheets: tuple[str, ...] = ("page",),
) -> str:
    """A page that holds all it takes. `plain`: HTML without scripts."""
    return _PAGE.format(
        plain=_unscripted(language, plain),
        language=language,
        title=_title(title, language),
        style=f"<style>\n{page.style}{page_sheets(*sheets)}\n</style>",
        data=json_for_script({**data, "setup": page.setup}),
        plotly=plotly if page.needs_plotly else "",
        script=f"<script>\n{page.script}</script>",
    )


def page_beside(data: Mapping[str, Any], language: str, *, needs_plotly: bool = False, title: str = "") -> str:
    """A page that has its data alone: STYLE, SCRIPT and, where it needs it, PLOTLY lie beside it."""
    return _PAGE.format(
        plain=_unscripted(language),
        language=language,
        title=_title(title, language),
        style=f'<link rel="stylesheet" href="{STYLE}">',
        data=json_for_script(data),
        plotly=_plotly(PLOTLY) if needs_plotly else "",
        script=f'<script src="{SCRIPT}"></script>',
    )


def _title(text: str, language: str) -> str:
    name = " ".join(text.split())
    name = name if len(name) <= _TITLE_LENGTH else name[: _TITLE_LENGTH - 1] + "…"
    return escape(words(language)["export.title"].format(text=name) if name else "Tsuzuki 続き")


def _unscripted(language: str, plain: str = "") -> str:
    """HTML for browsers and viewers without scripts."""
    return f"<p>{escape(words(language)['export.no_scripts'])}</p>{plain}"


def _traces(view: str, value: Mapping[str, Any]) -> list[Trace]:
    """The complete traces of a value, for tables; of branches only the first, which the others continue."""
    if "branches" in value:
        return [from_wire({name: part for name, part in value["branches"][0]["trace"].items() if name != "after"})]
    wires = {"step": [value], "score": [value], "duel": value.get("traces", [])}.get(view, [])
    return [from_wire(wire) for wire in wires]


def json_for_script(data: Any) -> str:
    """JSON that may stand inside a ``<script>`` element: no character in it can end the element or open another."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_JSON_ESCAPES)


def _plotly(path: str) -> str:
    return _BESIDE.format(path=escape(path)) if path else _PACKED.format(packed=_packed_plotly())


@cache
def _packed_plotly() -> str:
    packed = gzip.compress(plotly_script().read_bytes(), 9, mtime=0)
    return base64.b85encode(packed).translate(_NO_TAG).decode("ascii")
