"""`name:key=value:key=value`: how optimizers, functions and averages are written in one word."""

from __future__ import annotations

from typing import Any

from lrviz.foundation.errors import Problem, Refusal
from lrviz.language.marked_yaml import AmbiguousWord, scalar


def settings_of(text: str) -> tuple[str, dict[str, Any]]:
    """Return the name and the settings of a text; values as in YAML, 0.9,0.99 a list.

    Raises Refusal.
    """
    name, *parts = text.strip().split(":")
    settings: dict[str, Any] = {}
    problems = []
    for part in parts:
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals or not key or not value.strip():
            problems.append(Problem((), f"{part!r} given; settings are written name:key=value:key=value"))
        elif key in settings:
            problems.append(Problem((key,), "given twice"))
        else:
            try:
                settings[key] = _value(value.strip())
            except AmbiguousWord as word:
                problems.append(Problem((key,), str(word)))
    if not name.strip():
        problems.append(Problem((), "a name is missing before the first colon"))
    if problems:
        raise Refusal(*problems)
    return name.strip(), settings


def _value(text: str) -> Any:
    inner = text[1:-1] if text[0] in "[(" and text[-1] in "])" else text
    if "," not in inner:
        return scalar(text)
    return [scalar(part.strip()) for part in inner.split(",")]
