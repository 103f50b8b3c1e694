"""The paths of a race over its surface: lines with arrowheads, averages beside them, what became of other starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from lrviz.render.figures import style
from lrviz.render.figures.label_space import along
from lrviz.render.figures.surface import mark_scale
from lrviz.results import DOTS, Contest, Contestant, FloatArray

MOST_POINTS = 5000
"""A path with more points is thinned for drawing: its steps are smaller than pixels."""
_AWAY = 10.0
"""How far a path that diverges is drawn, as a multiple of the view: the rest of it would only hide the others."""
DOTTED = (0, (1, 0.6))
"""Dashes of an average, beside the line of the path it is of."""
_DASH, _ALIKE = 5.0, 1e-3
"""The length of a dash of coinciding paths, in line widths, and how far apart they may be, as a share of the view."""
FAINT = {"linewidth": 1.0, "alpha": 0.45}
"""The look of a path next to its average."""
_HEAD = np.array([(6.0, 0.0), (-4.0, 4.6), (-1.8, 0.0), (-4.0, -4.6)])
"""An arrowhead that points right, in pixels."""
_HEADS, _BETWEEN, _CLEAR = 5, 100.0, 17.0
"""The most arrowheads on a path, pixels of path for each, and pixels that stay free around one."""
_STRAIGHT = 0.85
"""How straight a path must be to have an arrowhead: the distance between two points, as a share of the way."""


def look(index: int) -> dict[str, Any]:
    """Return colour and dashes of an entry: the colours first, then again with the next dashes."""
    return {"color": style.path_colour(index), "linestyle": style.dash(index // len(style.PATHS))}


def look_among(contest: Contest, index: int, shown: Sequence[int] | None = None) -> dict[str, Any]:
    """Return the look of an entry among those shown: dashes of entries with the same path alternate, so that all show.

    shown: the indices of the entries in the same axes, all of them by default.
    """
    shown = range(len(contest.contestants)) if shown is None else shown
    return {**look(index), **dashes_among(contest, index, shown)}


def dashes_among(contest: Contest, index: int, shown: Sequence[int]) -> dict[str, Any]:
    """Return the dashes of an entry that shares its path with others of those shown; nothing if it does not."""
    same = [other for other in shown if _coincide(contest, index, other)]
    if len(same) == 1:
        return {}
    return {"linestyle": (-_DASH * same.index(index), (_DASH, _DASH * (len(same) - 1)))}


def _coincide(contest: Contest, index: int, other: int) -> bool:
    """Return whether the paths of two entries, and their averages, look the same."""
    some, others = contest.contestants[index], contest.contestants[other]
    if index == other or (some.average is None) != (others.average is None):
        return index == other
    size = max(high - low for low, high in contest.surface.box)
    apart = np.abs(some.trajectory.path - others.trajectory.path)
    return bool(np.nan_to_num(apart, nan=0.0).max() < _ALIKE * size) and some.trajectory.last == others.trajectory.last


def thinned(path: FloatArray) -> FloatArray:
    """Return the finite points of a path, [n, 2], no more than can be told apart."""
    finite = path[np.isfinite(path).all(axis=1)]
    return finite[:: max(len(finite) // MOST_POINTS, 1)] if len(finite) > MOST_POINTS else finite


def shown_rows(contest: Contest, one: Contestant) -> int:
    """Return how many rows of an entry's path are drawn: all finite ones, or until a path that diverges is far away."""
    path, rows = one.trajectory.path, one.trajectory.last + 1
    if not one.diverged:
        return rows
    low, high = np.array(contest.function.view).T
    away = np.abs(path[:rows] - (low + high) / 2) > _AWAY * (high - low) / 2
    gone = np.flatnonzero(away.any(axis=1))
    return int(gone[0]) + 1 if gone.size else rows


def drawn(contest: Contest, one: Contestant) -> FloatArray:
    """Return the points of an entry's path that are drawn, [n, 2]."""
    return thinned(one.trajectory.path[: shown_rows(contest, one)])


def draw_paths(
    ax: Axes, contest: Contest, shown: Sequence[int], *, bundle: bool = False, dots: bool = False
) -> list[Artist]:
    """Draw the paths of the entries `shown` on a surface whose limits are final; return the artists.

    bundle: the paths from other starts are drawn, not where they end; dots: steps 1, 2, 5, 10, ... are marked.
    """
    artists: list[Artist] = []
    for index in shown:
        artists += _others(ax, contest.contestants[index], index, bundle=bundle)
    heads = [ax.transData.transform([contest.start])[0] - ax.get_window_extent().min]
    for index in shown:
        one = contest.contestants[index]
        artists += _path(ax, contest, index, shown)
        artists += _heads(ax, drawn(contest, one), index, heads)
        if dots:
            ticked = one.trajectory.path[[step for step in DOTS if step < shown_rows(contest, one)]]
            artists += ax.plot(
                *ticked.T, linestyle="", marker="o", markersize=2.6, color=style.path_colour(index),
                markeredgecolor="white", markeredgewidth=0.4, zorder=6, gid="steps",
            )  # fmt: skip
    return [*artists, *draw_start(ax, contest, shown)]


def draw_start(ax: Axes, contest: Contest, shown: Sequence[int] = ()) -> list[Artist]:
    """Mark where every path begins, by a ring that is seen around the end of a path of the entries `shown`, too."""
    x, y = contest.start
    ends = [drawn(contest, contest.contestants[index])[-1] for index in shown]
    at, *ends = ax.transData.transform([contest.start, *ends])
    under = any(np.abs(end - at).max() < _CLEAR / 2 for end in ends)
    ring = ax.plot(
        [x], [y], linestyle="", marker="o", markersize=(17 if under else 11) * mark_scale(ax), markerfacecolor="white",
        markeredgecolor=style.INK, markeredgewidth=2.2 * mark_scale(ax), zorder=6.6, gid="start",
    )  # fmt: skip
    return list(ring)


def _others(ax: Axes, one: Contestant, index: int, *, bundle: bool) -> list[Artist]:
    """Draw what became of the other starts: a dot where each ends, or the paths of a few."""
    colour = style.path_colour(index)
    if not bundle:
        return list(
            ax.plot(
                *one.robustness.ends.T[np.isfinite(one.robustness.ends).all(axis=0)].T, linestyle="", marker="o",
                markersize=2.2, markeredgewidth=0, alpha=0.55, color=colour, zorder=6.55, gid="other ends",
            )
        )  # fmt: skip
    paths = one.robustness.bundle
    lines = LineCollection(
        [thinned(paths[..., start]) for start in range(paths.shape[2])],
        colors=colour, linewidths=0.6, alpha=0.3, zorder=3.5, gid="bundle",
    )  # fmt: skip
    ax.add_collection(lines, autolim=False)
    return [lines]


def average_look(contest: Contest, index: int) -> dict[str, Any]:
    """Return the look of an average: dots in the colour of its path, in black where there is only one."""
    alone = len(contest.contestants) == 1
    return {"color": style.INK if alone else style.path_colour(index), "linestyle": DOTTED, "linewidth": 2.6}


def _path(ax: Axes, contest: Contest, index: int, shown: Sequence[int]) -> list[Artist]:
    """Draw a path, and its average, in axes that hold those of the entries `shown`."""
    one, colour = contest.contestants[index], style.path_colour(index)

    def line(points: FloatArray, **given: Any) -> list[Artist]:
        return list(ax.plot(*points.T, **{"solid_joinstyle": "round", **given}))

    points, rows = drawn(contest, one), shown_rows(contest, one)
    faint = FAINT if one.average is not None else {"linewidth": 1.5}
    # A path that diverges often fills the picture: it lies below the others.
    under = 3.6 if one.diverged else 4.8
    artists = [
        *line(points, color="white", linewidth=3.2, alpha=0.8 * faint.get("alpha", 1.0), zorder=under, gid="halo"),
        *line(points, zorder=under + 1, gid="path", label=one.name, **faint, **look_among(contest, index, shown)),
    ]
    if one.evaluated is not None:
        ring: dict[str, Any] = {"marker": "o", "markersize": 3.4, "markerfacecolor": "white", "markeredgewidth": 0.9}
        # A step is a line between its two ends; the thin line visits its evaluations in their order.
        artists += line(one.evaluated, linewidth=0.6, color=colour, zorder=5.5, gid="evaluations", **ring)
    if one.average is not None:
        mean = thinned(one.average.path[:rows])
        artists += line(mean, color="white", linewidth=4.4, zorder=6, gid="halo")
        artists += line(mean, zorder=6.5, gid="average", **average_look(contest, index))
    return artists


def _heads(ax: Axes, path: FloatArray, index: int, taken: list[FloatArray]) -> list[Artist]:
    """Set arrowheads where a path is straight and nothing else is near; taken: other arrowheads, in pixels."""
    box = ax.get_window_extent()
    way = along(ax.transData.transform(path) - box.min, (box.width, box.height))
    if len(way) < 9:
        return []
    reach = 3
    gap = float(np.hypot(*(way[1] - way[0])))
    across = way[2 * reach :] - way[: -2 * reach]
    middle = way[reach:-reach]
    straight = np.hypot(*across.T) >= _STRAIGHT * 2 * reach * gap
    seen = ((middle >= 8) & (middle <= np.array([box.width, box.height]) - 8)).all(axis=1)
    free = straight & seen & (np.hypot(*(middle - way[-1]).T) > _CLEAR)
    count = int(np.clip(len(way) * gap / _BETWEEN, 1, _HEADS))
    shapes = []
    for share in (np.arange(count) + 0.5) / count:
        near = np.flatnonzero(free)
        near = near[np.abs(near - share * len(middle)) <= len(middle) / (2 * count)]
        for at in near[np.argsort(np.abs(near - share * len(middle)), kind="stable")][::2]:
            if all(np.hypot(*(middle[at] - other)) > _CLEAR for other in taken):
                taken.append(middle[at])
                along_x, along_y = across[at] / np.hypot(*across[at])
                turn = np.array([(along_x, along_y), (-along_y, along_x)])
                shapes.append(ax.transData.inverted().transform(_HEAD @ turn + middle[at] + box.min))
                break
    heads = PolyCollection(
        shapes, facecolor=style.path_colour(index), edgecolor="white", linewidth=0.6, zorder=6.2, gid="direction"
    )
    ax.add_collection(heads, autolim=False)
    return [heads]
