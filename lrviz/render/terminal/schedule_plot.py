"""The learning rates of schedules as a plot of braille dots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.text import Text

from lrviz.render.axes import ScheduleAxes
from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.lines import Line, distinct_lines
from lrviz.render.figures.timeline import timeline
from lrviz.render.terminal.braille import Frame, Trace, plot
from lrviz.render.text.names import told_apart
from lrviz.render.text.presentable import presentable
from lrviz.results import Curves, FloatArray

_AS_THEY_ARE = ScheduleAxes()


def braille_plot(curves: Sequence[Curves], width: int, height: int, axes: ScheduleAxes = _AS_THEY_ARE) -> Text:
    """Return a plot of `width` by `height` characters, all curves in one frame, as `braille.plot` draws them.

    A linear axis of positive values starts at zero; on a log axis values that are not positive are left out, as
    are everywhere those that are not finite.
    """
    _, curves = told_apart(presentable(curves))
    axis, log = timeline(curves, axes), axes.logarithmic(curves)
    lines = distinct_lines(curves, axis)
    known = np.concatenate([_scaled(line, 4 * width, log=log) for line in lines])
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if not log:
        low, high = min(low, 0.0), max(high, 0.0)
    # The least of all numbers has no half.
    if low / 2 == high / 2:
        low, high = (low - 0.15, high + 0.15) if log else (low, high + 1)
    left, right = axis.limits
    begin, end = (f"{100 * x:.3g}%" if axis.share else f"{x:,.10g}" for x in axis.limits)
    told = f"{end} {axis.noun}{'s' * (not axis.share)}{', lr on a log axis' * log}"
    frame = Frame(low, high, right - left, told, log, begin=begin)
    return plot([_trace(line, left) for line in lines], frame, width, height)


def _trace(line: Line, left: float) -> Trace:
    """Return a line from the left edge of the plot on; where it begins later nothing is drawn."""
    late = round(line.first - left / line.scale)
    values = np.append(np.full(late, np.nan), line.values) if late > 0 else line.values
    return Trace(values, line.end - left, line.label, line.colour)


def _scaled(line: Line, columns: int, *, log: bool) -> FloatArray:
    values = line.values[decimate(line.values, columns)]
    if not log:
        return values
    return np.log10(values, out=np.full(len(values), np.nan), where=values > 0)
