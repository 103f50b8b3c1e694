"""The paths of a race over its surface: main ones with their ends, the bundle behind, averages beside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from lrviz.render import style
from lrviz.render.lettering import height, resolution, width
from lrviz.render.room import Box
from lrviz.results import BoolArray, Contest, Contestant, FloatArray

MOST_POINTS = 5000
"""A path with more points is thinned for drawing: its steps are smaller than pixels."""
_TICKED = tuple(base * 10**power for power in range(7) for base in (1, 2, 5))
"""Steps that carry a dot."""
_GAP = 7.0
"""Pixels between an end and its label."""


def look(index: int) -> dict[str, object]:
    """Return colour and dashes of an entry: the colours first, then again with the next dashes."""
    return {"color": style.colour(index), "linestyle": style.dash(index // len(style.PALETTE))}


def thinned(path: FloatArray) -> FloatArray:
    """Return the finite points of a path, [n, 2], no more than can be told apart."""
    finite = path[np.isfinite(path).all(axis=1)]
    return finite[:: max(len(finite) // MOST_POINTS, 1)] if len(finite) > MOST_POINTS else finite


def draw_paths(ax: Axes, contest: Contest) -> list[Artist]:
    """Draw every path on a surface whose limits stand; return the artists."""
    artists: list[Artist] = []
    for index, one in enumerate(contest.contestants):
        artists += _bundle(ax, one, index)
    for index, one in enumerate(contest.contestants):
        artists += _path(ax, one, index)
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

    drawn = [pixels(thinned(one.trajectory.path)) for one in contest.contestants]
    everything = np.concatenate(drawn)
    taken: list[Box] = [_around(pixels(np.array([minimum]))[0], 9) for minimum in contest.function.minima]
    wanted = [(pixels(np.array([contest.start]))[0], "start", style.INK, 0)]
    order = sorted(range(len(drawn)), key=lambda index: contest.contestants[index].rank or index)
    for index in order:
        one = contest.contestants[index]
        end = drawn[index][-1]
        if not one.diverged and (end >= 0).all() and (end <= (box.width, box.height)).all():
            wanted.append((end, one.name, style.colour(index), index))
    taken += [_around(at, 6) for at, *_ in wanted]
    artists: list[Artist] = []
    for at, text, colour, _ in wanted:
        size = np.array([width(text, style.SMALL, dpi, "bold") + 4, height(style.SMALL, dpi) + 1])
        place = _free(at, size, taken, everything, (box.width, box.height))
        if place is None:
            continue
        taken.append(place)
        artists.append(
            ax.text(
                (place.left + 2) / box.width, (place.bottom + place.top) / 2 / box.height, text, transform=ax.transAxes,
                fontsize=style.SMALL, weight="bold", color=style.INK, ha="left", va="center", zorder=9, gid="end name",
                parse_math=False,
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
            hidden = float(_within(points, place).sum()) + away
            if best is None or hidden < best[0]:
                best = hidden, place
    return None if best is None else best[1]


def _within(points: FloatArray, place: Box) -> BoolArray:
    x, y = points.T
    inside: BoolArray = (x >= place.left) & (x <= place.right) & (y >= place.bottom) & (y <= place.top)
    return inside


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


def _path(ax: Axes, one: Contestant, index: int) -> list[Artist]:
    colour = style.colour(index)

    def dots(points: FloatArray, **given: object) -> list[Artist]:
        options: dict[str, object] = {"linestyle": "", "color": colour, "markeredgecolor": "white", **given}
        return list(ax.plot(*points.T, **options))  # type: ignore[arg-type]

    def line(points: FloatArray, **given: object) -> list[Artist]:
        return list(ax.plot(*points.T, **{"solid_joinstyle": "round", **given}))  # type: ignore[arg-type]

    points = thinned(one.trajectory.path)
    ticked = one.trajectory.path[[step for step in _TICKED if step <= one.trajectory.last]]
    artists = [
        *line(points, color="white", linewidth=3.2, alpha=0.75, zorder=4, gid="halo"),
        *line(points, linewidth=1.5, zorder=5, gid="path", label=one.name, **look(index)),
        *dots(ticked, marker="o", markersize=2.6, markeredgewidth=0.4, zorder=6, gid="steps"),
    ]
    if one.average is not None:
        mean = thinned(one.average.path)
        dotted = {"color": colour, "linestyle": (0, (1, 0.6))}
        artists += line(mean, color="white", linewidth=4.4, zorder=6, gid="halo")
        artists += line(mean, linewidth=2.6, zorder=6.5, gid="average", **dotted)
        artists += dots(mean[-1:], marker="D", markersize=7, markeredgewidth=1.0, zorder=7, gid="average end")
    left = _leaves(ax, points)
    if left is None:
        return [*artists, *dots(points[-1:], marker="o", markersize=7.5, markeredgewidth=1.1, zorder=7, gid="end")]
    at, angle = left
    arrow = (3, 0, angle - 90)
    return [*artists, *dots(at[None], marker=arrow, markersize=11, zorder=7, clip_on=False, gid="exit")]


def _leaves(ax: Axes, points: FloatArray) -> tuple[FloatArray, float] | None:
    """Return where a path that ends outside crosses the frame for the last time, and its direction there in degrees."""
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    bounds = np.array([[left, low], [right, high]])
    outside = ((points < bounds[0]) | (points > bounds[1])).any(axis=1)
    if not outside[-1]:
        return None
    inside = np.flatnonzero(~outside)
    before = int(inside[-1]) if len(inside) else 0
    here, there = points[before], points[min(before + 1, len(points) - 1)]
    change = there - here
    with np.errstate(all="ignore"):
        shares = np.where(change > 0, (bounds[1] - here) / change, (bounds[0] - here) / change)
    shares = shares[np.isfinite(shares) & (shares >= 0)]
    at = here + (float(shares.min()) if shares.size else 0.0) * change
    seen = ax.transData.transform(at + 1e-3 * change) - ax.transData.transform(at)
    return np.clip(at, bounds[0], bounds[1]), float(np.degrees(np.arctan2(seen[1], seen[0])))
