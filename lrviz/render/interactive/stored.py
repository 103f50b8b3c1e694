"""Which values of long curves a page stores, and how they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lrviz.render.figures.decimate import decimate
from lrviz.results import FloatArray, IntArray

PAGE = 12_000
"""Stored values of all curves of a page: about 250 kB."""
CARD = 1_500
"""And of an entry of a gallery, of which there are many."""
_DIGITS = 7
_FINEST, _COARSEST = 2048, 8


def stored(curves: Sequence[FloatArray], most: int) -> list[IntArray]:
    """Return the rows of each curve that a page stores, at most about `most` in all.

    All rows where they are few enough. Else every curve is cut into equal parts, as many as `most` allows, and of each
    part the first row, the last, the lowest and the highest are kept: no peak and no end is lost.
    """
    if sum(map(len, curves)) <= most:
        return [np.arange(len(one)) for one in curves]
    for columns in _columns():
        kept = [decimate(one, columns) for one in curves]
        if sum(map(len, kept)) <= most or columns == _COARSEST:
            break
    return kept


def _columns() -> Iterator[int]:
    columns = _FINEST
    while columns > _COARSEST:
        yield columns
        columns = columns * 3 // 4
    yield _COARSEST


def numbers(values: FloatArray, digits: int = _DIGITS) -> list[float | int | None]:
    """Return values to a few significant digits, whole ones without a point, and None for what is not finite."""
    written = (f"{value:.{digits}g}" if np.isfinite(value) else "" for value in values.tolist())
    return [(_number(text) if text else None) for text in written]


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 1e9 else value


def rows_record(kept: IntArray, count: int) -> dict[str, Any]:
    """Return rows as data: nothing where all of `count` are kept, else each as its distance from the one before."""
    return {} if len(kept) == count else {"gaps": np.diff(kept, prepend=0).tolist()}
