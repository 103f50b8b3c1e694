"""Edits applied to the text of a document: only what an edit names changes, to the character.

The text is cut where the parser saw the parts of it, and what comes of it is read again: a text whose
data is not what the edits make of the old data is never returned.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from lrviz.documents.layout import Entry, Node, at, comments, laid_out
from lrviz.documents.written import Known, block, inline
from lrviz.foundation.errors import DocumentError, Path
from lrviz.language.marked_yaml import AmbiguousWord, read, scalar
from lrviz.linting.rule import DROP, Edit

_SPACES = re.compile(" *")
_COMMA = re.compile(r"\s*,")


class _Splice(NamedTuple):
    """The characters from start to stop, replaced."""

    start: int
    stop: int
    new: str = ""


def rewritten(text: str, edits: Sequence[Edit]) -> str | None:
    """Return the text with edits applied, comments and everything else kept.

    None where the text cannot take them: they are in each other's way, or what they name is in an
    alias, or behind an anchor that others use.
    """
    try:
        wanted = edited(read(text, "").data, edits)
        new = _spliced(text, _Rewriting(text).splices(edits))
        return new if new is not None and _same(read(new, "").data, wanted) else None
    except (_CannotBeTaken, DocumentError, LookupError, TypeError):
        return None


def edited(data: Any, edits: Iterable[Edit]) -> Any:
    """Return plain data with edits applied.

    Raises LookupError or TypeError where an edit's path leads nowhere.
    """
    data = copy.deepcopy(data)
    for edit in edits:
        part = data
        for key in edit.path[:-1]:
            part = part[key]
        if edit.value is DROP:
            del part[edit.path[-1]]
        else:
            part[edit.path[-1]] = copy.deepcopy(edit.value)
    return data


def _same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal, including their types: 1 is neither 1.0 nor true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return type(one) is type(other) and bool(one == other)


def _spliced(text: str, splices: Iterable[_Splice]) -> str | None:
    ordered = sorted(splices, key=lambda one: one[:2])
    if any(one.stop > other.start for one, other in pairwise(ordered)):
        return None
    parts, done = [], 0
    for start, stop, new in ordered:
        parts += [text[done:start], new]
        done = stop
    return "".join([*parts, text[done:]])


class _CannotBeTaken(Exception):
    """The text has no place for an edit."""


class _Rewriting:
    """One text, and the places of its parts."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = laid_out(text)
        first = text.find("\n")
        self.newline = "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"

    def splices(self, edits: Sequence[Edit]) -> Iterator[_Splice]:
        """Yield what the edits do to the text; those of one mapping are taken together."""
        ordered = sorted(edits, key=lambda edit: tuple(map(str, edit.path[:-1])))
        for parent, some in groupby(ordered, key=lambda edit: edit.path[:-1]):
            yield from self._inside(parent, list(some))

    def _inside(self, parent: Path, edits: Sequence[Edit]) -> Iterator[_Splice]:
        node = at(self.root, parent)
        if node is None or node.kind is None:
            raise _CannotBeTaken
        added: dict[str, Any] = {}
        dropped: set[int] = set()
        positions = {one.key: index for index, one in enumerate(node.entries)}
        for edit in edits:
            position = positions.get(edit.path[-1])
            found = None if position is None else node.entries[position]
            if found is None and (edit.value is DROP or node.kind is list):
                raise _CannotBeTaken
            if found is None:
                added[str(edit.path[-1])] = edit.value
            elif edit.value is not DROP:
                yield from self._set(found, edit.value, node)
            elif node.kind is dict:
                assert position is not None
                dropped.add(position)
            else:
                raise _CannotBeTaken
        if node.flow:
            yield from self._drop_in_brackets(node, dropped)
            yield from self._add_in_brackets(node, dropped, added)
        else:
            yield from self._drop_lines(node, dropped, empty=not added)
            yield from self._add_lines(node, added)

    # A value ------------------------------------------------------------------------------------------

    def _set(self, found: Entry, value: Any, around: Node) -> Iterator[_Splice]:
        node = found.value
        known = self._spellings(node)
        kept = self._comments(node.start, node.stop)
        if node.kind is None or node.in_brackets:
            quote = node.style if node.style and node.style in "'\"" else ""
            new = inline(value, known, quote)
            # A space is needed after a colon or a dash.
            apart = " " if node.start == node.stop and self.text[node.start - 1] not in " \t" else ""
            if kept:
                line = self._line_start(node.start)
                indent = " " * (self._past(_SPACES, line) - line)
                yield _Splice(line, line, "".join(f"{indent}{comment}{self.newline}" for comment in kept))
            yield _Splice(node.start, node.stop, apart + new)
            return
        column = node.start - self._line_start(node.start)
        # Only a list may have the same indentation as its key.
        shift = 2 if around.kind is dict and column == self._column(found.start) and not isinstance(value, list) else 0
        lines = [*kept, *block(value, known)]
        yield _Splice(node.start, node.stop, " " * shift + f"{self.newline}{' ' * (column + shift)}".join(lines))

    def _spellings(self, node: Node) -> Known:
        """Return how the numbers below a part are written, to write them so again."""
        spelled: dict[tuple[type, Any], str] = {}
        rest = [node]
        while rest:
            one = rest.pop()
            rest += [each.value for each in one.entries]
            if one.kind is None and not one.style and not one.alias:
                text = self.text[one.start : one.stop]
                try:
                    value = scalar(text)
                except AmbiguousWord:
                    continue
                if isinstance(value, int | float):
                    spelled[(type(value), value)] = text
        return lambda value: spelled.get((type(value), value)) if isinstance(value, int | float) else None

    def _comments(self, start: int, stop: int) -> list[str]:
        if "#" not in self.text[start:stop]:
            return []
        return [one[0].rstrip() for one in comments(self.text) if start <= one.start() < stop]

    # A mapping in brackets ----------------------------------------------------------------------------

    def _drop_in_brackets(self, node: Node, dropped: set[int]) -> Iterator[_Splice]:
        """Take entries out with the comma behind them; the last of a line with the one before them."""
        for first, last in _runs(dropped):
            start, stop = node.entries[first].start, self._past(_COMMA, node.entries[last].value.stop)
            before = node.entries[first - 1].value.stop if first else start
            line_start, line_stop = self._line_start(start), self._line_stop(stop)
            alone = not self.text[line_start:start].strip() and line_start > node.start
            after = self.text[stop:line_stop].strip()
            if alone and (not after or after.startswith("#")) and line_stop < node.stop:
                yield _Splice(line_start, line_stop)
            elif last == len(node.entries) - 1 and first and not self.text[before:start].strip(" ,"):
                yield _Splice(before, node.entries[last].value.stop)
            else:
                # A comment needs the space before it.
                yield _Splice(start, stop if after.startswith("#") else self._past(_SPACES, stop))

    def _add_in_brackets(self, node: Node, dropped: set[int], added: dict[str, Any]) -> Iterator[_Splice]:
        if not added:
            return
        new = ", ".join(f"{inline(key)}: {inline(value)}" for key, value in added.items())
        if len(dropped) == len(node.entries):
            yield _Splice(node.start + 1, node.start + 1, new)
        else:
            last = node.entries[-1].value.stop
            yield _Splice(last, last, f", {new}")

    # A mapping in lines -------------------------------------------------------------------------------

    def _drop_lines(self, node: Node, dropped: set[int], *, empty: bool) -> Iterator[_Splice]:
        for index in sorted(dropped):
            one = node.entries[index]
            start, stop = self._line_start(one.start), self._line_stop(one.value.stop)
            if index == 0 and len(dropped) == len(node.entries) and empty:
                yield _Splice(one.start, one.value.stop, "{}")
            elif self.text[start : one.start].strip():
                # The dash of a list is on the line of the first key.
                yield self._first_behind_dash(node, dropped, stop)
            else:
                yield _Splice(start, stop)

    def _first_behind_dash(self, node: Node, dropped: set[int], line_stop: int) -> _Splice:
        """Take the first key out of an item: the next one takes its place, if there is no comment between them."""
        start = node.entries[0].start
        if 1 not in dropped and len(node.entries) > 1 and not self.text[line_stop : node.entries[1].start].strip():
            return _Splice(start, node.entries[1].start)
        return _Splice(start, start + len(self.text[start:line_stop].rstrip("\r\n")))

    def _add_lines(self, node: Node, added: dict[str, Any]) -> Iterator[_Splice]:
        if not added:
            return
        indent = " " * self._column(node.entries[0].start)
        lines = [f"{indent}{line}" for line in block(added)]
        stop = self._line_stop(node.entries[-1].value.stop)
        if self.text[:stop].endswith("\n"):
            yield _Splice(stop, stop, "".join(f"{line}{self.newline}" for line in lines))
        else:
            yield _Splice(stop, stop, "".join(f"{self.newline}{line}" for line in lines))

    # Lines --------------------------------------------------------------------------------------------

    def _line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def _line_stop(self, index: int) -> int:
        """Return where the next line starts."""
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def _past(self, passed: re.Pattern[str], index: int) -> int:
        found = passed.match(self.text, index)
        return found.end() if found else index

    def _column(self, index: int) -> int:
        return index - self._line_start(index)


def _runs(dropped: set[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of neighbours."""
    ordered = sorted(dropped)
    for _, run in groupby(enumerate(ordered), key=lambda pair: pair[1] - pair[0]):
        found = [index for _, index in run]
        yield found[0], found[-1]
