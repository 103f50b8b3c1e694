"""Lines between basins, where these are wide enough for lines."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from numpy.lib.stride_tricks import sliding_window_view

from lrviz.render.figures import style
from lrviz.results import BoolArray, FloatArray, IntArray

_MOST, _LEAST = 500, 400
"""Cells along a side: of more only some are looked at, and fewer are cut up, so that lines keep their corners."""
_AROUND, _BUSY = 3, 2.2
"""Cells to each side in which borders are counted; where there is more than so many straight ones, there is dust."""


def draw_borders(ax: Axes, basins: IntArray, extent: tuple[float, float, float, float]) -> list[Artist]:
    """Draw lines between basins, [x, y], but not where they are as fine as dust, nor to what is none, below 0.

    extent: left, right, lower and upper edge of the map. Return the artists.
    """
    every = [max(1, -(-count // _MOST)) for count in basins.shape]
    indices = [np.arange(step // 2, count, step) for step, count in zip(every, basins.shape, strict=True)]
    seen = basins[np.ix_(*indices)]
    left_out = (seen < 0) | _dusty(seen)
    fine = [max(1, -(-_LEAST // count)) for count in seen.shape]
    sides = zip(extent[::2], extent[1::2], basins.shape, indices, every, fine, strict=True)
    # To the edges of the outer cells, not to their middles.
    places = [
        np.concatenate([[low], low + (high - low) * _middles(at, step, parts) / count, [high]])
        for low, high, count, at, step, parts in sides
    ]
    whole, hidden = (
        np.pad(np.repeat(np.repeat(array, fine[0], axis=0), fine[1], axis=1), 1, mode="edge")
        for array in (seen, left_out)
    )
    artists: list[Artist] = []
    for basin in np.unique(seen[seen >= 0])[1:]:
        values = np.ma.masked_array(whole == basin, hidden, dtype=float)
        lines = ax.contour(*places, values.T, levels=[0.5], colors=style.INK, linewidths=0.6, zorder=3)
        lines.set_gid("basin border")
        artists.append(lines)
    return artists


def _middles(indices: IntArray, step: int, parts: int) -> FloatArray:
    """Return the middles of cells, in cells from the edge: of every `step`-th, or of each of the parts of all."""
    found = indices.astype(np.float64) if step > 1 else np.arange(len(indices) * parts) / parts
    return found + 0.5 / parts


def _dusty(basins: IntArray) -> BoolArray:
    """Return around which cells there is more border than a few lines have, [x, y]."""
    crossed = np.zeros(basins.shape)
    for axis in (0, 1):
        apart = np.diff(basins, axis=axis) != 0
        for side in ((0, 1), (1, 0)):
            crossed += np.pad(apart, [side if axis == along else (0, 0) for along in (0, 1)])
    wide = 2 * _AROUND + 1
    around = np.pad(crossed, _AROUND, mode="edge")
    for axis in (0, 1):
        around = sliding_window_view(around, wide, axis=axis).sum(axis=-1)
    # Of a straight line each of two cells has a part.
    return around > _BUSY * 2 * wide
