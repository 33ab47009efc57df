"""Chat templates: a conversation with one user message, as the text that the model reads.

A template comes with a model, and is a program. It runs in a process of its own, which is ended when it takes too long
(`template_process`). The message is passed as text or, if the template then leaves it out, as a list of parts: some
templates read only these. Leaves out: ids (`encoder`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

LONGEST_TEMPLATE = 500_000
"""Characters. The longest ones in use have twenty thousand."""
WALL_SECONDS = 20
"""The process has three seconds of a processor for itself; on a busy machine these take longer."""
SAID = "Tsuzuki7391"
"""A word that no template writes by itself."""

_SCRIPT = Path(__file__).with_name("template_process.py")


class TemplateFailed(ValueError):
    """Says why, without a full stop."""


def conversation(template: str, names: Mapping[str, Any], said: str) -> str:
    """The text of a conversation with this user message, up to the model's answer.

    `names` are the special tokens that a template may name. Raises TemplateFailed.
    """
    if len(template) > LONGEST_TEMPLATE:
        raise TemplateFailed(f"it has {len(template)} characters, of at most {LONGEST_TEMPLATE}")
    return _rendered(template, json.dumps(names, sort_keys=True, default=str), said)


@lru_cache(maxsize=64)
def _rendered(template: str, names: str, said: str) -> str:
    forms = (SAID, _parts(SAID), said, _parts(said))
    tried_text, tried_parts, as_text, as_parts = _in_process(template, [_variables(names, form) for form in forms])
    if SAID in tried_text.get("text", ""):
        found = as_text
    elif SAID in tried_parts.get("text", "") and str(_parts(SAID)) not in tried_parts["text"]:
        found = as_parts
    else:
        found = {"error": tried_text.get("error") or tried_parts.get("error") or "it leaves out what was said"}
    if "text" not in found:
        raise TemplateFailed(found["error"])
    if _solid(said) not in _solid(found["text"]):
        raise TemplateFailed("it changes what was said")
    return found["text"]


def _solid(text: str) -> str:
    """Without white space, which many templates take away at the ends of a text."""
    return "".join(text.split())


def _parts(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]


def _variables(names: str, content: object) -> dict[str, Any]:
    turns = [{"role": "user", "content": content}]
    given = {"messages": turns, "tools": None, "documents": None, "add_generation_prompt": True}
    return {**json.loads(names), **given}


def _in_process(template: str, asked: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    message = json.dumps({"template": template, "asked": list(asked)}).encode()
    try:
        ran = subprocess.run(
            [sys.executable, "-I", str(_SCRIPT)], input=message, capture_output=True, timeout=WALL_SECONDS, check=True
        )
        found: list[dict[str, str]] = json.loads(ran.stdout)
    except (subprocess.SubprocessError, ValueError):
        raise TemplateFailed("it takes too long, or too much memory") from None
    return found
