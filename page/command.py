"""The command line: `python app.py` or, installed, `tsuzuki` serves the page; `export …` writes one into a file.

What is wrong is a sentence on stderr, with exit code 1, or 2 where the command itself is mistyped. Neither Gradio nor
torch is imported here. Leaves out: `export`'s own options (`viz.command`), and serving (`launch`).
"""

from __future__ import annotations

import io
import os
import re
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

OLDEST = (3, 11)
NEEDED = ("gradio", "msgspec", "plotly", "torch", "transformers")
COMMANDS = ("export",)
IS_INSTALLED = __package__ == "tsuzuki"
"""A wheel has this package under a name of its own."""
PROGRAM = "tsuzuki" if IS_INSTALLED else "python app.py"


def read(arguments: Sequence[str]) -> Namespace:
    """The host, and the port or None, at which to serve the page. Anything else is done here, and ends the process."""
    _check_python()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # A terminal's encoding may lack what a text or a path contains.
            stream.reconfigure(errors="backslashreplace")
    if arguments[:1] == ["export"]:
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        from viz.command import export

        from .exporting import ask, teach

        sys.exit(export(arguments[1:], ask, teach, PROGRAM))
    return _read_address(arguments)


def _check_python() -> None:
    """Exits where this Python cannot run the app, which is what happens outside the virtual environment."""
    version = ".".join(map(str, sys.version_info[:2]))
    missing = [name for name in NEEDED if find_spec(name) is None]
    if sys.version_info < OLDEST:
        trouble = f"{sys.executable} is Python {version}; Tsuzuki needs 3.11 or newer."
    elif missing:
        trouble = f"{sys.executable} lacks packages that Tsuzuki needs ({', '.join(missing)})."
    else:
        return
    advice = "Install it again" if IS_INSTALLED else "Run `make app` once, then `source .venv/bin/activate`"
    sys.exit(f"{trouble} {advice}: see README.md.")


def _read_address(arguments: Sequence[str]) -> Namespace:
    from model_utils.serving.limits import Limits
    from viz.arguments import Parser

    from .serving.address import PORT, free_port

    parser = Parser(
        prog=PROGRAM,
        description="Serve the page.",
        epilog=f"{PROGRAM} export --help: write a page, or all lessons, into files instead.",
    )
    parser.add_argument(
        "--host",
        metavar="ADDRESS",
        default=os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1",
        help="listen at this address: 127.0.0.1 for this machine alone, 0.0.0.0 for the network too (%(default)s)",
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=_port,
        default=os.environ.get("GRADIO_SERVER_PORT") or None,
        help=f"listen at this port and no other (the first free one from {PORT} on)",
    )
    asked = parser.read(arguments, COMMANDS)
    free_port(asked.host, asked.port)
    try:
        Limits.read()
    except ValueError as error:
        sys.exit(str(error))
    return asked


def _port(typed: str) -> int:
    from argparse import ArgumentTypeError

    if not re.fullmatch("[0-9]{1,5}", typed) or not 1 <= int(typed) <= 65535:
        raise ArgumentTypeError(f"a port is a whole number from 1 to 65535, not {typed}")
    return int(typed)
