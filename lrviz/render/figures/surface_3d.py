"""The surface of a race in perspective."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from lrviz.render.figures import style
from lrviz.render.figures.clipping import inside, seen
from lrviz.render.figures.paths import DOTTED, drawn, look, shown_rows, thinned
from lrviz.render.figures.surface import HIGH, LOW, shown
from lrviz.results import Contest, FloatArray

_POINTS = 90
"""Points of the net along each axis."""


def relief_axes(figure: Figure, place: tuple[float, float, float, float]) -> Any:
    """Return axes in perspective; by their class, because matplotlib was imported without its 3D toolkit."""
    from mpl_toolkits.mplot3d.axes3d import Axes3D

    ax = Axes3D(figure, rect=place, computed_zorder=False)
    return figure.add_axes(ax)


def draw_relief(ax: Any, contest: Contest) -> list[Artist]:
    """Draw the surface, log10(f - f_min) high where there is a least value, with every path on it."""
    (left, right), (low, high) = box = shown(contest)
    x, y = np.meshgrid(np.linspace(left, right, _POINTS), np.linspace(low, high, _POINTS))
    with np.errstate(all="ignore"):
        z = _heights(contest, contest.function.value(x, y))
    bottom = float(np.quantile(z[np.isfinite(z)], 0.001))
    colours = LinearSegmentedColormap.from_list("bands", [LOW, HIGH])
    artists: list[Artist] = [
        ax.plot_surface(
            x, y, np.maximum(z, bottom), rcount=_POINTS, ccount=_POINTS, cmap=colours, linewidth=0, antialiased=False,
            alpha=0.92, zorder=1,
        )
    ]  # fmt: skip

    def marked(points: FloatArray, **given: object) -> list[Artist]:
        with np.errstate(all="ignore"):
            up = np.maximum(_heights(contest, contest.function.value(*points.T)), bottom)
        return list(ax.plot(*points.T, up, **given))

    for index, one in enumerate(contest.contestants):
        points = drawn(contest, one)
        artists += marked(seen(points, box), linewidth=1.8, zorder=5, gid="path", **look(index))
        if one.average is not None:
            mean = thinned(one.average.path[: shown_rows(contest, one)])
            dotted = {"color": style.colour(index), "linestyle": DOTTED}
            artists += marked(seen(mean, box), linewidth=2.6, zorder=5.5, gid="average", **dotted)
        artists += marked(
            points[-1:][inside(points[-1:], box)], marker="o", markersize=7, markeredgecolor="white",
            color=style.colour(index), linestyle="", zorder=6, gid="end",
        )  # fmt: skip
    ring = {"markerfacecolor": "none", "markeredgecolor": style.INK, "linestyle": ""}
    artists += marked(np.array([contest.start]), marker="o", markersize=9, zorder=7, gid="start", **ring)
    minima = np.array(contest.function.minima).reshape(-1, 2)
    artists += marked(minima[inside(minima, box)], marker="*", markersize=11, zorder=4, gid="minima", **ring)
    ax.set(xlabel="x", ylabel="y")
    ax.set_zlabel("log₁₀(f − f_min)" if contest.function.minimum is not None else "f")
    ax.tick_params(labelsize=style.SMALL - 1, labelcolor=style.FAINT, pad=0)
    ax.view_init(elev=38, azim=-120)
    ax.set_box_aspect((1, 1, 0.62), zoom=1.02)
    return artists


def _heights(contest: Contest, values: FloatArray) -> FloatArray:
    minimum = contest.function.minimum
    if minimum is None:
        return values
    heights: FloatArray = np.log10(np.maximum(values - minimum, contest.tolerance or 1e-12))
    return heights
