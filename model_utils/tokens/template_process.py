"""Renders a chat template, in a process of its own: a template is a program that came with a model.

Run as a script, with jinja2 and nothing of this project. Reads {"template": …, "asked": [variables, …]} and writes
[{"text": …} or {"error": …}, …]. The environment is the one that `transformers` gives to chat templates. Leaves out:
what the text is made of (`chat_templates`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

SECONDS = 3
MEMORY_BYTES = 2**30
LONGEST_TEXT = 2_000_000
"""Characters."""
LONGEST_REASON = 200


class Generation(Extension):
    """``{% generation %}`` marks what the model says, for training. Here it changes nothing."""

    tags = {"generation"}  # noqa: RUF012 (as jinja2 declares it)

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.Scope(body, lineno=line)


class Dict:
    """`dict` as a template may call it, and no type."""

    def __call__(self, *given: Any, **named: Any) -> dict[Any, Any]:
        return dict(*given, **named)

    def fromkeys(self, *given: Any) -> dict[Any, Any]:
        return dict.fromkeys(*given)


class PlainNamespace(Namespace):
    """A namespace without names that Python itself uses."""

    def __init__(*given: Any, **named: Any) -> None:
        self, *rest = given
        values = dict(*rest, **named)
        for name in values:
            _check_name(name)
        Namespace.__init__(self, values)

    def __setitem__(self, name: str, value: Any) -> None:
        _check_name(name)
        super().__setitem__(name, value)


def _check_name(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"a template may not set {name}")


def _refuse(message: object) -> None:
    raise TemplateError(str(message))


def _as_json(value: Any, ensure_ascii: bool = False, **named: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, **named)


def environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = _as_json
    made.globals |= {
        "raise_exception": _refuse,
        "strftime_now": lambda how: datetime.now().strftime(how),
        "dict": Dict(),
        "namespace": PlainNamespace,
    }
    return made


def render(template: str, asked: list[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """Each rendering, or why there is none."""
    try:
        compiled = environment().from_string(template)
    except Exception as error:
        yield from ({"error": _reason(error)} for _ in asked)
        return
    for variables in asked:
        try:
            yield {"text": _text(compiled.generate(**variables))}
        except Exception as error:
            yield {"error": _reason(error)}


def _text(parts: Iterator[str]) -> str:
    found, length = [], 0
    for part in parts:
        length += len(part)
        if length > LONGEST_TEXT:
            raise TemplateError(f"it writes more than {LONGEST_TEXT} characters")
        found.append(part)
    return "".join(found)


def _reason(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "it takes too much memory"
    return " ".join(str(error).split())[:LONGEST_REASON].rstrip(".") or type(error).__name__


def _bound() -> None:
    """Limits of the system, where it has any: a template can neither hold a processor nor fill the memory."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    _bound()
    given = json.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(list(render(given["template"], given["asked"]))).encode())
