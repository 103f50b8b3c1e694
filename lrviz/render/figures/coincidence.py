"""Lines that coincide: the lower ones show through the upper ones as dashes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lrviz.render.figures import style
from lrviz.results import BoolArray, FloatArray

_NEAR, _LEAST = 1.2, 12
"""Pixels within which lines hide one another, and pixels along the axis for which they must do so to be dashed."""
_MOST = 40
"""Lines; among more, no single one can be followed."""
_DASH = 4.0
"""The length of a dash, in widths of the line."""


def draw_coincidences(ax: Axes, lines: Sequence[Line2D]) -> list[Artist]:
    """Draw dashes in the colour of each line where a later one covers it; return them.

    Where n lines coincide, each has one in n dashes; the last needs none, because it shows between those of the others.
    """
    if not 1 < len(lines) <= _MOST:
        return []
    box = ax.get_window_extent()
    columns = np.arange(int(box.width)) + 0.5
    heights = np.stack([_heights(ax, line, box.x0 + columns) for line in lines])
    drawn: list[Artist] = []
    for index, line in enumerate(lines[:-1]):
        near = np.abs(heights[index] - heights) < _NEAR
        covered = _long(np.asarray(near[index + 1 :].any(axis=0)))
        if not covered.any():
            continue
        most = int(near[:, covered].sum(axis=0).max())
        before = int(near[:index, covered].any(axis=1).sum())
        pixels = np.column_stack([box.x0 + columns, heights[index]])
        x, y = ax.transData.inverted().transform(pixels).T
        drawn += ax.plot(
            x, np.where(covered, y, np.nan), color=line.get_color(), linewidth=style.LINE_WIDTH, gid="covered",
            linestyle=(-before * _DASH, (_DASH, (most - 1) * _DASH)), dash_capstyle="butt", zorder=line.get_zorder(),
        )  # fmt: skip
    return drawn


def _heights(ax: Axes, line: Line2D, pixels: FloatArray) -> FloatArray:
    """Return the height of `line` in each column, in pixels; nan where it has none."""
    points = ax.transData.transform(np.asarray(line.get_xydata()))
    x, y = points.T
    at = np.searchsorted(x, pixels, side="right") - 1
    known = (at >= 0) & (pixels <= x[-1])
    if line.get_drawstyle() == "steps-post":
        return np.where(known, y[at], np.nan)
    return np.where(known, np.interp(pixels, x, y), np.nan)


def _long(flags: BoolArray) -> BoolArray:
    """Return `flags` without the runs that are too short to show."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(int), [0]])))
    kept = np.zeros(len(flags), dtype=bool)
    for start, stop in edges.reshape(-1, 2):
        kept[start:stop] = stop - start >= _LEAST
    return kept
