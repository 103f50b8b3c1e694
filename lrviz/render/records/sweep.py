"""Sweeps as data for other programs: JSON, CSV, and arrays for NumPy."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lrviz.foundation.version import __version__
from lrviz.render.records.lines import csv_table, json_line
from lrviz.results import Swept, SweptEntry

_VALUES = ("median", "low", "high", "diverged")


def sweep_record(swept: Swept) -> dict[str, Any]:
    """Return a sweep as plain data; what is not finite is None, arrays are nested, [first axis][second axis]."""
    return {
        **swept.record,
        "start": None if swept.start is None else list(swept.start),
        "starts": swept.starts,
        "steps": swept.steps,
        "tiles": {"computed": swept.tiles.computed, "reused": swept.tiles.reused},
        "entries": [
            {
                "label": one.label,
                "axes": [{"key": axis.key, "values": axis.values.tolist()} for axis in swept.axes],
                **{name: _plain(getattr(one, name)).tolist() for name in _VALUES},
                "basin": None if one.basin is None else one.basin.tolist(),
            }
            for one in swept.entries
        ],
    }


def sweep_json_text(swept: Swept) -> str:
    """Return what `lrviz sweep --json` writes: RFC 8259, on one line."""
    return json_line({"lrviz": __version__, **sweep_record(swept)})


def sweep_csv_text(swept: Swept) -> str:
    """Return what `lrviz sweep --csv` writes: a row for each entry and point of the grid."""
    header = ["entry", *(axis.key for axis in swept.axes), *_VALUES, "basin"]
    return csv_table(header, itertools.chain.from_iterable(_rows(swept, one) for one in swept.entries))


def arrays_of(swept: Swept) -> dict[str, Any]:
    """Return a sweep as arrays: values [entries, first axis, second axis], the axes by their keys, labels [entries]."""
    found: dict[str, Any] = {axis.key: axis.values for axis in swept.axes}
    found["labels"] = np.array([one.label for one in swept.entries])
    for name in (*_VALUES, "basin", "arrived"):
        parts = [getattr(one, name) for one in swept.entries]
        if parts[0] is not None:
            found[name] = np.stack(parts)
    return found


def sweep_npz(swept: Swept) -> bytes:
    """Return what `lrviz sweep --npz` writes; NumPy reads it without a pickle."""
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays_of(swept))
    return stream.getvalue()


def _plain(values: Any) -> Any:
    """Return an array in which what is not finite is None."""
    finite = np.isfinite(values)
    return values if finite.all() else np.where(finite, values, None)


def _rows(swept: Swept, one: SweptEntry) -> Iterator[Sequence[object]]:
    points = itertools.product(*(axis.values.tolist() for axis in swept.axes))
    # None is an empty cell.
    columns: list[list[Any]] = [_plain(getattr(one, name)).ravel().tolist() for name in _VALUES]
    columns.append([None] * one.median.size if one.basin is None else one.basin.ravel().tolist())
    for at, values in zip(points, zip(*columns, strict=True), strict=True):
        yield one.label, *at, *values
