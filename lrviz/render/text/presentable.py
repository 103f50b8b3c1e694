"""Results made safe to show: names come from paths, options and documents, and may hold anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from lrviz.foundation.printable import printable

Result = TypeVar("Result")


def presentable(result: Result) -> Result:
    """Return a result with every text in it printable, on one line; its numbers are the same objects.

    Every picture and table begins with it, so that no name is drawn or printed as it came.
    """
    return cast(Result, _shown(result))


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, tuple | list):
        parts = [_shown(part) for part in value]
        same = all(part is before for part, before in zip(parts, value, strict=True))
        return value if same else type(value)(parts)
    if isinstance(value, Mapping):
        return {key: _shown(part) for key, part in value.items()}
    # A function of a race is no result: what it is computed with stays as it is.
    if is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith("lrviz.results."):
        known = {field.name: getattr(value, field.name) for field in fields(value) if field.init}
        changed = {name: told for name, part in known.items() if (told := _shown(part)) is not part}
        return replace(value, **changed) if changed else value
    return value
