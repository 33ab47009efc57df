"""`python app.py export …`, or `tsuzuki export …`: what is asked becomes a page, or a folder of lessons.

    export --prompt TEXT | --text TEXT [--text TEXT …] | --trace FILE  OUT.html
    export --hand-out --prompt TEXT | --text TEXT | --trace FILE  OUT.html
    export --lessons FOLDER

Progress and errors are sentences on stderr; the exit code is 1 after an error that ends the work.
Leaves out: the models (`ask` and `teach`, given by the caller).
"""

from __future__ import annotations

import math
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from model_utils.errors import TsuzukiError
from model_utils.trace.values import Trace

from .arguments import Parser
from .pages.export import hand_out_to_html, view_to_html
from .pages.lessons_folder import check_place, make_folder, write_lessons, write_page
from .text.i18n import LANGUAGES, sentence_of, words
from .text.lesson import lesson_view

Tell: TypeAlias = Callable[..., None]
"""Reports progress: a sentence's key, and its blanks."""
Ask: TypeAlias = Callable[[Namespace, Tell], tuple[str, Mapping[str, Any], str, Sequence[Trace]]]
"""From the arguments of `read`: a view, its plain value, and its title."""
Value: TypeAlias = Mapping[str, Any]
Names: TypeAlias = Callable[[str], tuple[str, str]]
Teach: TypeAlias = Callable[[Names, Tell], tuple[Iterable[tuple[Value, Value]], Sequence[TsuzukiError]]]
"""Fields and plain value of each lesson, and the errors of the others."""

SETTINGS: dict[str, tuple[Callable[[str], float], float]] = {
    "temperature": (float, 0.0),
    "top_k": (int, 0),
    "top_p": (float, 1.0),
    "min_p": (float, 0.0),
    "repetition_penalty": (float, 1.0),
    "seed": (int, 0),
}
MOST_TEXTS = 6
TELL_SECONDS = 1.0
PROGRAM = "python app.py"


def export(arguments: Sequence[str], ask: Ask, teach: Teach, program: str = PROGRAM) -> int:
    """The exit code. `program` is what help and mistakes call it."""
    asked = read(arguments, program)
    try:
        written = _lessons(asked, teach) if asked.lessons else [_page(asked, ask)]
    except TsuzukiError as error:
        print(sentence_of(error, asked.language), file=sys.stderr)
        return 1
    size = sum(path.stat().st_size for path in written) / 1e6
    place = asked.lessons or asked.out
    print(words(asked.language)["export.written"].format(path=place, size=f"{size:.1f}"))
    return 0


def _page(asked: Namespace, ask: Ask) -> Path:
    out: Path = asked.out
    check_place(out)
    view, value, title, traces = ask(asked, teller(asked.language))
    if asked.hand_out:
        write_page(out, hand_out_to_html(traces[0], asked.language))
    else:
        write_page(out, view_to_html(view, value, asked.language, title=title, traces=traces))
    return out


def _lessons(asked: Namespace, teach: Teach) -> list[Path]:
    """A lesson that cannot be read is named, and stops no other."""
    make_folder(asked.lessons)
    taught, troubles = teach(_names, teller(asked.language))
    for error in troubles:
        print(sentence_of(error, asked.language), file=sys.stderr)
    return write_lessons(asked.lessons, [lesson_view(*one) for one in taught], asked.language)


def _names(language: str) -> tuple[str, str]:
    """Of the two branches of a map."""
    return words(language)["branches.greedy"], words(language)["branches.beam"]


def teller(language: str) -> Tell:
    """Prints on stderr how far the work is: the first sentence at once, others at most one a second."""
    said, last = words(language), -math.inf

    def tell(key: str, **blanks: object) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL_SECONDS:
            last = time.monotonic()
            print(said[key].format(**blanks), file=sys.stderr, flush=True)

    return tell


def read(arguments: Sequence[str], program: str = PROGRAM) -> Namespace:
    """Parse the arguments; missing sampling settings are the page's own. Exits with 2 after an error."""
    description = "One HTML file that needs neither network nor Python."
    parser = Parser(prog=f"{program} export", description=description)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--prompt", metavar="TEXT", help="a text that the model continues")
    what.add_argument(
        "--text", metavar="TEXT", action="append", help="a text that the model scores; several are a duel"
    )
    what.add_argument("--trace", metavar="FILE", type=Path, help="a saved trace, or saved branches")
    what.add_argument("--lessons", metavar="FOLDER", type=Path, help="all lessons, with an index, into a folder")
    parser.add_argument("--hand-out", action="store_true", help="a page to print: all steps, several on a sheet")
    parser.add_argument("out", metavar="OUT.html", type=Path, nargs="?", default=None)
    parser.add_argument("--model", help="an embedded model, a folder in Hugging Face format, or a hub id")
    parser.add_argument("--language", choices=LANGUAGES, default="", help="that the page opens in, not the browser's")
    parser.add_argument("--max-new-tokens", metavar="N", type=int, default=20)
    for name, (kind, default) in SETTINGS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="N", type=kind, default=default)
    asked = parser.read(arguments)
    if (asked.out is None) != (asked.lessons is not None):
        parser.error("OUT.html is missing" if asked.lessons is None else "--lessons takes a folder alone")
    if asked.hand_out and (asked.lessons or len(asked.text or ()) > 1):
        parser.error("--hand-out is of one text")
    if asked.text and len(asked.text) > MOST_TEXTS:
        parser.error(f"at most {MOST_TEXTS} texts stand side by side")
    return asked
