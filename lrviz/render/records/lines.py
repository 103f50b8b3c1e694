"""Records as text: JSON on one line, and tables of numbers as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lrviz.foundation.printable import printable


def json_line(record: Mapping[str, Any]) -> str:
    """Return a record as RFC 8259 has it, in which nothing may be infinite, on one line."""
    return json.dumps(record, allow_nan=False, ensure_ascii=False) + "\n"


def csv_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as RFC 4180 has it, but for its line ends, which are those of a text; texts are made safe."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([cell(value) if isinstance(value, str) and value else value for value in row] for row in rows)
    return stream.getvalue()


def cell(name: str) -> str:
    """Return a name as a cell of a CSV file: printable, on one line, and nothing that a spreadsheet would compute.

    What begins like a formula gets an apostrophe before it, which spreadsheets read as "this is text".
    """
    told = printable(name)
    return f"'{told}" if told.startswith(("=", "+", "-", "@")) else told
