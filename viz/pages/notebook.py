"""A trace in a notebook: the player in a frame of its own, small enough to be saved with the notebook.

`Trace._repr_mimebundle_` calls it. Scripts, styles, words and numbers are packed together (gzip, base64) and unpacked
by the browser, so nothing in a token is markup. A table of the trace stands below the frame; the player hides it, and
an untrusted notebook shows it in place of the frame. Leaves out: Plotly, which is larger than many notebooks;
`assets/player/still_plot.js` draws the timelines.
"""

from __future__ import annotations

import base64
import gzip
import json
from html import escape

from model_utils.trace.values import Trace
from model_utils.trace.wire import to_wire

from ..text.i18n import words
from .assets import bundle, page_sheets, view_modules
from .modules import joined_modules
from .plain import trace_table

FIRST_HEIGHT_PX = 760
"""Until the frame has measured itself, and where the notebook does not let it."""

_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"></head><body class="tz-page">'
    '<script type="text/plain" id="tsuzuki-packed">{packed}</script><script>{script}</script></body></html>'
)
_FRAME = (
    '<iframe title="{title}" srcdoc="{page}" style="width: 100%; height: {height}px; border: 0; color-scheme: normal">'
    "</iframe><div>{table}</div>"
)


def trace_html(trace: Trace) -> str:
    """An ``<iframe>`` that needs nothing else, and a table; well under 400 KB for 60 tokens of 50 candidates."""
    packed = base64.b64encode(gzip.compress(_contents(trace), 9, mtime=0)).decode("ascii")
    page = _PAGE.format(packed=packed, script=joined_modules("player/notebook_loader").script)
    title = escape(words("en")["player.label"])
    return _FRAME.format(title=title, page=escape(page), height=FIRST_HEIGHT_PX, table=trace_table(trace))


def _contents(trace: Trace) -> bytes:
    view = "step" if trace.sampling else "score"
    page = bundle(*view_modules(view), "player/notebook")
    contents = {
        "style": page.style + page_sheets("page"),
        "script": page.script,
        "setup": page.setup,
        "view": view,
        "value": to_wire(trace),
    }
    return json.dumps(contents, ensure_ascii=False, separators=(",", ":")).encode()
