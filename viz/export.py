"""A trace as one page that holds the whole player and opens from a file, with no network.

Plotly's script is packed (gzip, base64) and unpacked by the browser; the rest is readable. Leaves out: pictures of a
single step, which the browser's print gives.
"""

from __future__ import annotations

import base64
import gzip
import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from model_utils.values import Trace
from model_utils.wire import to_wire

from .player import ANSWERS, DUEL, FOLDER, MODELS, player_scripts, player_setup, player_styles, plotly_script
from .theme import css_variables
from .words import LANGUAGES, words

_JSON_ESCAPES = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})
_TITLE_LENGTH = 60
_WORDS_OF_THE_APP = ("page.", "error.", "verdict.", "models.", "learning.", "answers.")

_PAGE = """<!doctype html>
<html lang="{language}" class="system">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body class="tz-page">
<script type="application/json" id="tsuzuki-data">{data}</script>
<script type="text/plain" id="tsuzuki-plotly">{plotly}</script>
<script>
{script}
</script>
</body>
</html>
"""


def to_html(trace: Trace, language: str = "en") -> str:
    """One self-contained HTML page, about 2.1 MB. Whatever its tokens contain is shown as text."""
    shown = language if language in LANGUAGES else "en"
    name = " ".join(trace.text.split())
    name = name if len(name) <= _TITLE_LENGTH else name[: _TITLE_LENGTH - 1] + "…"
    return _PAGE.format(
        language=shown,
        title=escape(words(shown)["export.title"].format(text=name)),
        style=css_variables() + _joined(*_of_one_trace(player_styles()), FOLDER / "page.css"),
        data=json_for_script({"trace": to_wire(trace), "setup": _setup(), "language": shown}),
        plotly=_packed_plotly(),
        script=_joined(*_of_one_trace(player_scripts()), FOLDER / "page.js"),
    )


def _setup() -> dict[str, Any]:
    """The player's setup without what only the app shows."""
    setup = player_setup()
    said = {
        language: {key: word for key, word in table.items() if not key.startswith(_WORDS_OF_THE_APP)}
        for language, table in setup["words"].items()
    }
    return {"words": said, **{key: setup[key] for key in ("surprisal_colours", "timelines")}}


def json_for_script(data: Any) -> str:
    """JSON that may stand inside a ``<script>`` element: no character in it can end the element or open another."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_JSON_ESCAPES)


def _of_one_trace(paths: tuple[Path, ...]) -> list[Path]:
    """Without what takes several texts, several models or several answers."""
    return [path for path in paths if path.stem not in (*DUEL, *MODELS, *ANSWERS)]


def _joined(*paths: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@cache
def _packed_plotly() -> str:
    return base64.b64encode(gzip.compress(plotly_script().read_bytes(), 9, mtime=0)).decode("ascii")
