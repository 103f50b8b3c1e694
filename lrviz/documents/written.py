"""Plain data as YAML text that lrviz reads back as the same data, in flow and in block style."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import yaml

from lrviz.language.marked_yaml import AmbiguousWord, scalar

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*|[0-9.]+(?:ep|ba|dur)", re.ASCII)
"""What needs no quotes: names and lengths."""

Known = Callable[[Any], str | None]
"""The spelling of a scalar that is already written somewhere, if it is."""


def inline(value: Any, known: Known = lambda _: None, quote: str = "") -> str:
    """Return a value on one line, which may also be put in brackets.

    known: spellings to keep, such as 1e-4 for 0.0001; quote: put around texts that need none.
    """
    if isinstance(value, dict):
        return f"{{{', '.join(f'{inline(key)}: {inline(each, known)}' for key, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(inline(each, known) for each in value)}]"
    return known(value) or _scalar(value, quote)


def _scalar(value: Any, quote: str) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float() if math.isnan(value):
            return ".nan"
        case float() if math.isinf(value):
            return ".inf" if value > 0 else "-.inf"
        case float():
            return repr(value)
    text = str(value)
    if not quote and _PLAIN.fullmatch(text) and _reads_as(text):
        return text
    style = quote if quote == "'" and text.isprintable() else '"'
    return yaml.dump(text, Dumper=yaml.SafeDumper, default_style=style, width=math.inf, allow_unicode=True).rstrip("\n")


def _reads_as(text: str) -> bool:
    try:
        return bool(scalar(text) == text)
    except AmbiguousWord:
        return False


def block(value: Any, known: Known = lambda _: None) -> list[str]:
    """Return a value as the lines of a block: a composite scheduler item by item, other values on one line."""
    if isinstance(value, dict) and value:
        lines = []
        for key, each in value.items():
            inner = block(each, known) if _has_parts(each) else []
            lines += (
                [f"{inline(key)}:", *(f"  {line}" for line in inner)]
                if inner
                else [f"{inline(key)}: {inline(each, known)}"]
            )
        return lines
    if isinstance(value, list) and value:
        lines = []
        for each in value:
            first, *rest = (
                block(each, known)
                if isinstance(each, dict) and any(map(_has_parts, each.values()))
                else [inline(each, known)]
            )
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return lines
    return [inline(value, known)]


def _has_parts(value: Any) -> bool:
    """Return whether a value holds mappings, which are hard to read on one line."""
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)
