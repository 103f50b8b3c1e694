"""Where the line of an added group begins: a dot, with the group's name and first lr next to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.render.figures import style
from lrviz.render.figures.label_space import Box, Room
from lrviz.render.figures.lines import Line
from lrviz.render.figures.text_size import height, resolution, width, wrap

_WIDEST = 1.6
"""Inches of text; a longer name is cut."""


def beginning(line: Line) -> int:
    """Return how many of a line's values are missing at its start: those before its group is added."""
    there = ~np.isnan(line.values)
    return int(there.argmax()) if there.any() else len(line.values)


def draw_beginnings(ax: Axes, lines: Sequence[Line], room: Room, write: Callable[[float], str]) -> list[Artist]:
    """Mark where each added group begins, and write its name and first lr there, below the line or above it."""
    dpi = resolution(ax)
    row = height(style.SMALL, dpi)
    artists: list[Artist] = []
    for line in lines:
        first = beginning(line)
        # A log begins with its first value, and nothing was added there.
        if not 0 < first < len(line.values) or line.logged is not None:
            continue
        value = float(line.values[first])
        x = (line.first + first) * line.scale
        left, y = ax.transData.transform((x, value)) - ax.get_window_extent().min
        if not np.isfinite(y):
            continue
        (dot,) = ax.plot([x], [value], "o", markersize=3.6, color=style.colour(line.colour), clip_on=False, gid="begin")
        artists.append(dot)
        (name,) = wrap(line.label, _WIDEST * dpi, style.SMALL, dpi, most=1)
        told = f"added at {write(value)}"
        # If there is no room for the name, the colour has to identify the group.
        places = ((text, box) for text in (f"{name} {told}", told) for box in _beside(left, y, text, dpi))
        for text, box in places:
            if room.take(box):
                artists.append(
                    ax.text(
                        box.left / room.width, (box.bottom + row / 2) / room.height, text, transform=ax.transAxes,
                        fontsize=style.SMALL, ha="left", va="center", gid="added", parse_math=False,
                    )
                )  # fmt: skip
                break
    return artists


def _beside(left: float, y: float, text: str, dpi: float) -> Iterator[Box]:
    """Yield places for a text, in pixels: above a dot, then below it; each to its right, centred, and to its left."""
    high, long = height(style.SMALL, dpi), width(text, style.SMALL, dpi)
    for bottom in (y + 5, y - 5 - high):
        for start in (left + 2, left - long / 2, left - long - 2):
            yield Box(start, bottom, start + long + 3, bottom + high)
