"""YAML text -> plain Python data, with the line and column of every key and value.

Built from the parser's events, not from PyYAML's constructors: nothing in a document can name a
Python object, nesting and aliases are bounded before they are built, and numbers follow the core
schema of YAML 1.2 (`1e-4` is a float; yes, no, on and off are refused rather than guessed).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from lrviz.foundation.errors import DocumentError, Fault, Path

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_DEEPEST = 40
_MOST_VALUES = 200_000
_MOST_ALIASED = 10_000

_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F][0-9a-fA-F_]*")
_FLOAT = re.compile(r"[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "inf", "Infinity"), "inf"),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF", "-inf"), "-inf"),
    **dict.fromkeys((".nan", ".NaN", ".NAN", "nan", "NaN"), "nan"),
}
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_AMBIGUOUS = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


class AmbiguousWord(ValueError):
    """A plain yes, no, on or off: YAML versions disagree on what it is."""


def scalar(text: str) -> Any:
    """Return what a plain (unquoted) YAML scalar means.

    Raises AmbiguousWord for yes, no, on and off.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text in _NOT_FINITE:
        return float(_NOT_FINITE[text])
    if len(text) <= 400:
        if _INTEGER.fullmatch(text):
            return int(text.replace("_", ""))
        if _HEXADECIMAL.fullmatch(text):
            return int(text.replace("_", ""), 16)
        if _FLOAT.fullmatch(text):
            return float(text.replace("_", ""))
    if text.lower() in _AMBIGUOUS and (len(text) > 1 or text in "yn"):
        meant = _AMBIGUOUS[text.lower()]
        raise AmbiguousWord(f'{text} given; write {meant}, or "{text}" in quotes for the word itself')
    return text


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both from 1. source: the file, where it is another than the document's own."""

    line: int
    column: int
    source: str = ""


@dataclass(slots=True)
class Marked:
    """Plain data, and the place of each part; `keys` holds the places of the keys themselves."""

    source: str
    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    """Duplicate keys, tags and ambiguous words; they are read as they are written."""
    repeated: list[Fault] = field(default_factory=list)
    """Those of `faults` that are duplicate keys."""
    overridden: dict[Path, str] = field(default_factory=dict)
    """Parts that the command line set, with its words for it."""
    text: str = ""
    """What was read, comments included."""
    origin: Marked | None = None
    """What it was made of, where it was made of a config of another library."""
    origins: dict[Path, Path] = field(default_factory=dict)
    """Parts that come from parts of `origin`: their places there."""
    assumed: tuple[str, ...] = ()
    """What a reader filled in, where it was made of a config of another library."""

    def place(self, path: Path, *, key: bool = False) -> str:
        """Return `file:line:column` of the part at `path`, or of the nearest part around it."""
        where = self.where(path, key=key)
        if isinstance(where, Place):
            return f"{where.source or self.source}:{where.line}:{where.column}"
        return where or self.source

    def where(self, path: Path, *, key: bool = False) -> Place | str | None:
        """Return the place of the part at `path`, or the nearest around it: in the text, or on the command line.

        None where nothing was read.
        """
        if self.origin is not None:
            return self.origin.where(self.told(path), key=key)
        for length in range(len(path), -1, -1):
            part = path[:length]
            if part in self.overridden:
                return self.overridden[part]
            where = (self.keys if key else self.values).get(part) or self.values.get(part)
            if where is not None:
                return where
        return None

    def told(self, path: Path) -> Path:
        """Return the path of the part at `path` as the user wrote it: that in `origin`, if there is one."""
        if self.origin is None:
            return path
        inner = (path[:length] for length in range(len(path), -1, -1))
        return next((self.origins[part] for part in inner if part in self.origins), ())

    def written(self, path: Path) -> Any:
        """Return the value as written at `path`, a length with a unit as text; None where there is none."""
        part = self.data
        for key in path:
            inside = isinstance(part, dict) and key in part
            if not inside and not (isinstance(part, list) and isinstance(key, int) and key < len(part)):
                return None
            part = part[key]
        return part

    def fault(self, path: Path, text: str, *, key: bool = False) -> Fault:
        """Return a fault of the part at `path`; a missing part has no place of its own in `origin`."""
        if self.origin is not None and path and path not in self.origins and text.startswith("missing"):
            text = f"{path[-1]} is {text}"
        return Fault(self.place(path, key=key), dotted(self.told(path)), text)


def dotted(path: Path) -> str:
    """Return a path as people write it: scheduler.schedulers[1].T_max."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read(text: str, source: str) -> Marked:
    """Parse one YAML document; faults that do not stop the parser are in `faults`.

    Raises DocumentError with the one place at which the parser gave up, or where a limit is passed.
    """
    builder = _Builder(source)
    try:
        builder.build(yaml.parse(text, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark, reason = _explained(error, text)
        place = f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source
        raise DocumentError(Fault(place, "", f"not YAML: {reason}")) from None
    except UnicodeEncodeError as error:
        # Half of a pair of surrogates, or an odd byte that was typed: no file in UTF-8 holds it.
        raise DocumentError(Fault(source, "", f"not YAML: {text[error.start]} is not valid in UTF-8")) from None
    except yaml.YAMLError as error:
        raise DocumentError(Fault(source, "", f"not YAML: {' '.join(str(error).split())}")) from None
    builder.marked.faults = builder.faults
    builder.marked.text = text
    return builder.marked


def _explained(error: yaml.MarkedYAMLError, text: str) -> tuple[yaml.Mark | None, str]:
    """Return where the parser's complaint belongs, and its words."""
    mark, reason = error.problem_mark, str(error.problem or error.context)
    lines = text.splitlines()
    if mark is None or mark.line >= len(lines):
        # At the end of the file: what was never closed begins earlier, and that is where to look.
        return error.context_mark, f"{reason} before the end of the file"
    if "\t" in lines[mark.line][: mark.column + 1]:
        return mark, "a tab in the indentation; YAML allows spaces only"
    return mark, reason


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    container: dict[Any, Any] | list[Any]
    path: Path
    anchor: str | None
    key: Any = None
    has_key: bool = False
    merged: list[tuple[yaml.NodeEvent, Any]] = field(default_factory=list)
    """The value of <<; merged at the end, when it is complete and all keys of its own are known."""


class _Builder:
    """Builds data from parser events without recursion, so that no depth of nesting can exhaust the stack."""

    def __init__(self, source: str) -> None:
        self.marked = Marked(source)
        self.faults: list[Fault] = []
        self._anchors: dict[str, Any] = {}
        self._open: list[_Open] = []
        self._values = 0
        self._documents = 0

    def build(self, events: Iterator[yaml.Event]) -> None:
        for event in events:
            match event:
                case yaml.DocumentStartEvent():
                    self._documents += 1
                    if self._documents > 1:
                        self._stop(event, "a second document begins here; one file holds one document")
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.MappingStartEvent():
                    self._begin(event, {})
                case yaml.SequenceStartEvent():
                    self._begin(event, [])
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    done = self._open.pop()
                    for at, merged in done.merged:
                        self._merge(at, done.container, merged)
                    if done.anchor:
                        self._anchors[done.anchor] = done.container
                case yaml.AliasEvent():
                    self._alias(event)

    def _begin(self, event: yaml.CollectionStartEvent, container: dict[Any, Any] | list[Any]) -> None:
        if len(self._open) >= _DEEPEST:
            self._stop(event, f"nested deeper than {_DEEPEST} levels")
        self._refuse_tag(event)
        path = self._put(event, container)
        self._open.append(_Open(container, path, event.anchor))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._refuse_tag(event)
        value: Any = event.value
        if event.implicit[0] and not event.style:
            try:
                value = scalar(event.value)
            except AmbiguousWord as error:
                self.faults.append(self._fault(event, str(error)))
        self._put(event, value)
        if event.anchor:
            self._anchors[event.anchor] = value

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor is None or event.anchor not in self._anchors:
            self._stop(event, f"*{event.anchor} refers to an anchor that is not complete before it")
        value = self._anchors[event.anchor]
        self._values += _size(value, _MOST_ALIASED)
        if self._values > _MOST_VALUES or _size(value, _MOST_ALIASED) >= _MOST_ALIASED:
            self._stop(event, "too many values behind aliases")
        # A copy: what --set changes at one place must not change at another.
        self._put(event, copy.deepcopy(value))

    def _put(self, event: yaml.NodeEvent, value: Any) -> Path:
        """Add a value to the innermost open collection, and return its path."""
        self._values += 1
        if self._values > _MOST_VALUES:
            self._stop(event, f"more than {_MOST_VALUES:,} values")
        where = _place_of(event)
        if not self._open:
            self.marked.data = value
            self.marked.values[()] = where
            return ()
        top = self._open[-1]
        if isinstance(top.container, list):
            path = (*top.path, len(top.container))
            top.container.append(value)
            self.marked.values[path] = where
            return path
        if not top.has_key:
            self._key(event, top, value, where)
            return top.path
        path = (*top.path, top.key)
        top.has_key = False
        if top.key == "<<":
            top.merged.append((event, value))
            return path
        top.container[top.key] = value
        self.marked.values[path] = where
        return path

    def _key(self, event: yaml.NodeEvent, top: _Open, key: Any, where: Place) -> None:
        if isinstance(key, dict | list):
            self._stop(event, "a list or mapping as a key")
        name = key if isinstance(key, str) else getattr(event, "value", str(key))
        assert isinstance(top.container, dict)
        if (*top.path, name) in self.marked.keys:
            first = self.marked.keys[(*top.path, name)]
            self.marked.repeated.append(
                self._fault(event, f"given twice; first on line {first.line}", (*top.path, name))
            )
            self.faults.append(self.marked.repeated[-1])
        self.marked.keys[(*top.path, name)] = where
        top.key, top.has_key = name, True

    def _merge(self, event: yaml.NodeEvent, into: dict[Any, Any] | list[Any], value: Any) -> None:
        mappings = value if isinstance(value, list) else [value]
        assert isinstance(into, dict)
        for mapping in mappings:
            if not isinstance(mapping, dict):
                self._stop(event, "<< merges a mapping, or a list of mappings, by alias: <<: *name")
            for key, merged in mapping.items():
                into.setdefault(key, merged)

    def _refuse_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag is not None and not event.tag.startswith("tag:yaml.org,2002:str"):
            self.faults.append(self._fault(event, f"the tag {event.tag} given; a document is plain data, without tags"))

    def _fault(self, event: yaml.Event, text: str, path: Path | None = None) -> Fault:
        """Return a fault of the part at `path`, by default of the part that is being read."""
        where = _place_of(event)
        if path is None and self._open:
            top = self._open[-1]
            path = (*top.path, top.key) if top.has_key else top.path
        return Fault(f"{self.marked.source}:{where.line}:{where.column}", dotted(path or ()), text)

    def _stop(self, event: yaml.Event, text: str) -> NoReturn:
        raise DocumentError(*self.faults, self._fault(event, text))


def _place_of(event: yaml.Event) -> Place:
    mark = event.start_mark
    assert mark is not None  # for the type checker: every event of a parser has one
    return Place(mark.line + 1, mark.column + 1)


def _size(value: Any, limit: int) -> int:
    """Count the values in a value, up to a limit."""
    count, rest = 0, [value]
    while rest and count < limit:
        count += 1
        part = rest.pop()
        rest.extend(part.values() if isinstance(part, dict) else part if isinstance(part, list) else ())
    return count
