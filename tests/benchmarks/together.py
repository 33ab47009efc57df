"""Fifty different prompts at the desk: their next tokens read by one pass, and each by its own, in turns of one run.

The traces must be equal. Leaves out: visitors and the page (`visitors`).
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

from model_utils import Sampling
from model_utils.catalog import find
from model_utils.local.model import load_source
from model_utils.local.prefix_cache import Prefixes
from model_utils.serving.job_queue import Desk
from model_utils.views.protocol.jobs import Part, run_job

from .measure import compare
from .sentences import sentences

PROMPTS = 50
NEW_TOKENS = 20


def together(folder: str | None, runs: int) -> dict[str, Any]:
    lm = load_source(find(folder))
    lm.end_ids = frozenset()
    if not lm._together:
        raise ValueError(f"{lm.model} does not read texts together")

    def at_desk(is_together: bool) -> list[Part]:
        lm._together, lm._prefixes = is_together, Prefixes(0)
        return asyncio.run(_all())

    async def _all() -> list[Part]:
        desk = Desk()
        return await asyncio.gather(*(_last(desk, text) for text in sentences(PROMPTS)))

    async def _last(desk: Desk, text: str) -> Part:
        parts: list[Part] = []
        async with aclosing(desk.follow(run_job(lm, text, NEW_TOKENS, Sampling(temperature=0.0)))) as coming:
            async for came in coming:
                parts += came.parts
        return parts[-1]

    result = compare(lambda: at_desk(True), lambda: at_desk(False), runs).summary()
    return {"model": lm.model, **result, "same_traces": at_desk(True) == at_desk(False)}
