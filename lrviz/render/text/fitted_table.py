"""A table that fits any width: columns go to further tables by priority, or every row becomes a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import Literal, Self

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lrviz.foundation.numerals import alike

_NONE = "–"
"""The cell of a row without a number."""
_GAP = 2
"""Cells between columns."""
_NARROW = 80
"""Below so many cells a table that does not fit is not cut."""
_MOST_TABLES = 3
_READABLE, _NAME = 12, 20
"""The narrowest that a column of text, and one of names of rows, gets, unless they are shorter."""


@dataclass(frozen=True, eq=False)
class Column:
    """One column: what it is called, in words, and a cell for each row.

    priority: 0 names the row and is in every table; the lowest others are in the first. kind: a
    number is on the right, a word on the left, and neither is ever broken; text is, between words.
    """

    head: str
    cells: Sequence[str | Text]
    priority: int = 0
    kind: Literal["number", "word", "text"] = "number"

    @classmethod
    def numbers(cls, head: str, values: Iterable[float | None], priority: int = 0) -> Self:
        """Return a column of numbers that are all written in one style."""
        listed = list(values)
        told = iter(alike([value for value in listed if value is not None]))
        return cls(head, ["" if value is None else next(told) for value in listed], priority)

    @property
    def says_something(self) -> bool:
        """Whether any row has a value."""
        return any(map(str, self.cells))

    @cached_property
    def ideal(self) -> int:
        """Cells in which every value is on one line, and the head on two."""
        return max(_head_width(self.head, 2), self.widest)

    @cached_property
    def least(self) -> int:
        """Cells below which a word or a number would break, or the head need more than three lines."""
        head = _head_width(self.head, 3)
        if self.kind != "text":
            return max(head, self.widest)
        words = (_longest_word(str(cell)) for cell in self.cells)
        return max(head, min(self.widest, _READABLE if self.priority else _NAME), *words)

    @cached_property
    def widest(self) -> int:
        """Cells of the longest value."""
        return max((cell_len(str(cell)) for cell in self.cells), default=0)


@dataclass(frozen=True, slots=True, eq=False)
class FittedTable:
    """Columns as one table where they fit, else as two or three, else as a record for each row: nothing is lost."""

    columns: Sequence[Column]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the tables, or the records, for the width that there is."""
        columns = [one for one in self.columns if one.says_something]
        tables = _cut(columns, options.max_width)
        for index, table in enumerate(tables):
            if index:
                yield ""
            yield _table(table, options.max_width)
        if not tables:
            for row in range(len(columns[0].cells)):
                yield from _record(columns, row, options.max_width)


def _longest_word(text: str) -> int:
    return max(map(cell_len, text.split()), default=0)


def _head_width(head: str, lines: int) -> int:
    """Return the cells in which a head has at most so many lines."""
    words = [cell_len(word) for word in head.split()]
    for width in range(max(words, default=0), sum(words) + len(words)):
        rows, used = 1, -1
        for word in words:
            used += word + 1
            if used > width:
                rows, used = rows + 1, word
        if rows <= lines:
            return width
    return 0


def _needs(columns: Sequence[Column]) -> int:
    return sum(one.least for one in columns) + _GAP * (len(columns) - 1)


def _cut(columns: Sequence[Column], width: int) -> list[list[Column]]:
    """Return the columns of as few tables as hold them, all about equally wide; nothing where that is too many."""
    ranked = sorted((one for one in columns if one.priority), key=lambda one: one.priority)
    for count in range(1, (1 if width < _NARROW else _MOST_TABLES) + 1):
        found = []
        for inner in combinations(range(1, len(ranked)), count - 1):
            parts = [ranked[start:stop] for start, stop in pairwise((0, *inner, len(ranked)))]
            tables = [[one for one in columns if not one.priority or one in part] for part in parts]
            if all(_needs(table) <= width for table in tables):
                found.append((max(sum(one.ideal + _GAP for one in table) for table in tables), tables))
        if found:
            return min(found, key=lambda cut: cut[0])[1]
    return []


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """Share out what is left beyond the least: first so that values need no more lines, then for the heads."""
    room = width - _GAP * (len(columns) - 1)
    values = _grown([one.least for one in columns], [one.widest for one in columns], room)
    return _grown(values, [one.ideal for one in columns], room)


def _grown(widths: Sequence[int], wanted: Sequence[int], room: int) -> list[int]:
    """Return widths that grow to what is wanted, the widest no farther than there is room for all."""
    limits = range(max(wanted), -1, -1)
    shares = ([max(one, min(most, limit)) for one, most in zip(widths, wanted, strict=True)] for limit in limits)
    return next((share for share in shares if sum(share) <= room), list(widths))


def _table(columns: Sequence[Column], width: int) -> Table:
    heads = any(one.head for one in columns)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0), show_header=heads)
    for one, cells in zip(columns, _widths(columns, width), strict=True):
        side: Literal["right", "left"] = "right" if one.kind == "number" else "left"
        table.add_column(Text(one.head), justify=side, width=cells, overflow="fold")
    for row in range(len(columns[0].cells)):
        table.add_row(*(_text(one, row) or (_NONE if one.kind == "number" else "") for one in columns))
    return table


def _record(columns: Sequence[Column], row: int, width: int) -> Iterator[RenderableType]:
    """Yield what names a row, and below it what each column says of it."""
    named = [one for one in columns if not one.priority and str(one.cells[row])]
    yield Text("  ").join(
        Text(f"{one.head} ").append_text(_text(one, row)) if one.kind == "number" else _text(one, row) for one in named
    )
    told = [one for one in columns if one.priority and str(one.cells[row]).strip()]
    if not told:
        return
    values = max(_longest_word(str(one.cells[row])) for one in told)
    heads = max(cell_len(one.head) for one in told)
    heads = max(min(heads, width - 2 * _GAP - values), *(_longest_word(one.head) for one in told), 0)
    grid = Table.grid(padding=(0, _GAP, 0, 0))
    if heads:
        grid.add_column(width=heads, overflow="fold")
    grid.add_column(overflow="fold")
    for one in told:
        value = _text(one, row)
        grid.add_row(*([Text(one.head), value] if heads else [value]))
    yield Padding(grid, (0, 0, 0, _GAP), expand=False)


def _text(column: Column, row: int) -> Text:
    """Return a cell as text, so that brackets in it are not markup."""
    cell = column.cells[row]
    return cell.copy() if isinstance(cell, Text) else Text(cell)
