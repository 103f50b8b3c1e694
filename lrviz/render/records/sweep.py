"""Sweeps as data for other programs: JSON, CSV, and arrays for NumPy."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from lrviz.foundation.version import __version__
from lrviz.render.records.lines import csv_pieces, json_line
from lrviz.results import FloatArray, IntArray, Swept, SweptEntry

_VALUES = ("median", "low", "high", "diverged")
_AT_ONCE = 2**16
"""Values of an array that are numbers of Python, or text, at once."""


def sweep_record(swept: Swept) -> dict[str, Any]:
    """Return a sweep as plain data; what is not finite is None, arrays are nested, [first axis][second axis]."""
    return {
        **_terms(swept),
        "entries": [
            {**_place(swept, one), **{name: _plain(array) for name, array in _arrays(one).items()}}
            for one in swept.entries
        ],
    }


def sweep_json_pieces(swept: Swept) -> Iterator[str]:
    """Yield what `lrviz sweep --json` writes: RFC 8259, on one line; all of it would be many times the arrays."""
    yield _open({"lrviz": __version__, **_terms(swept)}) + ', "entries": ['
    for index, one in enumerate(swept.entries):
        yield (", " if index else "") + _open(_place(swept, one))
        for name, array in _arrays(one).items():
            yield f', "{name}": '
            yield from _nested(array)
        yield "}"
    yield "]}\n"


def sweep_csv_pieces(swept: Swept) -> Iterator[str]:
    """Yield what `lrviz sweep --csv` writes: a row for each entry and point of the grid."""
    header = ["entry", *(axis.key for axis in swept.axes), *_VALUES, "basin"]
    return csv_pieces(header, itertools.chain.from_iterable(_rows(swept, one) for one in swept.entries))


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


def _terms(swept: Swept) -> dict[str, Any]:
    """Return what is said of a sweep before its entries."""
    return {
        **swept.record,
        "start": None if swept.start is None else list(swept.start),
        "starts": swept.starts,
        "steps": swept.steps,
        "tiles": {"computed": swept.tiles.computed, "reused": swept.tiles.reused},
    }


def _place(swept: Swept, one: SweptEntry) -> dict[str, Any]:
    """Return what is said of an entry before its arrays."""
    return {"label": one.label, "axes": [{"key": axis.key, "values": axis.values.tolist()} for axis in swept.axes]}


def _arrays(one: SweptEntry) -> dict[str, FloatArray | IntArray | None]:
    return {**{name: getattr(one, name) for name in _VALUES}, "basin": one.basin}


def _open(record: Mapping[str, Any]) -> str:
    """Return a record as JSON, without the end, so that more can follow."""
    return json_line(record)[: -len("}\n")]


def _nested(array: FloatArray | IntArray | None) -> Iterator[str]:
    """Yield an array as JSON, some of its rows at a time."""
    if array is None:
        yield "null"
        return
    rows = max(1, _AT_ONCE * len(array) // array.size)
    for first in range(0, len(array), rows):
        text = json.dumps(_plain(array[first : first + rows]), allow_nan=False)
        yield (", " if first else "[") + text[1:-1]
    yield "]"


def _plain(values: FloatArray | IntArray | None) -> Any:
    """Return an array as nested lists, in which what is not finite is None."""
    if values is None:
        return None
    lost = ~np.isfinite(values)
    if not lost.any():
        return values.tolist()
    found = values.astype(object)
    found[lost] = None
    return found.tolist()


def _rows(swept: Swept, one: SweptEntry) -> Iterator[Sequence[object]]:
    points = itertools.product(*(axis.values.tolist() for axis in swept.axes))
    for first in range(0, one.median.size, _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        # None is an empty cell.
        columns = [
            itertools.repeat(None) if array is None else _plain(array.reshape(-1)[some])
            for array in _arrays(one).values()
        ]
        for values in zip(*columns, strict=False):
            yield one.label, *next(points), *values
