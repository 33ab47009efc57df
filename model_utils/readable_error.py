"""An error that a person can read, in any language. Leaves out: which errors there are (`errors`)."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar


class TsuzukiError(Exception):
    """Base of every error that is meant for a person.

    The parameters are the blanks of `sentence`; they are kept in `params`, as given.
    """

    key: ClassVar[str] = ""
    sentence: ClassVar[str] = ""

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.sentence.format(**params))

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self.params), ()
