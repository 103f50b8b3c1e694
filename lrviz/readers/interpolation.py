"""`${a.b}` in a config: its value, found inside the file, as OmegaConf does.

Formula: ${a.b}, ${a[0]} from the top of the file; ${.b}, ${..b} from the mapping around it, and the one around that;
${a.${b}} from the inside out; alone it is the value itself, within other text it is text. What only the program can
find (${oc.env:HOME}, ${now:...}, a part that is not in the file) stays as it is, and matters only where it is needed.

Source: https://omegaconf.readthedocs.io/en/latest/usage.html#variable-interpolation
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from lrviz.foundation.errors import DocumentError, Path
from lrviz.language.marked_yaml import Marked, dotted

_INNERMOST = re.compile(r"(?<!\\)\$\{([^${}]*)\}")
_PARTS = re.compile(r"[^.\[\]]+")
_MOST_VALUES = 200_000
_LONGEST = 10_000
_ABSENT = object()


def resolved(marked: Marked) -> Marked:
    """Return a config with its interpolations resolved; what cannot be stays as it is written.

    Raises DocumentError where one leads back to itself, or where a limit is passed.
    """
    if marked.text and "${" not in marked.text and not marked.overridden:
        return marked
    return replace(marked, data=_Resolver(marked).whole(marked.data, ()))


def unresolved(value: Any) -> bool:
    """Return whether a value is an interpolation that the file does not resolve, or `???`, a value to be given."""
    return isinstance(value, str) and (_INNERMOST.search(value) is not None or value == "???")


class _Resolver:
    def __init__(self, marked: Marked) -> None:
        self.marked = marked
        self._open: list[Path] = []
        self._found: dict[Path, tuple[Any, int]] = {}
        self._values = 0

    def whole(self, value: Any, path: Path) -> Any:
        """Return a value with all that is in it."""
        self._count(1, path)
        if isinstance(value, dict):
            return {key: self.whole(each, (*path, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self.whole(each, (*path, index)) for index, each in enumerate(value)]
        return self._text(value, path) if isinstance(value, str) and "${" in value else value

    def _text(self, text: str, path: Path) -> Any:
        """Return the value of a text with interpolations."""
        if path not in self._found:
            before = self._values
            self._enter(path)
            found = self._replaced(text, path)
            self._open.pop()
            self._found[path] = found, self._values - before
            return found
        found, values = self._found[path]
        self._count(values, path)
        return found

    def _count(self, values: int, path: Path) -> None:
        """Count values; what several share counts each time."""
        self._values += values
        if self._values > _MOST_VALUES:
            raise DocumentError(self.marked.fault(path, f"more than {_MOST_VALUES:,} values behind interpolations"))

    def _enter(self, path: Path) -> None:
        """Note that the value at a path is being resolved, to find one that refers to itself."""
        if path in self._open:
            circle = " -> ".join(map(dotted, (*self._open[self._open.index(path) :], path)))
            raise DocumentError(self.marked.fault(path, f"an interpolation that leads back to itself: {circle}"))
        self._open.append(path)

    def _replaced(self, text: str, path: Path) -> Any:
        now = text
        while match := _INNERMOST.search(now):
            value = self._named(match[1].strip(), path)
            if value is _ABSENT or unresolved(value):
                return text
            if match[0] == now:
                return value
            if isinstance(value, dict | list):
                return text
            now = now[: match.start()] + str(value) + now[match.end() :]
            if len(now) > _LONGEST:
                raise DocumentError(self.marked.fault(path, f"more than {_LONGEST:,} characters behind interpolations"))
        return now

    def _named(self, name: str, path: Path) -> Any:
        """Return the value of a name, `_ABSENT` where only the program knows it."""
        if ":" in name:
            return _ABSENT
        dots = len(name) - len(name.lstrip("."))
        if dots > len(path):
            return _ABSENT
        target: Path = path[: len(path) - dots] if dots else ()
        part = self.marked.written(target)
        for key in _PARTS.findall(name):
            if isinstance(part, list) and key.isascii() and key.isdigit() and len(key) < 10 and int(key) < len(part):
                target, part = (*target, int(key)), part[int(key)]
            elif isinstance(part, dict) and key in part:
                target, part = (*target, key), part[key]
            else:
                return _ABSENT
            if isinstance(part, str) and "${" in part:
                part = self._text(part, target)
        if not isinstance(part, dict | list):
            return part
        self._enter(target)
        whole = self.whole(part, target)
        self._open.pop()
        return whole
