"""The range of the groups of a schedule that has too many of them for a line each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lrviz.render.figures import style
from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.lines import Line, hidden
from lrviz.render.figures.stairs import columns, finite
from lrviz.render.figures.timeline import Timeline
from lrviz.results import Curves, FloatArray

_STRENGTH = 0.18


def draw_bands(
    ax: Axes, curves: Sequence[Curves], lines: Sequence[Line], axis: Timeline, *, log: bool
) -> list[tuple[FloatArray, FloatArray]]:
    """Shade the range of the groups of each schedule that has only some of them drawn; return its two ends."""
    bands = []
    for schedule, missing in enumerate(hidden(curves, lines)):
        if not missing:
            continue
        (start, stop), scale = axis.windows[schedule], axis.scales[schedule]
        values = finite(curves[schedule].lr[start:stop])
        if log:
            values = np.where(values > 0, values, np.nan)
        low, high = np.fmin.reduce(values, axis=1), np.fmax.reduce(values, axis=1)
        kept = np.union1d(decimate(low, columns(ax)), decimate(high, columns(ax)))
        low, high = low[kept], high[kept]
        ax.fill_between(
            np.append(start + kept, min(curves[schedule].extent, stop)) * scale,
            np.append(low, low[-1]),
            np.append(high, high[-1]),
            step="post" if len(kept) == stop - start else None,
            color=style.colour(schedule) if len(curves) > 1 else style.MARK,
            alpha=_STRENGTH,
            linewidth=0,
            zorder=0.7,
            gid="band",
        )
        bands.append((low, high))
    return bands
