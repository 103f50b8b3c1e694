"""Lines drawn as stairs: a value holds from its tick to the next one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from lrviz.render.figures import style
from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.lines import Line
from lrviz.render.figures.timeline import Timeline
from lrviz.results import FloatArray

_APART = 7
"""Pixels between two dots, at least."""


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
            # Where a pixel covers several ticks, stairs would be wrong: the ticks between are not drawn.
            drawstyle="steps-post" if len(kept) == len(line.values) and not _sparse(line) else "default",
            color=style.colour(line.colour),
            linestyle=style.dash(line.dash),
            linewidth=style.LINE_WIDTH,
            solid_joinstyle="round",
            path_effects=halo,
            label=line.label or "lr",
            gid="line",
        )
        drawn.append(artist)
        draw_logged(ax, line, log=log)
    ax.set_xlim(axis.limits)
    return drawn


def _sparse(line: Line) -> bool:
    """Return whether a line goes straight from one value of a log to the next, over ticks that have none."""
    return line.logged is not None and len(line.logged) < len(line.values)


def draw_logged(ax: Axes, line: Line, *, log: bool) -> list[Artist]:
    """Draw a dot at each value of a sparse log, where they are few enough to be told apart."""
    if line.logged is None or not _sparse(line):
        return []
    within = line.logged[(line.logged >= line.first) & (line.logged < line.first + len(line.values))]
    values = finite(line.values[within - line.first])
    if log:
        values = np.where(values > 0, values, np.nan)
    if not len(within) or len(within) * _APART > columns(ax):
        return []
    return list(
        ax.plot(
            within * line.scale, values, "o", markersize=3.2, color=style.colour(line.colour), zorder=2.5, gid="logged"
        )
    )


def columns(ax: Axes) -> int:
    """Return the pixels that `ax` is wide."""
    return max(int(ax.get_window_extent().width), 1)


def finite(values: FloatArray) -> FloatArray:
    """Return the values, nan for what is not finite."""
    return np.where(np.isfinite(values), values, np.nan)
