"""Limits of a visitor's requests, and the models on offer: wide on one's own machine, narrow on a public page.

    TSUZUKI_PUBLIC=1             narrow limits; embedded and listed models alone. On Hugging Face Spaces without asking
    TSUZUKI_MODELS=a/b,c/d@rev   what to offer beside the embedded models: hub ids, with a revision or without, and
                                 folders; where it is not set, `catalog.SUGGESTED`
    TSUZUKI_CHARACTERS=4000      the longest text
    TSUZUKI_TOKENS=200           the most new tokens
    TSUZUKI_RATE=300/second      how often one address may ask for work

Leaves out: counting how often an address asks (`rates`), and how many may wait (`job_queue`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches

from msgspec import Struct

from model_utils.catalog import SUGGESTED, names
from model_utils.errors import InvalidLink, ModelNotListed, TextTooLong
from model_utils.trace.settings import check_setting

from .rates import read_rate

CHARACTERS = {False: 1_000_000, True: 4_000}
TOKENS = {False: 100_000, True: 200}
"""On a machine of one's own, and in public."""
RATE = "300/second"
MANY_BRANCHES = 30
PREFIX = "TSUZUKI_"
SETTINGS = tuple(PREFIX + name for name in ("PUBLIC", "MODELS", "CHARACTERS", "TOKENS", "RATE", "HOSTS", "SERVER_KEY"))
ALIKE = 0.85
"""The least similarity, by `difflib`, of a mistyped name to a setting."""


class Limits(Struct, frozen=True):
    """What is allowed; `models` are those to offer beside the embedded ones."""

    public: bool
    models: tuple[str, ...]
    characters: int
    tokens: int
    rate: str = RATE
    """How often one address may ask for work."""

    @staticmethod
    def read(environment: Mapping[str, str] = os.environ) -> Limits:
        """From the environment. Raises ValueError, with a sentence, where a value cannot be, or a name is mistyped."""
        _check_names(environment)
        public = environment.get("TSUZUKI_PUBLIC", "1" if "SPACE_ID" in environment else "") not in ("", "0")
        listed = (name.strip() for name in environment.get("TSUZUKI_MODELS", ",".join(SUGGESTED)).split(","))
        return Limits(
            public=public,
            models=tuple(dict.fromkeys(filter(None, listed))),
            characters=_number(environment, "TSUZUKI_CHARACTERS", CHARACTERS[public]),
            tokens=_number(environment, "TSUZUKI_TOKENS", TOKENS[public]),
            rate=_rate(environment, "TSUZUKI_RATE"),
        )

    def admitted(self, model: str) -> str:
        """The model, if it may be loaded: in public, what is listed. Raises ModelNotListed."""
        if self.public and model and model not in (*names(), *self.models):
            raise ModelNotListed(model=model)
        return model

    def check_texts(self, *texts: str) -> None:
        """Texts of one job, together. Raises TextTooLong."""
        characters = sum(map(len, texts))
        if characters > self.characters:
            raise TextTooLong(characters=characters, limit=self.characters)

    def check_length(self, max_new_tokens: int | None, times: int = 1) -> None:
        """Check new tokens in `times` parallel texts. Raises InvalidSettings."""
        check_setting("max_new_tokens", max_new_tokens, 0, max(1, self.tokens // max(1, times)))

    def check_ids(self, count: int) -> None:
        """Check the ids in a link's branches. Raises InvalidLink."""
        most = MANY_BRANCHES * self.tokens
        if count > most:
            raise InvalidLink(reason=f"its branches have {count} tokens; this page reads at most {most}")


def _check_names(environment: Mapping[str, str]) -> None:
    """Refuse mistyped settings: they would have no effect."""
    for name in environment:
        if name.startswith(PREFIX) and name not in SETTINGS and (meant := get_close_matches(name, SETTINGS, 1, ALIKE)):
            raise ValueError(f"There is no setting {name} in the environment. Perhaps you mean {meant[0]}.")


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    typed = environment.get(name, str(default)).strip()
    if not re.fullmatch("[1-9][0-9]{0,9}", typed):
        raise ValueError(f"{name} is “{typed}” in the environment; it must be a whole number, such as {default}.")
    return int(typed)


def _rate(environment: Mapping[str, str], name: str) -> str:
    typed = environment.get(name, RATE)
    try:
        read_rate(typed)
    except ValueError:
        raise ValueError(f"{name} is “{typed}” in the environment; it must be a rate, such as {RATE}.") from None
    return typed
