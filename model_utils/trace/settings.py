"""The sampler's settings, checked at birth. Leaves out: what they do (`sampling`)."""

from __future__ import annotations

from msgspec import Struct

from ..errors import InvalidSettings, NotWhole


class Sampling(Struct, frozen=True, forbid_unknown_fields=True):
    """How the next token is drawn; the names and their order of application are those of transformers.

    The repetition penalty comes first, then temperature, top-k, top-p, min-p. Temperature 0 takes the most likely.
    """

    temperature: float = 1.0
    top_k: int = 0
    """0 = off."""
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        check_setting("temperature", self.temperature, 0.0, 100.0)
        check_setting("top_k", self.top_k, 0, 2**31)
        check_setting("top_p", self.top_p, 0.0, 1.0)
        check_setting("min_p", self.min_p, 0.0, 1.0)
        check_setting("repetition_penalty", self.repetition_penalty, 0.01, 100.0)
        check_setting("seed", self.seed, 0, 2**53 - 1)


def check_setting(name: str, value: object, low: float, high: float) -> None:
    """Raise InvalidSettings unless `value` is a number of the same kind as `low`, with low <= value <= high.

    A float where `low` is whole raises NotWhole.
    """
    whole = isinstance(low, int)
    if whole and isinstance(value, float):
        raise NotWhole(name=name, value=value, low=low, high=high)
    kind_is_right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not kind_is_right or not low <= value <= high:  # type: ignore[operator]
        raise InvalidSettings(name=name, value=value, low=low, high=high)
