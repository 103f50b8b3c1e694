"""A difference as data for other programs: JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lrviz.foundation.version import __version__
from lrviz.render.records.lines import csv_table, json_line
from lrviz.render.records.schedule import finite, plain
from lrviz.results import Cause, Difference, GroupDifference


def difference_json_text(difference: Difference) -> str:
    """Return what `lrviz diff --json` writes: RFC 8259, on one line."""
    return json_line(difference_record(difference))


def difference_record(difference: Difference) -> dict[str, Any]:
    """Return a difference as plain data in which what is not finite is None."""
    return {
        "lrviz": __version__,
        "a": difference.a,
        "b": difference.b,
        "verdict": difference.verdict,
        "unit": difference.unit,
        "groups": [_group(one) for one in difference.groups],
        "causes": [cause_record(one) for one in difference.causes],
    }


def _group(one: GroupDifference) -> dict[str, Any]:
    farthest = one.largest
    largest = None if farthest is None else {"step": farthest.step, "a": finite(farthest.a), "b": finite(farthest.b)}
    return {"name": one.name, "first_step": one.first_step, "largest": largest, "max_rel": finite(one.max_rel)}


def cause_record(one: Cause) -> dict[str, Any]:
    """Return an explanation as plain data."""
    return {"id": one.id, "name": one.name, "message": one.message, "max_rel": finite(one.max_rel)}


def difference_csv_text(difference: Difference) -> str:
    """Return what `lrviz diff --csv` writes: a row for each value that was compared, of each group."""
    return csv_table(["group", "t", "a", "b"], _rows(difference))


def _rows(difference: Difference) -> Iterator[Sequence[object]]:
    for one in difference.groups:
        values = (plain(track.lr[np.searchsorted(track.at, one.at)]) for track in (one.a, one.b))
        for t, a, b in zip(one.at.tolist(), *values, strict=True):
            yield one.name, t, a, b
