"""What each view gives: its inputs, the plain value that a model computes from them, and its reader.

A value goes to the view's picture, `assets/player/views/NAME.js`. Leaves out: the views, and where they are listed
(`model_utils.views.registry`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeAlias

from ...lm import LM
from ...trace.values import Trace

Value: TypeAlias = dict[str, Any]
GetModel: TypeAlias = Callable[[str], LM]
Names: TypeAlias = tuple[str, str]
"""Of the two branches of a map: greedy, and beam search."""


class Shown(NamedTuple):
    """A checked value, the view that shows it, and a title for its page."""

    view: str
    value: Value
    title: str
    traces: tuple[Trace, ...] = ()
    """The value's, for browsers without scripts and on paper: they show tables. Of branches the current one alone."""


class Inputs(Protocol):
    """A `msgspec.Struct` with the inputs of a view, as a lesson writes them."""

    def value(self, model: str, get: GetModel, names: Names) -> Value:
        """The plain value of the picture. Raises the errors of the models."""

    def state(self, model: str) -> Value:
        """The page's state (`assets/page/address/address.js`) in which the view has these inputs."""


class View(NamedTuple):
    name: str
    inputs: type[Any]
    """A class of `Inputs`."""
    read: Callable[[Value], Shown] | None = None
    """Checks a value that a page sends. Raises Wrong, ValueError and InvalidTrace. None: the page sends branches."""
