"""The tabs of the page, in the groups and in the order in which they stand.

Each has `build(page, tab)`; its words are `page.tab.NAME`. Leaves out: what they hold.
"""

from __future__ import annotations

from . import answers, duel, lessons, map, models, step, tokens

GROUPS = {
    "see": {"step": step, "map": map, "tokens": tokens},
    "compare": {"duel": duel, "answers": answers, "models": models},
    "learn": {"lessons": lessons},
}
