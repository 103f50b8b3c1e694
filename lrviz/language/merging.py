"""A config over the one that it is based on: mappings merged, all else replaced, and places kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lrviz.foundation.errors import Path
from lrviz.language.marked_yaml import Marked, Place

_DELETE = "_delete_"


def over(base: Marked, child: Marked) -> None:
    """Put a config over its base: `child` then holds the whole, with the places of both.

    A mapping with `_delete_: true` replaces that of the base.
    """
    replaced: list[Path] = []
    child.data = _merged(base.data, child.data, (), replaced)
    for mine, theirs in ((child.values, base.values), (child.keys, base.keys)):
        for path, place in theirs.items():
            if path not in mine and not any(path[: len(one)] == one for one in replaced):
                mine[path] = placed(place, base)
    child.faults += base.faults


def placed(place: Place, base: Marked) -> Place:
    """Return a place that names its file."""
    return place if place.source else replace(place, source=base.source)


def _merged(base: Any, child: Mapping[str, Any], path: Path, replaced: list[Path]) -> dict[str, Any]:
    found = dict(base)
    for key, value in child.items():
        at = (*path, key)
        inherits = isinstance(value, Mapping) and isinstance(found.get(key), Mapping) and not value.get(_DELETE)
        if inherits:
            found[key] = _merged(found[key], value, at, replaced)
        else:
            replaced.append(at)
            plain = isinstance(value, Mapping) and _DELETE in value
            found[key] = {each: one for each, one in value.items() if each != _DELETE} if plain else value
    return found
