"""Text in columns, CSV and JSONL, read at once: a log may have a million rows."""

from __future__ import annotations

import csv
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any

from typing_extensions import override

from lrviz.foundation.arrays import FloatArray, np
from lrviz.foundation.errors import DocumentError, Fault
from lrviz.foundation.printable import printable

DELIMITERS = (",", ";", "\t", "|", " ")
"""What separates columns, a space only where nothing else may."""
_BLANK = {"", "nan", "none", "null", "na", "n/a", "-"}
"""What stands where a row has no value."""
_LONGEST = 40


@dataclass
class Table(ABC):
    """Columns by index; names: as they stand in the file. note: what a reader is told of the reading."""

    source: str
    names: tuple[str, ...]
    note: str = field(default="", init=False)

    @abstractmethod
    def texts(self, index: int, every: int = 1) -> Sequence[str]:
        """Return the cells of a column as they are written; every: only each so many-th."""

    def select(self, *indices: int) -> None:  # noqa: B027 - most hold all of their columns
        """Say which columns will be read, so that one pass does for all."""

    @property
    @abstractmethod
    def rows(self) -> int:
        """The number of rows, once columns were selected."""

    @abstractmethod
    def line(self, row: int) -> int:
        """Return the line of a row in the file, from 1."""

    def numbers(self, index: int) -> FloatArray:
        """Return a column, NaN where a row has no value.

        Raises DocumentError at the first cell that is not a number.
        """
        cells = self.texts(index)
        try:
            return np.fromiter(map(float, cells), np.float64, len(cells))
        except ValueError:
            pass
        filled = ["nan" if cell.strip().lower() in _BLANK else cell for cell in cells]
        try:
            return np.fromiter(map(float, filled), np.float64, len(filled))
        except ValueError:
            return self._one_by_one(index, filled)

    def fault(self, row: int, index: int, text: str) -> DocumentError:
        """Return the error of a cell."""
        return DocumentError(Fault(f"{self.source}:{self.line(row)}", self.names[index], text))

    def _one_by_one(self, index: int, cells: Sequence[str]) -> FloatArray:
        """Read numbers that some countries write with a comma; say which is none."""
        found = np.empty(len(cells))
        for row, cell in enumerate(cells):
            try:
                found[row] = float(cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell)
            except ValueError:
                told = repr(cell if len(cell) <= _LONGEST else f"{cell[: _LONGEST - 1]}…")
                raise self.fault(row, index, f"{told} given; a number is needed") from None
        return found


class Csv(Table):
    """A file of a header and rows, whatever separates its columns."""

    def __init__(self, source: str, text: str) -> None:
        self._text = text
        self._delimiter = delimiter(text)
        rows = self._read(text.splitlines())
        header: list[str] = next(
            (row for row in rows if any(map(str.strip, row)) and not row[0].lstrip().startswith("#")), []
        )
        self._first = rows.line_num + 1
        # A header may be indented, and has a column for what follows a last comma.
        super().__init__(source, tuple(name.strip() for name in header))
        self._cells: dict[int, list[str]] = {}

    def _read(self, lines: Sequence[str]) -> Any:
        # Several spaces are one.
        return csv.reader(lines, delimiter=self._delimiter, skipinitialspace=self._delimiter == " ")

    @override
    def select(self, *indices: int) -> None:
        """Read some columns in one pass.

        Raises DocumentError where a row is too short for them, but for the last one, which may be cut.
        """
        wanted = sorted(set(indices) - set(self._cells))
        if not wanted:
            return
        width = wanted[-1] + 1
        lines = self._text.splitlines()[self._first - 1 :]
        rows = self._read(lines)
        pick = itemgetter(*wanted) if len(wanted) > 1 else lambda row: (row[wanted[0]],)
        try:
            picked = list(map(pick, rows))
        except (IndexError, csv.Error):
            picked = self._carefully(lines, width, pick)
        # zip would take a million arguments, and its time.
        self._cells |= {index: list(map(itemgetter(place), picked)) for place, index in enumerate(wanted)}

    def _carefully(self, lines: Sequence[str], width: int, pick: Any) -> list[Any]:
        found, self._lines = [], []
        rows = self._read(lines)
        try:
            for row in rows:
                if len(row) >= width:
                    found.append(pick(row))
                    self._lines.append(self._first + rows.line_num - 1)
                elif any(map(str.strip, row)):
                    if next(rows, None) is None:
                        self.note = "its last row is incomplete and left out"
                        break
                    place = f"{self.source}:{self._first + rows.line_num - 2}"
                    told = f"{len(row)} of {len(self.names)} columns given"
                    raise DocumentError(Fault(place, "", told))
        except csv.Error as error:
            place = f"{self.source}:{self._first + rows.line_num - 1}"
            raise DocumentError(Fault(place, "", f"not a row of a CSV file: {error}")) from None
        return found

    _lines: Sequence[int] = ()

    @override
    def texts(self, index: int, every: int = 1) -> Sequence[str]:
        self.select(index)
        return self._cells[index] if every == 1 else self._cells[index][::every]

    @property
    @override
    def rows(self) -> int:
        return len(next(iter(self._cells.values()), ()))

    @override
    def line(self, row: int) -> int:
        return self._lines[row] if self._lines else self._first + row


class JsonLines(Table):
    """A file with a JSON object on each line, or the records of another one."""

    def __init__(self, source: str, text: str) -> None:
        lines = text.splitlines()
        self._numbers: Sequence[int] = range(1, len(lines) + 1)
        note = ""
        try:
            self._records = json.loads(f"[{','.join(lines)}]")
        except (ValueError, RecursionError):
            kept = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
            self._numbers = [number for number, _ in kept]
            self._records, note = _read(source, kept)
        names = dict.fromkeys(key for one in self._records if isinstance(one, dict) for key in one)
        super().__init__(source, tuple(names))
        self.note = note

    @classmethod
    def of(cls, source: str, records: Sequence[Any]) -> JsonLines:
        """Return the table of records that were read already; their line is not known."""
        made = cls(source, "")
        made._records, made._numbers = records, [0] * len(records)
        made.names = tuple(dict.fromkeys(key for one in records if isinstance(one, dict) for key in one))
        return made

    @override
    def texts(self, index: int, every: int = 1) -> Sequence[str]:
        values = self._values(index)[::every]
        return ["" if value is None else value if isinstance(value, str) else repr(value) for value in values]

    def _values(self, index: int) -> list[Any]:
        key = self.names[index]
        return [one.get(key) if isinstance(one, dict) else None for one in self._records]

    @override
    def numbers(self, index: int) -> FloatArray:
        try:
            return np.array(self._values(index), np.float64)
        except (ValueError, TypeError):
            return super().numbers(index)

    @property
    @override
    def rows(self) -> int:
        return len(self._records)

    @override
    def line(self, row: int) -> int:
        return self._numbers[row]

    @override
    def fault(self, row: int, index: int, text: str) -> DocumentError:
        place = self.source if not self._numbers[row] else f"{self.source}:{self._numbers[row]}"
        return DocumentError(Fault(place, self.names[index], text))


def _read(source: str, lines: Sequence[tuple[int, str]]) -> tuple[list[Any], str]:
    """Read JSON line by line; the last may be cut."""
    found: list[Any] = []
    for number, line in lines:
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            if number == lines[-1][0] and found:
                return found, "its last line is incomplete and left out"
            told = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
            raise DocumentError(Fault(f"{source}:{number}", "", f"not JSON: {printable(told)}")) from None
    return found, ""


def delimiter(text: str) -> str:
    """Return what separates the columns of a text: what its header holds most of, as far as its first row has it."""
    told = (line.strip() for line in io.StringIO(text))
    lines = list(islice((line for line in told if line and not line.startswith("#")), 2))
    counts = [min(line.count(mark) for line in lines) if lines else 0 for mark in DELIMITERS]
    return DELIMITERS[int(np.argmax(counts[:-1] if any(counts[:-1]) else counts))] if any(counts) else ","
