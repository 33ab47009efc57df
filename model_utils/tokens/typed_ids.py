"""Ids as a person types them, or as a tool prints them: `12 7 431`, `[12, 7, 431]`, `tensor([[12, 7]])`, `１２、７`.

Other text between numbers is refused, not skipped: it may be a number itself, or change their meaning. So are a
program's values that are no ids. Leaves out: a model's ids.
"""

from __future__ import annotations

import re
from operator import index
from typing import Any

import numpy as np

from ..errors import InvalidIds

PRINTED = re.compile(r"\b(?:torch\.|np\.|numpy\.|tf\.|jnp\.|mx\.)?(?:tensor|Tensor|array|Array)(?=\()")
KIND = re.compile(r",\s*(?:dtype|device|shape|size|grad_fn|requires_grad)\s*=\s*(?:'[^']*'|<[^>]*>|\([^()]*\)|[\w.:]+)")
SCALAR = re.compile(r"\b(?:np|numpy)\.u?int\d+\((\d+)\)")
COUNT = re.compile(r"^\s*(?:\w*Array)?\(\d+\)\s*(?=\[)")
"""What a browser's console writes before a list."""
AROUND = re.compile(r"[\s,;|、，､；｜\[\](){}［］（）｛｝【】「」]+")


def typed_ids(typed: str) -> list[int]:
    """The ids in their order; full-width and other decimal digits count as digits. Raises InvalidIds."""
    bare = COUNT.sub("", KIND.sub("", PRINTED.sub("", SCALAR.sub(r"\1", typed))))
    numbers = [number for number in AROUND.split(bare) if number]
    if not all(map(_is_id, numbers)):
        raise InvalidIds()
    return [int(number) for number in numbers]


def _is_id(number: str) -> bool:
    """The 000 of 1,000 is no id: ids have no leading zeros."""
    digits = number.removeprefix("-")
    return bool(re.fullmatch(r"\d{1,18}", digits)) and (len(digits) == 1 or int(digits[0]) > 0)


def whole_numbers(ids: Any) -> list[int]:
    """Ids from a program. Numpy's and torch's whole numbers are accepted, `True` is not. Raises InvalidIds."""
    try:
        found = list(ids)
        if any(isinstance(token_id, bool | np.bool_) for token_id in found):
            raise InvalidIds()
        return list(map(index, found))
    except TypeError:
        raise InvalidIds() from None
