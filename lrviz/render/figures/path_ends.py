"""Where the paths of a race end: marks that hide neither each other nor a minimum, and names beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.path import Path

from lrviz.render.figures import style
from lrviz.render.figures.clipping import exit_of
from lrviz.render.figures.label_space import Box, along, beside, hidden
from lrviz.render.figures.paths import average_look, drawn, shown_rows
from lrviz.render.figures.surface import mark_scale
from lrviz.render.figures.text_size import height, resolution, width, wrap
from lrviz.results import BoolArray, Contest, FloatArray

_SAME = 8.0
"""Pixels within which ends are one mark, in which each has a slice, and within which a minimum lies under an end."""
_END, _SHARED = 7.5, 11.0
"""Points of the mark of an end, and of one that several share."""
_GAP = 9.0
"""Pixels between an end and its label."""
_LEADER = 14.0
"""Pixels from which on a line leads from a label to its end."""
_WIDEST = 0.45
"""The share of the axes that a name beside an end may be wide."""
_EXIT = np.array([(1.0, 0.0), (-0.8, 0.66), (-0.4, 0.0), (-0.8, -0.66)])
"""An arrow's head that points right. A regular triangle would point three ways."""


def _leaving(ax: Axes, points: FloatArray) -> tuple[FloatArray, FloatArray] | None:
    return exit_of(points, (ax.get_xlim(), ax.get_ylim()))


def minima_under_ends(ax: Axes, contest: Contest, shown: Sequence[int]) -> BoolArray:
    """Return which minima lie under the end of a path, [minima]."""
    minima = np.array(contest.function.minima).reshape(-1, 2)
    ends = np.array([drawn(contest, contest.contestants[index])[-1] for index in shown])
    stars, marks = ax.transData.transform(minima), ax.transData.transform(ends)
    near: BoolArray = (np.abs(stars[:, None] - marks[None]).max(axis=2) < _SAME).any(axis=1)
    return near


def draw_ends(ax: Axes, contest: Contest, shown: Sequence[int]) -> list[Artist]:
    """Mark where each path ends: a disc, shared in slices by ends at one point; a cross where it diverges.

    A path that leaves the picture has an arrow on its edge instead.
    """
    artists: list[Artist] = []
    ends: dict[int, FloatArray] = {}
    for index in shown:
        one = contest.contestants[index]
        points, colour = drawn(contest, one), style.path_colour(index)
        given: dict[str, Any] = {
            "linestyle": "", "color": colour, "markeredgecolor": "white", "markeredgewidth": 0.9, "zorder": 7,
        }  # fmt: skip
        left = _leaving(ax, points)
        if left is not None:
            at, change = left
            way = ax.transData.transform(at + 1e-3 * change) - ax.transData.transform(at)
            artists += ax.plot(*at[:, None], **{**given, **exit_look(way, colour)}, clip_on=False, gid="exit")
        elif one.diverged:
            artists += ax.plot(*points[-1:].T, marker="X", markersize=_END + 2, gid="end", **given)
        else:
            ends[index] = points[-1]
        if one.average is not None and not one.diverged:
            mean = one.average.path[shown_rows(contest, one) - 1 :][:1]
            if index in ends and np.hypot(*np.diff(ax.transData.transform([ends[index], mean[0]]), axis=0)[0]) < _SAME:
                continue  # the end of the path hides it
            mark = {"marker": "D", "markersize": 7, "color": average_look(contest, index)["color"]}
            artists += ax.plot(*mean.T, **{**given, **mark, "gid": "average end"})
    return [*artists, *draw_discs(ax, ends, gid="end", scale=mark_scale(ax))]


def exit_look(way: FloatArray, colour: str) -> dict[str, Any]:
    """Return the look of the mark of a path that leaves the picture by a way in pixels, [2]."""
    across, up = way / np.hypot(*way)
    return {
        "linestyle": "", "marker": _EXIT @ np.array([(across, up), (-up, across)]), "markersize": 13,
        "color": colour, "markeredgecolor": "white", "markeredgewidth": 0.9,
    }  # fmt: skip


def draw_discs(
    ax: Axes,
    places: Mapping[int, FloatArray],
    *,
    gid: str,
    scale: float = 1.0,
    colour: Callable[[int], str] = style.path_colour,
) -> list[Artist]:
    """Draw a disc for each entry at its place, [2], by its index; those at one place share a disc, a slice for each."""
    artists: list[Artist] = []
    pixels = {index: ax.transData.transform(place) for index, place in places.items()}
    for first, look in discs(pixels, scale, colour):
        artists += ax.plot(*np.array(places[first])[:, None], zorder=7, clip_on=False, gid=gid, **look)
    return artists


def discs(
    pixels: Mapping[int, FloatArray], scale: float = 1.0, colour: Callable[[int], str] = style.path_colour
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield for each entry the entry at whose place it is marked, and the mark's look: a disc, or a slice of one.

    pixels: the places of the entries, [2], by their index; colour: that of each.
    """
    left = dict(pixels)
    while left:
        first, at = next(iter(left.items()))
        together = [index for index, other in left.items() if np.hypot(*(other - at)) < _SAME]
        alone = len(together) == 1
        for slot, index in enumerate(together):
            del left[index]
            yield first, {
                "linestyle": "", "marker": "o" if alone else _slice(slot, len(together)),
                "markersize": scale * (_END if alone else _SHARED), "color": colour(index),
                "markeredgecolor": "white", "markeredgewidth": 0.9,
            }  # fmt: skip


def _slice(slot: int, count: int) -> Path:
    """Return a slice of a disc of radius 1, with the extent of the whole disc, by which matplotlib scales a marker."""
    turn = np.pi / 2 - 2 * np.pi * np.linspace(slot, slot + 1, 24) / count
    rim = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    # The first point is not drawn; it only extends the path to the size of the disc.
    points = np.concatenate([[(1.0, 1.0), (0.0, 0.0)], rim, [(0.0, 0.0)]])
    codes = [Path.MOVETO, Path.MOVETO, *[Path.LINETO] * len(rim), Path.CLOSEPOLY]
    return Path(points, codes)


def name_ends(ax: Axes, contest: Contest, shown: Sequence[int], taken: list[Box], points: FloatArray) -> list[Artist]:
    """Name the start, and each path's end where there is room next to it: never over another name or outside the axes.

    taken: what no name may meet, in pixels of the axes, to which the names are added; points: [n, 2], of the paths.
    """
    box, dpi = ax.get_window_extent(), resolution(ax)
    frame = (box.width, box.height)

    def pixels(point: FloatArray) -> FloatArray:
        placed: FloatArray = ax.transData.transform(point) - box.min
        return placed

    wanted = [(pixels(np.array(contest.start)), "start", style.INK)]
    for index in sorted(shown, key=lambda index: contest.contestants[index].rank or index):
        one = contest.contestants[index]
        path = drawn(contest, one)
        end = pixels(path[-1])
        if not one.diverged and (end >= 0).all() and (end <= frame).all():
            wanted.append((end, one.name, style.path_colour(index)))
    taken += [around(at, 12 if name == "start" else 8) for at, name, _ in wanted]
    artists: list[Artist] = []
    for at, name, colour in wanted:
        rows = wrap(name, _WIDEST * box.width, style.SMALL, dpi, most=2, weight="bold")
        wide = max(width(row, style.SMALL, dpi, "bold") for row in rows)
        size = np.array([wide + 4, height(style.SMALL, dpi, len(rows)) + 1])
        place = free_place(at, size, taken, points, frame)
        if place is None:
            continue
        taken.append(place)
        edge = np.clip(at, (place.left, place.bottom), (place.right, place.top))
        # The ring of the start is large enough for its name to be seen as its own.
        if name != "start" and np.hypot(*(edge - at)) > _LEADER:
            artists += ax.plot(
                *(np.array([at, edge]) / frame).T, transform=ax.transAxes, color=colour, linewidth=0.8, zorder=6.9,
                gid="end leader",
            )  # fmt: skip
        artists.append(
            ax.text(
                (place.left + 2) / box.width, (place.bottom + place.top) / 2 / box.height, "\n".join(rows),
                transform=ax.transAxes, fontsize=style.SMALL, weight="bold", color=colour, linespacing=1.15,
                ha="left", va="center", zorder=9, gid="end name", parse_math=False,
                bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.2},
            )
        )  # fmt: skip
    return artists


def free_place(
    at: FloatArray, size: FloatArray, taken: Sequence[Box], points: FloatArray, frame: tuple[float, float]
) -> Box | None:
    """Return the place beside a point that hides the least of the paths, None where every place is taken."""
    best: tuple[float, Box] | None = None
    for away in (_GAP, 1.5 * _GAP, 2.5 * _GAP, 5 * _GAP):
        for place in beside(at, size, away):
            inside = place.left >= 3 and place.bottom >= 3 and place.right <= frame[0] - 3 and place.top <= frame[1] - 3
            if not inside or any(place.meets(other) for other in taken):
                continue
            # The line that leads to it must not cross a name either.
            edge = np.clip(at, (place.left, place.bottom), (place.right, place.top))
            if np.hypot(*(edge - at)) > _LEADER:
                leader = along(np.array([at, edge]), frame)
                if any(hidden(leader, other) for other in taken if not _holds(other, at)):
                    continue
            cost = hidden(points, place) + away
            if best is None or cost < best[0]:
                best = cost, place
    return None if best is None else best[1]


def _holds(box: Box, at: FloatArray) -> bool:
    return bool(box.left <= at[0] <= box.right and box.bottom <= at[1] <= box.top)


def around(at: FloatArray, reach: float) -> Box:
    """Return the square around a point."""
    return Box(at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach)
