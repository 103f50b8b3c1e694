"""`name:key=value:key=value`: how schedulers, optimizers, functions and averages are written in one word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lrviz.foundation.errors import Problem, Refusal
from lrviz.language.marked_yaml import AmbiguousWord, scalar

_CLOSING = {"[": "]", "(": ")"}


def settings_of(text: str) -> tuple[str, dict[str, Any]]:
    """Return the name and the settings of a text; values as in YAML, 0.9,0.99 a list.

    Colons and commas inside brackets or quotes belong to a value: lr_lambda=min(1, t / 10) is one formula, and text
    in quotes is left as it is.
    Raises Refusal.
    """
    name, *parts = split(text.strip(), ":")
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


def split(text: str, separator: str) -> Iterator[str]:
    """Split a text at the separators outside brackets, braces, parentheses and quotes."""
    depth, quote, start = 0, "", 0
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "[{(":
            depth += 1
        elif character in "]})":
            depth -= 1
        elif character == separator and depth == 0:
            yield text[start:index]
            start = index + 1
    yield text[start:]


def _value(text: str) -> Any:
    if len(text) > 1 and text[0] in "\"'" and text[0] == text[-1]:
        return text[1:-1]
    inner = _unwrapped(text)
    parts = list(split(inner, ","))
    listed = len(parts) > 1 or (inner != text and text[0] == "[")
    return [scalar(part.strip()) for part in parts] if listed else scalar(text)


def _unwrapped(text: str) -> str:
    """Return a text without the brackets around the whole of it."""
    if text[-1] != _CLOSING.get(text[0]):
        return text
    depth = 0
    for character in text[1:-1]:
        depth += (character in "[(") - (character in "])")
        if depth < 0:
            return text
    return text[1:-1]
