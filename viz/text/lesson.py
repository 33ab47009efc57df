"""A lesson as the page draws it: its words, its text as elements, and what its picture shows.

Leaves out: reading lessons, and asking models (`model_utils.views.lecture.lessons`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .markdown import tree


def lesson_view(fields: Mapping[str, Any], value: Mapping[str, Any] | None) -> dict[str, Any]:
    """The value of ``Tsuzuki.Lesson``. `fields` is `Lesson.fields()`; `value` is None while a model reads."""
    return {**fields, "text": tree(fields["text"]), "value": value}
