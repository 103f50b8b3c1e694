"""Lines as the stairs that they are: a value holds from its tick to the next one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from lrviz.render.figures import style
from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.lines import Line
from lrviz.render.figures.timeline import Timeline
from lrviz.results import FloatArray


def draw_lines(ax: Axes, lines: Sequence[Line], axis: Timeline, *, log: bool) -> list[Line2D]:
    """Draw each line; its last value holds to the end of the run.

    Values that a log axis cannot show become gaps. Several lines have a halo, so that each can be followed where
    they cross.
    """
    drawn = []
    halo = [withStroke(linewidth=style.LINE_WIDTH + 1.6, foreground="white")] if len(lines) > 1 else None
    for line in lines:
        kept = decimate(line.values, columns(ax))
        values = finite(line.values[kept])
        if log:
            values = np.where(values > 0, values, np.nan)
        (artist,) = ax.plot(
            np.append(line.first + kept, line.extent) * line.scale,
            np.append(values, values[-1]),
            # Where a pixel stands for several ticks stairs would be false: the ticks between are not drawn.
            drawstyle="steps-post" if len(kept) == len(line.values) else "default",
            color=style.colour(line.colour),
            linestyle=style.dash(line.dash),
            linewidth=style.LINE_WIDTH,
            solid_joinstyle="round",
            path_effects=halo,
            label=line.label or "lr",
            gid="line",
        )
        drawn.append(artist)
    ax.set_xlim(axis.limits)
    return drawn


def columns(ax: Axes) -> int:
    """Return the pixels that `ax` is wide."""
    return max(int(ax.get_window_extent().width), 1)


def finite(values: FloatArray) -> FloatArray:
    """Return the values, nan for what is not finite."""
    return np.where(np.isfinite(values), values, np.nan)
