"""A parser of the command line that names the nearest option, or command, to one that it does not know.

Leaves out: which options there are (`viz.command`, `page.command`).
"""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import Any

_NUMBER = re.compile(r"-(\d+|\d*\.\d+)")


class Parser(ArgumentParser):
    """`ArgumentParser` without abbreviations. An error prints the usage and a sentence on stderr, and exits with 2."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, allow_abbrev=False)

    def read(self, arguments: Sequence[str], commands: Collection[str] = ()) -> Namespace:
        """The arguments. `commands` are the words that may stand before them all, and are read elsewhere."""
        if commands and arguments and not _is_option(arguments[0]):
            self.error(f"There is no command {arguments[0]}. {_meant(arguments[0], commands)}")
        # argparse would name what is missing first: of `--promt TEXT`, that --prompt is.
        options = [name for name in self._option_string_actions if name.startswith("--")]
        for word in arguments[: arguments.index("--") if "--" in arguments else None]:
            name = word.partition("=")[0]
            if _is_option(word) and name not in self._option_string_actions:
                self.error(f"There is no option {name}. {_meant(name, options)}")
        asked, rest = self.parse_known_args(arguments)
        if rest and rest[0] in commands:
            self.error(f"{rest[0]} stands first: {self.prog} {rest[0]} …")
        if rest:
            self.error(f"“{rest[0]}” is one word too many. Put a text with spaces into quotation marks.")
        return asked


def _is_option(word: str) -> bool:
    """Tells options from values as argparse does."""
    return word.startswith("-") and word != "-" and " " not in word and not _NUMBER.fullmatch(word)


def _meant(word: str, known: Iterable[str]) -> str:
    bare = word.strip("-").lower()
    names = {name.strip("-"): name for name in known}
    begun = [name for name in names if len(bare) > 2 and name.startswith(bare)]
    near = begun or get_close_matches(bare, names, 1)
    return f"Did you mean {names[near[0]]}?" if near else f"There is {', '.join(names.values())}."
