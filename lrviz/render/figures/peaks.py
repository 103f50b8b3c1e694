"""The largest value of each line, marked and written beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.foundation.peak import peak
from lrviz.render.figures import style
from lrviz.render.figures.beginnings import beginning
from lrviz.render.figures.label_space import Box, Room
from lrviz.render.figures.lines import Line
from lrviz.render.figures.text_size import height, resolution, width
from lrviz.render.figures.timeline import Timeline


def draw_peaks(
    ax: Axes, lines: Sequence[Line], axis: Timeline, room: Room, write: Callable[[float], str], *, named: bool
) -> list[Artist]:
    """Mark the largest value of each line, highest first, and write it where there is room.

    A constant line, or one that ends at its peak, has the value in its end label; a group that is added at its peak
    has it where it begins.
    """
    dpi = resolution(ax)
    artists: list[Artist] = []
    row = height(style.SMALL, dpi)
    found = [(high, tick, order) for order, line in enumerate(lines) for high, tick in _peak(line)]
    for rank, (high, tick, order) in enumerate(sorted(found, key=lambda one: (-one[0], one[2]))):
        line = lines[order]
        heights = room.curves[order][1]
        # A log axis does not show a line below zero.
        if not np.isfinite(heights).any():
            continue
        told = tick == beginning(line) > 0
        if tick == len(line.values) - 1 or (tick == 0 and line.first) or told or not (named or rank == 0):
            continue
        x = (line.first + tick) * line.scale
        left = room.width * (x - axis.limits[0]) / (axis.limits[1] - axis.limits[0])
        y = float(np.nanmax(heights))
        text = f"peak {write(high)} at {axis.place(x)}" if rank == 0 else write(high)
        long = width(text, style.SMALL, dpi)
        for start in (max(left - 2, 2), left - long / 2, left + 2 - long):
            if room.take(Box(start, y + 4, start + long + 3, y + 5 + row)):
                (dot,) = ax.plot(
                    [x],
                    [high],
                    "o",
                    markersize=3.6,
                    color=style.colour(line.colour),
                    clip_on=False,
                    gid="dot",
                )
                label = ax.text(
                    start / room.width, (y + 5 + row / 2) / room.height, text, transform=ax.transAxes,
                    fontsize=style.SMALL, ha="left", va="center", gid="peak", parse_math=False,
                )  # fmt: skip
                artists += [dot, label]
                break
    return artists


def _peak(line: Line) -> list[tuple[float, int]]:
    """Return the largest finite value of a line and its first tick; nothing of a constant line."""
    at, high = peak(line.values)
    return [] if not np.isfinite(high) or high == float(np.nanmin(line.values)) else [(high, at)]
