"""Base of errors that a person can read, in any language. Leaves out: the errors (`errors`)."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any, ClassVar

from .asset_folder import ASSETS


class TsuzukiError(Exception):
    """Base of every error that is meant for a person.

    Its sentence stands in `assets/locales`, in every language, under `error.<key>`; the message of the exception is the
    English one. The parameters fill the blanks of the sentence and are kept in `params`, as given.
    """

    key: ClassVar[str] = ""

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(_english()[f"error.{self.key}"].format(**params))

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self.params), ()


@cache
def _english() -> dict[str, str]:
    found: dict[str, str] = json.loads((ASSETS / "locales" / "en.json").read_text(encoding="utf-8"))
    return found
