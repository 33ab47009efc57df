"""What someone unfriendly sends: any JSON at all, and good documents with something wrong somewhere in them."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

SCRIPT = "<img src=x onerror=alert(1)>"
TEXT = st.one_of(
    st.sampled_from(["", SCRIPT, "</script><script>alert(1)</script>", "\ud800", "\x00", "../../etc/passwd", "=1+1"]),
    st.text(max_size=30),
)
NUMBER = st.one_of(
    st.sampled_from([-1, 0, 1, 2**31, 2**53, 2**63, 10**400, -(10**400)]),
    st.sampled_from([0.5, 1e308, -1e308, float("nan"), float("inf")]),
    st.integers(),
    st.floats(),
)
LEAF = st.one_of(st.none(), st.booleans(), NUMBER, TEXT)
JSON = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


@st.composite
def damaged(draw: st.DrawFn, document: Any) -> Any:
    """The document with up to three of its parts, at any depth, replaced, doubled or taken away."""
    result = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        holder, key = _place(draw, result)
        if holder is None:
            return draw(JSON)
        change = draw(st.sampled_from(["replace", "replace", "drop", "double"]))
        if change == "drop":
            del holder[key]
        elif change == "double" and isinstance(holder, list):
            holder.insert(key, holder[key])
        else:
            holder[key] = draw(JSON)
    return result


def _place(draw: st.DrawFn, value: Any) -> tuple[Any, Any]:
    """A list or a dict somewhere in the value, and one of its keys."""
    found: tuple[Any, Any] = (None, None)
    while isinstance(value, dict | list) and value:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = draw(st.sampled_from(keys))
        found, value = (value, key), value[key]
        if draw(st.integers(0, 3)) == 0:
            break
    return found
