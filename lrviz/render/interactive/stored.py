"""Which values of long curves a page stores, and how they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrviz.render.figures.decimate import decimate
from lrviz.results import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Detail:
    """How much of a result is stored: about `most` values, to `digits` digits; cells: of a surface, along a side."""

    most: int
    digits: int
    cells: int


PAGE = Detail(12_000, 7, 240)
"""A file of its own, of 250 kB at the most without what shows it."""
ENTRY = Detail(6_000, 5, 120)
"""An entry of a gallery, of which there are many."""
_FINEST, _COARSEST = 2048, 8


def stored(curves: Sequence[FloatArray], most: int) -> list[IntArray]:
    """Return the rows of each curve that a page stores, at most about `most` in all.

    All rows where they are few enough. Else every curve is cut into equal parts, as many as `most` allows, and of each
    part the first row, the last, the lowest and the highest are kept, so that no peak and no end is lost; and as many
    rows between which the curve changes by the same, so that a warm-up of a long run is no straight line.
    """
    if sum(map(len, curves)) <= most:
        return [np.arange(len(one)) for one in curves]
    for columns in fewer_columns():
        kept = [np.union1d(decimate(one, columns), _even_changes(one, columns)) for one in curves]
        if sum(map(len, kept)) <= most or columns == _COARSEST:
            break
    return kept


def _even_changes(values: FloatArray, count: int) -> IntArray:
    """Return rows between which a curve changes by the same, up or down."""
    way = np.abs(np.diff(np.where(np.isfinite(values), values, 0.0), prepend=values[:1])).cumsum()
    rows = np.searchsorted(way, np.linspace(0.0, way[-1], count)) if np.isfinite(way[-1]) else np.arange(0)
    return np.minimum(rows, len(values) - 1)


def fewer_columns() -> Iterator[int]:
    """Yield into how many parts curves may be cut, from the most to the fewest."""
    columns = _FINEST
    while columns > _COARSEST:
        yield columns
        columns = columns * 3 // 4
    yield _COARSEST


def numbers(values: FloatArray, digits: int) -> list[float | int | None]:
    """Return values to a few significant digits, whole ones without a point, and None for what is not finite."""
    written = (f"{value:.{digits}g}" if np.isfinite(value) else "" for value in values.tolist())
    return [(_number(text) if text else None) for text in written]


def _number(text: str) -> float | int:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 1e9 else value


def rows_record(kept: IntArray, count: int) -> dict[str, Any]:
    """Return rows as data: nothing where all of `count` are kept, else each as its distance from the one before."""
    return {} if len(kept) == count else {"gaps": np.diff(kept, prepend=0).tolist()}
