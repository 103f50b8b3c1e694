"""The surface of a race with everything on it; where there are many paths, a small one for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.render.figures.label_space import along
from lrviz.render.figures.path_ends import around, draw_ends, minima_under_ends, name_ends
from lrviz.render.figures.paths import draw_paths, drawn
from lrviz.render.figures.step_view import draw_arrows
from lrviz.render.figures.surface import Ground, draw_surface, label_contours
from lrviz.results import Contest

MOST_PATHS = 6
"""Paths on one surface; of more, each has a surface of its own."""


def draw_map(
    ax: Axes,
    contest: Contest,
    shown: Sequence[int] | None = None,
    known: Ground | None = None,
    *,
    bundle: bool = False,
    gradients: bool = False,
    named: bool = True,
) -> tuple[list[Artist], Ground]:
    """Draw the surface with the paths of some entries for the size that `ax` has now; return artists and surface.

    shown: their indices, all of them by default; known: the surface, where axes of the same size have it.
    """
    shown = range(len(contest.contestants)) if shown is None else shown
    (left, right), (low, high) = contest.surface.box
    ax.set(xlim=(left, right), ylim=(low, high))
    ground = draw_surface(ax, contest, known, under=minima_under_ends(ax, contest, shown))
    box = ax.get_window_extent()
    taken = [around(ax.transData.transform(minimum) - box.min, 9) for minimum in contest.function.minima]
    artists = draw_paths(ax, contest, shown, bundle=bundle, dots=gradients)
    if gradients:
        # Names of arrows avoid the marks, as the names of the ends do.
        ends = [drawn(contest, contest.contestants[index])[-1] for index in shown]
        start, *others = ax.transData.transform([contest.start, *ends]) - box.min
        taken += [around(start, 12), *(around(at, 8) for at in others)]
        artists += draw_arrows(ax, contest, shown, taken)
    artists += draw_ends(ax, contest, shown)
    if not named:
        return artists, ground
    frame = (box.width, box.height)
    ways = [ax.transData.transform(drawn(contest, contest.contestants[index])) - box.min for index in shown]
    points = np.concatenate([along(way, frame) for way in ways])
    artists += name_ends(ax, contest, shown, taken, points)
    artists += label_contours(ax, ground, taken, points)
    return artists, ground
