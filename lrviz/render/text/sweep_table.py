"""The numbers of a sweep as a table: the best point of each entry, and how far around it is as good."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from lrviz.foundation.numerals import plural, short
from lrviz.render.text.fitted_table import Column, FittedTable
from lrviz.results import BoolArray, GridAxis, IntArray, Swept, SweptEntry

_AS_GOOD = 10.0
"""A loss of at most this many times the least one is still a good one."""
_MOST_ROWS = 11
"""Values of the axis beside lr at which the entries are compared."""


def sweep_table(swept: Swept) -> RenderableType:
    """Return the table of a sweep, an entry in each row, between what was swept on and how it was computed.

    On a map of expectations a second one says which entry ends lowest at some values of the axis beside lr.
    """
    function = swept.function
    ground = [] if function.named_in(swept.name) else [function.title]
    shape = " x ".join(f"{len(axis.values):,}" for axis in swept.axes)
    points = "starts" if swept.over_start else f"values of {' and '.join(axis.key for axis in swept.axes)}"
    begun = [] if swept.expected or swept.over_start else [f"{plural(swept.starts, 'start')} each"]
    terms = [*ground, function.character, plural(swept.steps, "step"), f"{shape} {points}", *begun, *swept.told]
    title = Text.assemble((swept.name, "bold"), f" ({', '.join(terms)})")
    tiles = swept.tiles
    told = f"{plural(tiles.computed, 'tile')} computed, {tiles.reused:,} reused from the store"
    work = f"{told}; by the reference engine, not compared with torch"
    tables: list[RenderableType] = [FittedTable(_of_starts(swept) if swept.over_start else _of_values(swept))]
    if (beside := swept.beside_lr) is not None:
        tables += ["", FittedTable(_at_each(swept, beside))]
    return Group(title, *tables, Text(work, style="dim"))


def _at_each(swept: Swept, beside: int) -> list[Column]:
    """Return each entry's least loss and the lr of it at some values of the axis beside lr, and whose is the lowest."""
    other, rates = swept.axes[beside], swept.axes[1 - beside].values
    some = np.unique(np.linspace(0, len(other.values) - 1, _MOST_ROWS).round().astype(int))
    rows = [one.median.take(some, axis=beside) for one in swept.entries]
    least = np.array([losses.min(axis=1 - beside) for losses in rows])
    best = [rates[losses.argmin(axis=1 - beside)] for losses in rows]
    columns = [Column(other.key, [short(value) for value in other.values[some].tolist()])]
    if len(swept.entries) > 1:
        first = [swept.entries[int(index)].name for index in least.argmin(axis=0)]
        ends = np.isfinite(least).any(axis=0).tolist()
        columns.append(Column("lowest", [name * end for name, end in zip(first, ends, strict=True)], 1, "text"))
    for index, one in enumerate(swept.entries):
        pairs = zip(least[index].tolist(), best[index].tolist(), strict=True)
        cells = [f"{short(loss, 3)} at lr {short(lr, 3)}" if np.isfinite(loss) else "diverges" for loss, lr in pairs]
        columns.append(Column(one.name, cells, index + 2, "word"))
    return columns


def _of_values(swept: Swept) -> list[Column]:
    entries = swept.entries
    best = [one.best for one in entries]
    columns = [Column("entry", [one.name for one in entries], kind="text")]
    for index, axis in enumerate(swept.axes):
        found = [None if at is None else float(axis.values[at[index]]) for at in best]
        columns.append(Column.numbers(f"best {axis.key}", found, 1))
    least = [None if at is None else float(one.median[at]) for one, at in zip(entries, best, strict=True)]
    columns.append(Column.numbers(f"least {'expected' if swept.expected else 'median'} loss", least, 2))
    if len(swept.axes) == 1:
        ranges = [_range(one, swept.axes[0]) for one in entries]
        columns.append(Column(f"{swept.axes[0].key} within 10x that loss", ranges, 3, "word"))
    points = "values that diverge" if len(swept.axes) == 1 else "grid that diverges"
    columns.append(Column(points, [f"{float((one.diverged >= 0.5).mean()):.0%}" for one in entries], 4))
    also = [", ".join(filter(None, [one.told, *_edges(one, swept.axes)])) for one in entries]
    columns.append(Column("also", also, 5, "text"))
    return columns


def _edges(one: SweptEntry, axes: Sequence[GridAxis]) -> list[str]:
    """Say of which axes the best value is an end, beyond which there may be a better one."""
    if one.best is None:
        return []
    ends = [(axis, at) for axis, at in zip(axes, one.best, strict=True) if at in {0, len(axis.values) - 1}]
    return [f"best {axis.key} is the {'highest' if at else 'lowest'} swept" for axis, at in ends]


def _range(one: SweptEntry, axis: GridAxis) -> str:
    """Return the range of an axis around the best value in which the loss is nearly as good."""
    if one.best is None:
        return ""
    (at,) = one.best
    good: BoolArray = one.median <= _AS_GOOD * max(float(one.median[at]), np.finfo(float).tiny)
    first, last = at, at
    while first > 0 and good[first - 1]:
        first -= 1
    while last < len(good) - 1 and good[last + 1]:
        last += 1
    return f"{short(float(axis.values[first]))}–{short(float(axis.values[last]))}"


def _of_starts(swept: Swept) -> list[Column]:
    entries, minima = swept.entries, swept.function.minima
    columns = [Column("entry", [one.name for one in entries], kind="text")]
    for index, (x, y) in enumerate(minima):
        ends = [f"{float((_basin(one) == index).mean()):.1%}" for one in entries]
        columns.append(Column(f"end at {x:.4g}, {y:.4g}", ends, 1))
    columns.append(Column("elsewhere", [f"{_elsewhere(one):.1%}" for one in entries], 2))
    columns.append(Column("diverged", [f"{float((one.diverged > 0).mean()):.1%}" for one in entries], 2))
    if entries[0].arrived is not None and minima:
        columns.append(Column("median steps to tolerance", [_steps(one) for one in entries], 3))
    columns.append(Column("also", [one.told for one in entries], 4, "text"))
    return columns


def _basin(one: SweptEntry) -> IntArray:
    return np.full(one.median.shape, -1, dtype=np.int64) if one.basin is None else one.basin


def _elsewhere(one: SweptEntry) -> float:
    return float(((_basin(one) < 0) & (one.diverged == 0)).mean())


def _steps(one: SweptEntry) -> str:
    if one.arrived is None:
        return ""
    middle = float(np.quantile(one.arrived, 0.5, method="inverted_cdf"))
    return f"{middle:,.0f}" if np.isfinite(middle) else "never"
