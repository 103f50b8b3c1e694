"""A config of another library while it is read: its values, checked, each with its place."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Generic, TypeVar

from lrviz.foundation.errors import Path, Problem
from lrviz.foundation.wording import did_you_mean, shown
from lrviz.language.marked_yaml import Marked, Place, dotted
from lrviz.readers.facts import COUNTS, Facts, told
from lrviz.readers.interpolation import unresolved

T = TypeVar("T")

_NUMBER = re.compile(r"[-+]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][-+]?\d+)?")
_TEXT_IN_YAML_11 = re.compile(r"[-+]?(\d[\d_]*(\.[\d_]*)?[eE]\d+|\d[\d_]*[eE][-+]?\d+)")
_LARGEST = 10**15
_FLAGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """A value of the native document, and the part of the config that says it; () where none does."""

    value: T
    path: Path = ()

    def then(self, value: Any) -> Part[Any]:
        """Return another value that the same part of the config says."""
        return Part(value, self.path)


@dataclass(slots=True)
class Config:
    """A config and what is given with it.

    Its methods return a value that is right in any case; what is wrong with the written one stands in `problems`, so
    that all is said at once; in `left_open`, values that are right and that this file alone does not say. folder: where
    its relative paths start; assumed: what the reader filled in; missing: the facts that are needed and not given.
    """

    marked: Marked
    facts: Facts
    folder: FilePath = FilePath()
    problems: list[Problem] = field(default_factory=list)
    left_open: list[Problem] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    asked: set[Path] = field(default_factory=set)
    """The paths that were looked at."""

    def at(self, path: Path | str) -> Any:
        """Return the value at a path, None where there is none."""
        self.asked.add(_path(path))
        return self.marked.written(_path(path))

    def without_effect(self) -> Iterator[str]:
        """Yield what --set says of parts that were not looked at, nor anything in them or around them."""
        if "${" in self.marked.text:
            # An interpolation may have looked at them.
            return
        for path, words in self.marked.overridden.items():
            if not any(one[: len(path)] == path[: len(one)] for one in self.asked):
                told = did_you_mean(dotted(path), map(dotted, self.asked))
                yield f"{words}: nothing of the schedule depends on it{told}"

    def has(self, path: Path | str) -> bool:
        """Return whether there is a value other than null at a path."""
        return self.at(path) is not None

    def wrong(self, path: Path | str, text: str) -> None:
        """Note what is wrong with the part at a path."""
        self.problems.append(Problem(_path(path), text))

    def open(self, path: Path | str, text: str) -> None:
        """Note that the value at a path is right, and not known."""
        where = _path(path)
        self.left_open.append(Problem(where, f"{text}; --set {dotted(where)}=... does"))

    def _odd(self, where: Path, value: Any, needed: str) -> None:
        """Note that a value is of the wrong kind, or one that only Python knows."""
        from lrviz.language.python_values import Unread

        if isinstance(value, Unread):
            told = f"{shown(value)} given, which only Python can compute; --set {dotted(where)}=... says what it is"
            self.wrong(where, told)
        else:
            self.wrong(where, f"{shown(value)} given; {needed} is needed")

    def assume(self, text: str) -> None:
        """Note what was filled in."""
        if text not in self.assumed:
            self.assumed.append(text)

    def number(
        self, path: Path | str, default: float = 0.0, *, least: float | None = None, above: float | None = None
    ) -> Part[float]:
        """Return a number; what YAML 1.1 reads as text, and the library therefore may refuse, is one, and is said."""
        where, value = _path(path), self.at(path)
        if value is None:
            return Part(default)
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            self.assume(f"{self._place(where)}: {dotted(where)}: the text {value.strip()!r} is read as a number")
            value = float(value.replace("_", ""))
        elif self._is_yaml and isinstance(value, float) and _TEXT_IN_YAML_11.fullmatch(self._written(where)):
            told = f"{self._written(where)} is text in YAML 1.1, which PyYAML reads; it is read as a number here"
            self.assume(f"{self._place(where)}: {dotted(where)}: {told}")
        if unresolved(value):
            self.open(where, f"{value} given, which this file alone does not say")
            return Part(default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._odd(where, value, "a number")
            return Part(default)
        if not math.isfinite(value):
            self.wrong(where, f"{shown(value)} given; a finite number is needed")
            return Part(default)
        if (least is not None and not value >= least) or (above is not None and not value > above):
            needed = f"at least {least:g} is needed" if least is not None else f"a number above {above:g} is needed"
            self.wrong(where, f"{value:g} given; {needed}")
            return Part(default)
        return Part(float(value), where)

    def whole(self, path: Path | str, default: int = 0, *, least: int | None = None) -> Part[int]:
        """Return a whole number."""
        found = self.number(path, default, least=least)
        if found.value != found.value // 1:
            self.wrong(path, f"{shown(self.at(path))} given; a whole number is needed")
            return Part(default)
        if abs(found.value) > _LARGEST:
            self.wrong(path, f"{found.value:g} given; at most {_LARGEST:g} is needed")
            return Part(default)
        return found.then(int(found.value))

    def numbers(self, path: Path | str, default: Sequence[float] = ()) -> list[Part[float]]:
        """Return a list of numbers; one number is a list of it."""
        where, value = _path(path), self.at(path)
        if value is None:
            return [Part(each) for each in default]
        if not isinstance(value, list):
            return [self.number(where)]
        return [self.number((*where, index)) for index, _ in enumerate(value)]

    def flag(self, path: Path | str, default: bool = False) -> Part[bool]:
        """Return true or false."""
        where, value = _path(path), self.at(path)
        if value is None:
            return Part(default)
        meant = value if isinstance(value, bool) else _FLAGS.get(str(value).lower())
        if meant is None:
            self._odd(where, value, "true or false")
            return Part(default)
        return Part(meant, where)

    def word(self, path: Path | str, default: str, allowed: Sequence[str] = (), among: str = "") -> Part[str]:
        """Return a text, one of those that are allowed where any are; among: whose they are, for the message."""
        where, value = _path(path), self.at(path)
        if value is None:
            return Part(default)
        if not isinstance(value, str):
            self._odd(where, value, "text")
            return Part(default)
        if allowed and value not in allowed:
            whose = f" of {among}" if among else ""
            self.wrong(where, f"{value!r} given; those{whose} are {', '.join(allowed)}{did_you_mean(value, allowed)}")
            return Part(default)
        return Part(value, where)

    def mapping(self, path: Path | str) -> Part[Mapping[str, Any]]:
        """Return a mapping, an empty one where there is none."""
        where, value = _path(path), self.at(path)
        if value is None:
            return Part({})
        if not isinstance(value, Mapping):
            self._odd(where, value, "a mapping")
            return Part({})
        return Part(value, where)

    def fact(self, name: str, default: Any = None, because: str = "") -> Any:
        """Return a fact that the config cannot know; without a default it is missing where it is not given.

        because: what is said where the default is taken ("one device").
        """
        if name in self.facts.values:
            return self.facts.values[name]
        if default is None:
            self.missing.setdefault(name, told(name))
            return 1 if name in COUNTS else None
        if because:
            self.assume(f"{because}; --given {name}=... says otherwise")
        return default

    def version(self, library: str, newest: str, because: str = "the newest known") -> str:
        """Return the version of a library that is meant: the one given, else the newest that is known.

        because: what makes another one out of that.
        """
        if library in self.facts.versions:
            return self.facts.versions[library]
        self.assume(f"{library} {newest}, {because}; --given {library}=VERSION sets another")
        return newest

    @property
    def _is_yaml(self) -> bool:
        return not self.marked.source.endswith((".py", ".json", ".toml"))

    def _written(self, path: Path) -> str:
        """Return a plain value as it is typed, "" where that is not known."""
        where = self.marked.values.get(path)
        lines = self.marked.text.splitlines()
        if not isinstance(where, Place) or where.source or path in self.marked.overridden or where.line > len(lines):
            return ""
        return lines[where.line - 1][where.column - 1 :].partition("#")[0].strip().rstrip(",}]").strip()

    def _place(self, path: Path) -> str:
        return self.marked.place(path)


def _path(path: Path | str) -> Path:
    return tuple(path.split(".")) if isinstance(path, str) else path
