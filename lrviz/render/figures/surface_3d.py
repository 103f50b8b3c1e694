"""The surface of a race in perspective."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from lrviz.render.figures import style
from lrviz.render.figures.clipping import inside, seen
from lrviz.render.figures.paths import DOTTED, look, shown_rows, thinned
from lrviz.render.figures.surface import HIGH, LOW
from lrviz.results import Contest, FloatArray


def relief_axes(figure: Figure, place: tuple[float, float, float, float]) -> Any:
    """Return axes in perspective; by their class, because matplotlib was imported without its 3D toolkit."""
    from mpl_toolkits.mplot3d.axes3d import Axes3D

    ax = Axes3D(figure, rect=place, computed_zorder=False)
    return figure.add_axes(ax)


def draw_relief(ax: Any, contest: Contest) -> list[Artist]:
    """Draw the surface, log10(f - f_min) high where there is a least value, with every path on it."""
    (left, right), (low, high) = box = contest.surface.box
    net = contest.surface.net
    x, y = np.meshgrid(np.linspace(left, right, net.shape[1]), np.linspace(low, high, net.shape[0]))
    z = _heights(contest, net)
    bottom = float(np.quantile(z[np.isfinite(z)], 0.001))
    colours = LinearSegmentedColormap.from_list("bands", [LOW, HIGH])
    artists: list[Artist] = [
        ax.plot_surface(
            x, y, np.maximum(z, bottom), rcount=len(net), ccount=len(net), cmap=colours, linewidth=0, antialiased=False,
            alpha=0.92, zorder=1,
        )
    ]  # fmt: skip

    def raised(path: FloatArray, loss: FloatArray) -> FloatArray:
        return np.column_stack([path, _heights(contest, loss)])

    def marked(points: FloatArray, **given: object) -> list[Artist]:
        x, y, z = points.T
        return list(ax.plot(x, y, np.maximum(z, bottom), **given))

    for index, one in enumerate(contest.contestants):
        rows = shown_rows(contest, one)
        points = thinned(raised(one.trajectory.path[:rows], one.trajectory.loss[:rows]))
        artists += marked(seen(points, box), linewidth=1.8, zorder=5, gid="path", **look(index))
        if one.average is not None:
            mean = thinned(raised(one.average.path[:rows], one.average.loss[:rows]))
            dotted = {"color": style.path_colour(index), "linestyle": DOTTED}
            artists += marked(seen(mean, box), linewidth=2.6, zorder=5.5, gid="average", **dotted)
        artists += marked(
            points[-1:][inside(points[-1:, :2], box)], marker="o", markersize=7, markeredgecolor="white",
            color=style.path_colour(index), linestyle="", zorder=6, gid="end",
        )  # fmt: skip
    ring = {"markerfacecolor": "none", "markeredgecolor": style.INK, "linestyle": ""}
    begin = raised(np.array([contest.start]), contest.contestants[0].trajectory.loss[:1])
    artists += marked(begin, marker="o", markersize=9, zorder=7, gid="start", **ring)
    minima = np.array(contest.function.minima).reshape(-1, 2)
    minima = minima[inside(minima, box)]
    least = raised(minima, np.full(len(minima), contest.function.minimum or 0.0))
    artists += marked(least, marker="*", markersize=11, zorder=4, gid="minima", **ring)
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
