"""The learning rates of schedules as a plot of braille dots."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.text import Text

from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.lines import Line, distinct_lines
from lrviz.render.figures.timeline import timeline
from lrviz.render.text.braille import Frame, Trace, plot
from lrviz.render.text.names import told_apart
from lrviz.render.text.presentable import presentable
from lrviz.results import Curves, FloatArray


def braille_plot(curves: Sequence[Curves], width: int, height: int, *, log: bool = False) -> Text:
    """Return a plot of `width` by `height` characters, all curves in one frame, as `braille.plot` draws them.

    A linear axis of positive values starts at zero; on a log axis values that are not positive are left out, as
    are everywhere those that are not finite.
    """
    _, curves = told_apart(presentable(curves))
    axis = timeline(curves)
    lines = distinct_lines(curves, axis)
    extent = max(line.end for line in lines)
    known = np.concatenate([_scaled(line, 4 * width, log=log) for line in lines])
    known = known[np.isfinite(known)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if not log:
        low, high = min(low, 0.0), max(high, 0.0)
    # The least of all numbers has no half.
    if low / 2 == high / 2:
        low, high = (low - 0.15, high + 0.15) if log else (low, high + 1)
    frame = Frame(low, high, extent, f"{extent:,.10g} {axis.noun}s", log)
    return plot([Trace(line.values, line.end, line.label, line.colour) for line in lines], frame, width, height)


def _scaled(line: Line, columns: int, *, log: bool) -> FloatArray:
    values = line.values[decimate(line.values, columns)]
    if not log:
        return values
    return np.log10(values, out=np.full(len(values), np.nan), where=values > 0)
