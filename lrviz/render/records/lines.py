"""Records as text: JSON on one line, and tables of numbers as CSV."""

from __future__ import annotations

import csv
import functools
import io
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lrviz.foundation.printable import printable

_ROWS = 8192
"""Of a table, that are text at once."""


def json_line(record: Mapping[str, Any]) -> str:
    """Return a record as RFC 8259 has it, in which nothing may be infinite, on one line."""
    return json.dumps(record, allow_nan=False, ensure_ascii=False) + "\n"


def csv_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as RFC 4180 has it, but for its line ends, which are those of a text; texts are made safe."""
    return "".join(csv_pieces(header, rows))


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a table, as `csv_table` returns it, some thousand rows at a time."""
    left = itertools.chain([header], ([_safe(value) for value in row] for row in rows))
    while some := list(itertools.islice(left, _ROWS)):
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\n").writerows(some)
        yield stream.getvalue()


def _safe(value: object) -> object:
    return cell(value) if isinstance(value, str) and value else value


@functools.lru_cache(maxsize=1024)
def cell(name: str) -> str:
    """Return a name as a cell of a CSV file: printable, on one line, and nothing that a spreadsheet would compute.

    What begins like a formula gets an apostrophe before it, which spreadsheets read as "this is text".
    """
    told = printable(name)
    return f"'{told}" if told.startswith(("=", "+", "-", "@")) else told
