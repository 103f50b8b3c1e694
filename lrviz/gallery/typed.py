"""What a gallery draws, as the command that would be typed for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_REPEATED = {"over", "param", "set", "vary"}
"""Options that are given once for each of their values."""


def typed(command: str, arguments: Iterable[Any], options: Mapping[str, Any]) -> list[str]:
    """Return the words of a command of lrviz; options without a value are left out."""
    told = [part for key, value in options.items() if value is not None for part in _option(key, value)]
    return ["lrviz", command, *map(_word, arguments), *told]


def _option(key: str, value: Any) -> list[str]:
    spelled = key.replace("_", "-")
    if key in _REPEATED:
        return [part for one in ([value] if isinstance(value, str) else value) for part in (f"--{spelled}", one)]
    if isinstance(value, bool):
        return [f"--{'' if value else 'no-'}{spelled}"]
    return [f"--{spelled}", _word(value)]


def _word(value: Any) -> str:
    """Return a value as it is typed: a mapping as name:key=value, a list with commas."""
    if isinstance(value, Mapping):
        settings = (f"{key}={_word(inner)}" for key, inner in value.items() if key != "name")
        return ":".join([str(value.get("name")), *settings])
    if isinstance(value, list | tuple):
        return ",".join(map(_word, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
