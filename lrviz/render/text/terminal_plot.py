"""The learning rates as a plot of braille dots, for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

from lrviz.foundation.numerals import count, short
from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures import style
from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.lines import Line, distinct_lines
from lrviz.render.figures.timeline import Timeline, timeline
from lrviz.render.text.names import told_apart
from lrviz.render.text.presentable import presentable
from lrviz.results import Curves, FloatArray, IntArray

BLANK = 0x2800
_AS_THEY_ARE = ScheduleAxes()
DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""The bits of a braille cell's four rows and two columns, as Unicode numbers them."""


def braille_plot(curves: Sequence[Curves], width: int, height: int, axes: ScheduleAxes = _AS_THEY_ARE) -> Text:
    """Return a plot of `width` by `height` characters, its axis labels included, all curves in one frame.

    Each column of dots is filled from the smallest to the largest value it stands for and joined to
    its neighbour, so a spike of one step is seen. A linear axis of positive values starts at zero; on
    a log axis values that are not positive are left out, as are everywhere those that are not finite.
    Several lines have a legend below, in their colours; it comes on top of `height`.
    """
    _, curves = told_apart(presentable(curves))
    axis, log = timeline(curves, axes), axes.logarithmic(curves)
    lines = distinct_lines(curves, axis)
    known = np.concatenate([_scaled(line, decimate(line.values, 4 * width), log=log) for line in lines])
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if not log:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = (low - 0.15, high + 0.15) if log else (low, high + 1)
    marks = [short(10**value if log else value) for value in (high, (low + high) / 2, low)]
    gutter = max(map(len, marks))
    columns, rows = max(width - gutter - 2, 2), max(height - 2, 2)

    cells = np.zeros((rows, columns), dtype=np.int64)
    owner = np.full((rows, columns), -1)
    for index, line in reversed(list(enumerate(lines))):
        dots = _dots(line, 2 * columns, 4 * rows, axis, (low, high), log=log)
        drawn = (dots.reshape(rows, 4, columns, 2) * DOTS[:, None, :]).sum(axis=(1, 3))
        cells |= drawn
        owner[drawn > 0] = index

    plot = Text(no_wrap=True)
    labels = {0: marks[0], (rows - 1) // 2: marks[1], rows - 1: marks[2]}
    for row in range(rows):
        plot.append(f"{labels.get(row, ''):>{gutter}} ┤" if row in labels else f"{'':>{gutter}} │")
        for cell, who in zip(cells[row], owner[row], strict=True):
            plot.append(chr(BLANK + cell), style.colour(lines[who].colour) if who >= 0 else None)
        plot.append("\n")
    plot.append(f"{'':>{gutter}} └{'─' * columns}\n")
    begin, end = (f"{100 * x:.3g}%" if axis.share else count(x) for x in axis.limits)
    end += (f" {axis.noun}" if axis.share else f" {axis.noun}s") + ", lr on a log axis" * log
    plot.append(f"{'':>{gutter}}  {begin}{end:>{columns - len(begin)}}")
    for line in lines if len(lines) > 1 else ():
        plot.append(f"\n{'':>{gutter}}  ").append("⠶⠶ ", style.colour(line.colour)).append(line.label)
    return plot


def _scaled(line: Line, kept: IntArray, *, log: bool) -> FloatArray:
    values = line.values[kept]
    if not log:
        return values
    return np.log10(values, out=np.full(len(values), np.nan), where=values > 0)


def _dots(
    line: Line, columns: int, rows: int, axis: Timeline, bounds: tuple[float, float], *, log: bool
) -> NDArray[np.bool_]:
    """Return which dots of a [rows, columns] raster `line` sets; row 0 is at the top."""
    dots = np.zeros((rows, columns), dtype=bool)
    left, right = axis.limits
    skipped = min(round(columns * (line.first * line.scale - left) / (right - left)), columns - 1)
    used = max(round(columns * (line.end - left) / (right - left)) - skipped, 1)
    steps = len(line.values)
    low, high = bounds
    before: int | None = None
    for column in range(used):
        start = column * steps // used
        stop = max((column + 1) * steps // used, start + 1)
        values = line.values[start:stop]
        values = values[np.isfinite(values) & ((values > 0) | (not log))]
        if not values.size:
            before = None
            continue
        ends = np.array([values.min(), values.max(), values[-1]])
        places = np.rint((rows - 1) * (high - (np.log10(ends) if log else ends)) / (high - low)).astype(int)
        bottom, top, last = map(int, places)
        if before is not None:
            # Up to the neighbour, not onto it: level curves stay one dot thick.
            top, bottom = min(top, before + 1), max(bottom, before - 1)
        dots[top : bottom + 1, skipped + column] = True
        before = last
    return dots
