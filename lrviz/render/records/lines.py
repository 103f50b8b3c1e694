"""Records as text: JSON on one line, and tables of numbers as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def json_line(record: Mapping[str, Any]) -> str:
    """Return a record as RFC 8259 has it, in which nothing may be infinite, on one line."""
    return json.dumps(record, allow_nan=False, ensure_ascii=False) + "\n"


def csv_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as RFC 4180 has it, but for its line ends, which are those of a text."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()
