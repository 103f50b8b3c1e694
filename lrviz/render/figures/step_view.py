"""Where the gradient points, and where the step goes: arrows at a few points of each path, and how long steps are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from lrviz.foundation.numerals import short
from lrviz.render.figures import style
from lrviz.render.figures.frame import quiet
from lrviz.render.figures.label_space import Box, Room
from lrviz.render.figures.losses import costs, dearest, spent
from lrviz.render.figures.paths import MOST_POINTS, look_among, shown_rows
from lrviz.render.figures.text_size import height, resolution, width
from lrviz.render.figures.ticks import count_ticks
from lrviz.results import Contest, FloatArray, IntArray

ARROWS = ("black arrows: downhill, against the gradient", "coloured arrows: the next step; all of equal length")
_MOST = 5
"""Points of each path with arrows."""
_LONG, _APART = 58.0, 80.0
"""Pixels of an arrow, and between two points with arrows."""
_ALIKE = float(np.cos(np.radians(15)))
"""Arrows with a smaller angle between them look like one."""
_LOWEST = 1e-4
"""How far below the longest step the axis of step sizes reaches, as a share of it."""
_ALONG, _WIDE = (0.1, 0.4, 0.7, 0.95), 6.0
"""Where along an arrow there may be no name, and pixels to both sides of it."""
_GAP, _SIDE = 9.0, 36.0
"""Pixels between an arrow and its name, and along it to a name at its side."""


def draw_arrows(ax: Axes, contest: Contest, shown: Sequence[int], taken: list[Box]) -> list[Artist]:
    """Draw downhill, and where the next step goes, at a few points of each of the paths `shown`; return the artists.

    taken: what names may not meet, in pixels of the axes; theirs are added.
    """
    box = ax.get_window_extent()
    # A direction in pixels: the axes stretch x and y differently.
    stretch = np.diff(ax.transData.transform([(0.0, 0.0), (1.0, 1.0)]), axis=0)[0]
    artists: list[Artist] = []
    used = np.empty((0, 2))
    found = []
    for index in shown:
        one = contest.contestants[index]
        path = one.trajectory.path[: shown_rows(contest, one)]
        pixels = ax.transData.transform(path) - box.min
        rows = _few(pixels, np.array(box.size), used)
        if not rows.size:
            continue
        down, step = _unit(-one.slopes[rows] * stretch), _unit((path[rows + 1] - path[rows]) * stretch)
        for gid, way, colour, wide in (
            ("step arrow", step, style.path_colour(index), 7.0),
            ("gradient", down, style.INK, 2.6),
        ):
            known = np.isfinite(way).all(axis=1)
            u, v = _LONG * way[known].T
            artists.append(
                ax.quiver(
                    *path[rows[known]].T, u, v, angles=np.degrees(np.arctan2(v, u)), scale=1, scale_units="dots",
                    units="dots", width=wide, headwidth=5 - 0.3 * wide, headlength=5 - 0.3 * wide,
                    headaxislength=4.6 - 0.3 * wide, color=colour,
                    edgecolor="white", linewidth=0.7, zorder=6.2, gid=gid,
                )
            )  # fmt: skip
        found.append((pixels[rows], step, down))
        used = np.concatenate([used, pixels[rows]])
    for at, *ways in found:
        taken += [_around(*point) for way in ways for share in _ALONG for point in at + share * _LONG * way]
    for at, step, down in found:
        if named := _named(ax, at, [("step", step), ("downhill", down)], taken):
            return [*artists, *named]
    return artists


def _around(x: float, y: float) -> Box:
    return Box(x - _WIDE, y - _WIDE, x + _WIDE, y + _WIDE)


def _few(pixels: FloatArray, frame: FloatArray, used: FloatArray) -> IntArray:
    """Return the first rows of a path inside the frame from which it moves on, apart from each other and `used`.

    pixels: [rows, 2]; used: [n, 2], where other paths have arrows.
    """
    at = pixels[:-1]
    free = ((at >= 0) & (at <= frame)).all(axis=1) & (np.abs(np.diff(pixels, axis=0)).max(axis=1) > 0)
    for other in used:
        free &= np.hypot(*(at - other).T) > _APART
    chosen: list[int] = []
    while free.any() and len(chosen) < _MOST:
        chosen.append(int(free.argmax()))
        free &= np.hypot(*(at - at[chosen[-1]]).T) > _APART
    return np.array(chosen, dtype=np.int64)


def _unit(vectors: FloatArray) -> FloatArray:
    """Return vectors, [n, 2], as long as 1; NaN where they have no direction."""
    with np.errstate(invalid="ignore"):
        found: FloatArray = vectors / np.hypot(*vectors.T)[:, None]
    return found


def _named(ax: Axes, at: FloatArray, arrows: Sequence[tuple[str, FloatArray]], taken: list[Box]) -> list[Artist]:
    """Name arrows at their tips, where they are farthest apart and there is room; taken: the boxes of other names.

    at: [n, 2], where they begin, in pixels of the axes; arrows: name and directions, [n, 2] each.
    """
    box, dpi = ax.get_window_extent(), resolution(ax)
    room = Room(box.width, box.height, taken=taken)
    alike = np.prod([way for _, way in arrows], axis=0).sum(axis=1)
    # The widest angle first.
    for row in [row for row in np.argsort(alike, kind="stable") if alike[row] < _ALIKE]:
        before, places = len(taken), list[Box]()
        for name, way in arrows:
            size = np.array([width(name, style.SMALL, dpi, "bold") + 4, height(style.SMALL, dpi)])
            places += islice(filter(room.take, _beside(at[row], way[row], size)), 1)
        if len(places) == len(arrows):
            return [
                ax.text(
                    (place.left + place.right) / 2 / box.width, (place.bottom + place.top) / 2 / box.height, name,
                    transform=ax.transAxes, fontsize=style.SMALL, weight="bold", color=style.INK, ha="center",
                    va="center", zorder=9, gid="arrow name", parse_math=False,
                    bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.8},
                )
                for (name, _), place in zip(arrows, places, strict=True)
            ]  # fmt: skip
        del taken[before:]
    return []


def _beside(at: FloatArray, way: FloatArray, size: FloatArray) -> Iterator[Box]:
    """Yield the places for a name of a size, [2], beyond the tip of an arrow and to both sides of its shaft."""
    across = np.array([-way[1], way[0]])
    for point, toward in ((at + _LONG * way, way), (at + _SIDE * way, across), (at + _SIDE * way, -across)):
        # As far as the name itself reaches in that direction.
        middle = point + toward * (_GAP + np.abs(toward) @ size / 2)
        yield Box(*(middle - size / 2), *(middle + size / 2))


def draw_step_sizes(ax: Axes, contest: Contest, axis: int) -> list[Artist]:
    """Draw how far each step moves x, or y, on a log axis, a line for each entry; return the artists."""
    artists: list[Artist] = []
    known = []
    for index, one in enumerate(contest.contestants):
        moved = np.abs(np.diff(one.trajectory.path[:, axis]))
        far = np.where(moved > 0, moved, np.nan)
        stride = max(len(far) // MOST_POINTS, 1)
        at = spent(contest, one)[1:]
        given: dict[str, Any] = {"linewidth": 1.3, "gid": f"step {'xy'[axis]}", **look_among(contest, index)}
        known.append(far[np.isfinite(far)])
        # One point makes no line.
        marker = "o" if known[-1].size == 1 else ""
        artists += ax.plot(at[::stride], far[::stride], marker=marker, markersize=4, clip_on=not marker, **given)
    every = np.concatenate(known)
    if every.size:
        high = float(every.max())
        ax.set_yscale("log")
        ax.set_ylim(max(float(every.min()), _LOWEST * high) / 1.6, 2 * high)
        ax.yaxis.set_major_locator(LogLocator(numticks=4))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    ax.set_xlim(0, dearest(contest))
    quiet(ax)
    ax.set_xlabel(costs(contest))
    count_ticks(ax.xaxis, (0, ax.get_xlim()[1]), 6)
    return artists
