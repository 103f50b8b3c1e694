"""A mapping of Python -> the same plain data that a document in YAML is read into.

The values of a mapping have no line; their place is `<mapping>` and the path of the field.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from lrviz.foundation.errors import DocumentError, Path
from lrviz.foundation.printable import printable
from lrviz.language.marked_yaml import Marked

_DEEPEST = 40
_MOST_VALUES = 10**7
"""A mapping may hold values measured at each update of a run, but it may also contain itself many times."""


def read(mapping: Mapping[Any, Any], source: str = "<mapping>") -> Marked:
    """Return a mapping as plain data of its own; values that are not plain are added to `faults`.

    Tuples become lists, arrays and their scalars become numbers, paths become text.
    Raises DocumentError where a limit is passed.
    """
    reader = _Reader(Marked(source))
    reader.marked.data = reader.plain(mapping, ())
    return reader.marked


class _Reader:
    """Copies a mapping; what is wrong with it is added to the faults of `marked`."""

    def __init__(self, marked: Marked) -> None:
        self.marked = marked
        self._values = 0

    def plain(self, value: Any, path: Path) -> Any:
        """Return the value at a path as plain data."""
        self._values += 1
        if len(path) > _DEEPEST or self._values > _MOST_VALUES:
            what = f"nested deeper than {_DEEPEST} levels" if len(path) > _DEEPEST else f"over {_MOST_VALUES:,} values"
            raise DocumentError(self.marked.fault(path[:1], f"{what}; does it contain itself?"))
        if value is None or isinstance(value, bool):
            return value
        for kind in (int, float, str):
            if isinstance(value, kind):
                return kind(value)
        if isinstance(value, Mapping):
            return {self._key(key, path): self.plain(each, (*path, str(key))) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(each, (*path, index)) for index, each in enumerate(value)]
        if isinstance(value, os.PathLike):
            return self.plain(os.fspath(value), path)
        if callable(getattr(value, "tolist", None)):
            return self.plain(value.tolist(), path)
        needed = (
            'write the formula as text, for example "0.95 ** t"'
            if callable(value)
            else "plain data is needed: text, numbers, true or false, lists and mappings"
        )
        self.marked.faults.append(self.marked.fault(path, f"{printable(type(value).__name__)} given; {needed}"))
        return None

    def _key(self, key: Any, path: Path) -> str:
        if not isinstance(key, str):
            told = f"the key {printable(repr(key))} given; keys are text"
            self.marked.faults.append(self.marked.fault(path, told))
        return str(key)
