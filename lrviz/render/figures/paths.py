"""The paths of a race over its surface: main ones with their ends, the bundle behind, averages beside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from lrviz.render.figures import style
from lrviz.render.figures.clipping import exit_of
from lrviz.render.figures.label_space import Box, along, hidden
from lrviz.render.figures.text_size import height, resolution, width, wrap
from lrviz.results import DOTS, Contest, Contestant, FloatArray

MOST_POINTS = 5000
"""A path with more points is thinned for drawing: its steps are smaller than pixels."""
_GAP = 7.0
"""Pixels between an end and its label."""
_AWAY = 10.0
"""How many times the view, about its centre, a path that diverges is followed: what comes after only hides the rest."""
_END, _RING, _SAME = 7.5, 4.2, 5.0
"""Points: an end's mark, and how much larger one below another is; pixels within which two ends are one."""
_WIDEST = 0.45
"""The share of the axes that a name beside an end may be wide."""
DOTTED = (0, (1, 0.6))
"""Dashes of an average, beside the line of the path it is of."""
_HEAD = np.array([(1.0, 0.0), (-0.8, 0.66), (-0.4, 0.0), (-0.8, -0.66)])
"""An arrow's head that points right. A regular triangle would point three ways."""


def look(index: int) -> dict[str, object]:
    """Return colour and dashes of an entry: the colours first, then again with the next dashes."""
    return {"color": style.colour(index), "linestyle": style.dash(index // len(style.PALETTE))}


def thinned(path: FloatArray) -> FloatArray:
    """Return the finite points of a path, [n, 2], no more than can be told apart."""
    finite = path[np.isfinite(path).all(axis=1)]
    return finite[:: max(len(finite) // MOST_POINTS, 1)] if len(finite) > MOST_POINTS else finite


def shown_rows(contest: Contest, one: Contestant) -> int:
    """Return how many rows of an entry's path are drawn: all that are finite, of one that diverges until it is far."""
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


def draw_paths(ax: Axes, contest: Contest) -> list[Artist]:
    """Draw every path on a surface whose limits stand; return the artists."""
    artists: list[Artist] = []
    for index, one in enumerate(contest.contestants):
        artists += _bundle(ax, one, index)
    ends = ax.transData.transform([drawn(contest, one)[-1] for one in contest.contestants])
    for index, one in enumerate(contest.contestants):
        # Ends at one point are rings around each other: the first is the widest, so that every colour is seen.
        above = int((np.hypot(*(ends[index + 1 :] - ends[index]).T) < _SAME).sum())
        artists += _path(ax, contest, one, index, _END + _RING * min(above, 3))
    return [*artists, *draw_start(ax, contest)]


def draw_start(ax: Axes, contest: Contest) -> list[Artist]:
    """Mark where every path begins."""
    x, y = contest.start
    ring = ax.plot(
        [x], [y], linestyle="", marker="o", markersize=9, markerfacecolor="none", markeredgecolor=style.INK,
        markeredgewidth=1.4, zorder=8, gid="start",
    )  # fmt: skip
    return list(ring)


def name_ends(ax: Axes, contest: Contest) -> list[Artist]:
    """Name the start, and each path's end where there is room beside it: never over another name, nor outside."""
    box, dpi = ax.get_window_extent(), resolution(ax)
    origin = np.array([box.x0, box.y0])

    def pixels(points: FloatArray) -> FloatArray:
        placed: FloatArray = ax.transData.transform(points) - origin
        return placed

    frame = (box.width, box.height)
    paths = [pixels(drawn(contest, one)) for one in contest.contestants]
    everything = np.concatenate([along(path, frame) for path in paths])
    taken: list[Box] = [_around(pixels(np.array([minimum]))[0], 9) for minimum in contest.function.minima]
    wanted = [(pixels(np.array([contest.start]))[0], "start", style.INK)]
    order = sorted(range(len(paths)), key=lambda index: contest.contestants[index].rank or index)
    for index in order:
        one = contest.contestants[index]
        end = paths[index][-1]
        if not one.diverged and (end >= 0).all() and (end <= frame).all():
            wanted.append((end, one.name, style.colour(index)))
    taken += [_around(at, 6) for at, *_ in wanted]
    artists: list[Artist] = []
    for at, name, colour in wanted:
        rows = wrap(name, _WIDEST * box.width, style.SMALL, dpi, most=2, weight="bold")
        wide = max(width(row, style.SMALL, dpi, "bold") for row in rows)
        size = np.array([wide + 4, height(style.SMALL, dpi, len(rows)) + 1])
        place = _free(at, size, taken, everything, frame)
        if place is None:
            continue
        taken.append(place)
        artists.append(
            ax.text(
                (place.left + 2) / box.width, (place.bottom + place.top) / 2 / box.height, "\n".join(rows),
                transform=ax.transAxes, fontsize=style.SMALL, weight="bold", color=style.INK, linespacing=1.15,
                ha="left", va="center", zorder=9, gid="end name", parse_math=False,
                bbox={"facecolor": "white", "alpha": 0.82, "edgecolor": colour, "linewidth": 1.0, "pad": 1.2},
            )
        )  # fmt: skip
    return artists


def _free(
    at: FloatArray, size: FloatArray, taken: Sequence[Box], points: FloatArray, frame: tuple[float, float]
) -> Box | None:
    """Return the place beside a point that hides the least of the paths, None where every place is taken."""
    wide, tall = size
    best: tuple[float, Box] | None = None
    for away in (_GAP, 3 * _GAP, 6 * _GAP):
        for dx, dy in ((1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1)):
            left = at[0] + dx * away - (wide if dx < 0 else wide / 2 if dx == 0 else 0)
            bottom = at[1] + dy * away - (tall if dy < 0 else tall / 2 if dy == 0 else 0)
            place = Box(left, bottom, left + wide, bottom + tall)
            inside = left >= 3 and bottom >= 3 and place.right <= frame[0] - 3 and place.top <= frame[1] - 3
            if not inside or any(place.meets(other) for other in taken):
                continue
            cost = hidden(points, place) + away
            if best is None or cost < best[0]:
                best = cost, place
    return None if best is None else best[1]


def _around(at: FloatArray, reach: float) -> Box:
    return Box(at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach)


def _bundle(ax: Axes, one: Contestant, index: int) -> list[Artist]:
    bundle = one.robustness.bundle
    if bundle is None:
        return []
    lines = LineCollection(
        [thinned(bundle[..., start]) for start in range(bundle.shape[2])],
        colors=style.colour(index), linewidths=0.6, alpha=0.22, zorder=1, gid="bundle",
    )  # fmt: skip
    ax.add_collection(lines, autolim=False)
    return [lines]


def _path(ax: Axes, contest: Contest, one: Contestant, index: int, size: float) -> list[Artist]:
    """Draw a path with its steps, its average, and its end in points of `size`: a cross where it stops being finite."""
    colour = style.colour(index)

    def dots(points: FloatArray, **given: object) -> list[Artist]:
        options: dict[str, object] = {"linestyle": "", "color": colour, "markeredgecolor": "white", **given}
        return list(ax.plot(*points.T, **options))  # type: ignore[arg-type]

    def line(points: FloatArray, **given: object) -> list[Artist]:
        return list(ax.plot(*points.T, **{"solid_joinstyle": "round", **given}))  # type: ignore[arg-type]

    points, rows = drawn(contest, one), shown_rows(contest, one)
    ticked = one.trajectory.path[[step for step in DOTS if step < rows]]
    artists = [
        *line(points, color="white", linewidth=3.2, alpha=0.75, zorder=4, gid="halo"),
        *line(points, linewidth=1.5, zorder=5, gid="path", label=one.name, **look(index)),
        *dots(ticked, marker="o", markersize=2.6, markeredgewidth=0.4, zorder=6, gid="steps"),
    ]
    if one.average is not None:
        mean = thinned(one.average.path[:rows])
        dotted = {"color": colour, "linestyle": DOTTED}
        artists += line(mean, color="white", linewidth=4.4, zorder=6, gid="halo")
        artists += line(mean, linewidth=2.6, zorder=6.5, gid="average", **dotted)
        if not one.diverged:
            artists += dots(mean[-1:], marker="D", markersize=7, markeredgewidth=1.0, zorder=7, gid="average end")
    left = exit_of(points, (ax.get_xlim(), ax.get_ylim()))
    if left is None:
        mark = "X" if one.diverged else "o"
        return [*artists, *dots(points[-1:], marker=mark, markersize=size, markeredgewidth=0.9, zorder=7, gid="end")]
    at, change = left
    across, up = ax.transData.transform(at + 1e-3 * change) - ax.transData.transform(at)
    turn = np.array([(across, up), (-up, across)]) / np.hypot(across, up)
    return [*artists, *dots(at[None], marker=_HEAD @ turn, markersize=11, zorder=7, clip_on=False, gid="exit")]
