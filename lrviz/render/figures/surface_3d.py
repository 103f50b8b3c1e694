"""The surface of a race in perspective: opaque and lit, with every path lying on it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import LightSource, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from lrviz.foundation.numerals import short
from lrviz.render.figures import style
from lrviz.render.figures.clipping import exit_of, inside, seen
from lrviz.render.figures.label_space import Box, beside
from lrviz.render.figures.path_ends import discs, exit_look
from lrviz.render.figures.paths import DOTTED, look_among, shown_rows, thinned
from lrviz.render.figures.relief import Relief, relief_of
from lrviz.render.figures.text_size import height, resolution, width, wrap
from lrviz.results import Contest, FloatArray

_GROUND = ("#54779b", "#8eabc4", "#c6d3dc", "#ece9dc")
"""From the lowest to the highest: even steps in lightness."""
_ASPECT = (1.0, 1.0, 0.62)
_TURNS = (-120, -60, -150, -30, 150, 30, 120, 60)
"""Azimuths in degrees, the usual one first."""
_TILTS = (38, 50, 62)
_USUAL = 0.03
"""How much of the paths and minima the usual view may hide beyond what the best view hides."""
_MARGIN = 46.0
"""Pixels around the box for the numbers at its edges."""
_AWAY = (8.0, 20.0, 40.0, 72.0)
"""Pixels between an end and its name: the first distance that has room."""


def relief_axes(figure: Figure, place: tuple[float, float, float, float]) -> Any:
    """Return axes in perspective; by their class, because matplotlib was imported without its 3D toolkit."""
    from mpl_toolkits.mplot3d.axes3d import Axes3D

    ax = Axes3D(figure, rect=place, computed_zorder=False)
    return figure.add_axes(ax)


def draw_relief(ax: Any, contest: Contest) -> list[Artist]:
    """Draw the surface with every path on it: what the surface hides of a path is pale; return the artists."""
    relief = relief_of(contest)
    paths = [_raised(relief, contest, index) for index in range(len(contest.contestants))]
    minima = relief.on(np.array(contest.function.minima).reshape(-1, 2))
    minima = minima[inside(minima[:, :2], contest.surface.box)]
    tilt, turn = _view(relief, np.concatenate([_sample(path) for path in paths]), minima)
    toward = _toward(tilt, turn)
    artists: list[Artist] = [_ground(ax, relief)]

    def marked(points: FloatArray, **given: Any) -> None:
        front = relief.visible(points, toward)
        for some, alpha in ((front, 1.0), (~front, 0.35)):
            if some.any():
                artists.extend(ax.plot(*points[some].T, alpha=alpha, clip_on=False, **{"linestyle": "", **given}))

    for index, one in enumerate(contest.contestants):
        artists += _path(ax, relief, paths[index], toward, look_among(contest, index))
        if one.average is not None:
            rows = shown_rows(contest, one)
            mean = relief.on(thinned(one.average.path[:rows]))
            dotted = {"color": style.path_colour(index), "linestyle": DOTTED}
            artists += ax.plot(
                *seen(mean, contest.surface.box).T, linewidth=2.6, zorder=5.5, clip_on=False, gid="average", **dotted
            )
    ring: dict[str, Any] = {"markerfacecolor": "none", "markeredgecolor": style.INK}
    # Above the ends, and hollow: neither hides the other.
    marked(minima, marker="*", markersize=13, markeredgewidth=1.1, zorder=7, gid="minima", **ring)
    begin = relief.on(np.array([contest.start]))
    marked(begin, marker="o", markersize=9, markeredgewidth=1.4, zorder=8, gid="start", **ring)
    _frame(ax, relief, tilt, turn)
    ends = {index: path[-1:] for index, path in enumerate(paths) if inside(path[-1:, :2], contest.surface.box)[0]}
    for first, look in discs({index: _pixels(ax, end)[0] for index, end in ends.items()}):
        marked(ends[first], zorder=6, gid="end", **look)
    for index, path in enumerate(paths):
        if left := exit_of(path[:, :2], contest.surface.box):
            # A hundredth of the way across: the last step of a path that diverges is too long for its direction here.
            back = 0.01 * left[1] / float(np.max(np.abs(left[1]) / np.ptp(contest.surface.box, axis=1)))
            before, at = relief.on(np.array([left[0] - back, left[0]]))
            look = exit_look(np.diff(_pixels(ax, np.array([before, at])), axis=0)[0], style.path_colour(index))
            marked(at[None], zorder=6, gid="exit", **look)
    return [*artists, *_name(ax, contest, begin, paths, minima)]


def _raised(relief: Relief, contest: Contest, index: int) -> FloatArray:
    """Return the points of a path that are drawn, [n, 3], on the surface."""
    one = contest.contestants[index]
    return relief.on(thinned(one.trajectory.path[: shown_rows(contest, one)]))


def _path(ax: Any, relief: Relief, path: FloatArray, toward: FloatArray, look: Mapping[str, Any]) -> list[Artist]:
    """Draw a path, pale, and over it what is not hidden by the surface."""
    whole = seen(path, relief.box)
    fine = relief.followed(whole)
    front = np.where(relief.visible(fine, toward)[:, None], fine, np.nan)
    artists = ax.plot(*whole.T, linewidth=1.2, alpha=0.35, zorder=4, clip_on=False, gid="path", **look)
    artists += ax.plot(*front.T, linewidth=3.4, color="white", alpha=0.7, zorder=4.5, clip_on=False, gid="halo")
    artists += ax.plot(*front.T, linewidth=1.8, zorder=5, clip_on=False, gid="path in front", **look)
    return list(artists)


def _ground(ax: Any, relief: Relief) -> Artist:
    """Draw the surface, lit from the upper left of the usual view."""
    (left, right), (low, high) = relief.box
    rows, columns = relief.heights.shape
    x, y = np.meshgrid(np.linspace(left, right, columns), np.linspace(low, high, rows))
    colours = LinearSegmentedColormap.from_list("ground", _GROUND)
    across, up = (right - left) / columns, (high - low) / rows
    steep = _ASPECT[2] * (right - left) / relief.span
    light = LightSource(azdeg=300, altdeg=50)
    pale, square = colours(relief.shades())[..., :3], (right - left) / (high - low)
    lit = light.shade_rgb(
        pale, relief.heights, vert_exag=steep, dx=across, dy=up * square, blend_mode="soft", fraction=0.9
    )
    surface: Artist = ax.plot_surface(
        x, y, relief.heights, rcount=rows, ccount=columns, facecolors=lit, linewidth=0, antialiased=False, shade=False,
        zorder=1, clip_on=False,
    )  # fmt: skip
    surface.set_gid("surface")
    return surface


def _frame(ax: Any, relief: Relief, tilt: int, turn: int) -> None:
    """Set limits, ticks and the view; the panes behind stay white and without a grid."""
    (left, right), (low, high) = relief.box
    ax.set(xlim=(left, right), ylim=(low, high), zlim=(relief.bottom, relief.bottom + relief.span))
    ax.set_xlabel("x", labelpad=-4)
    ax.set_ylabel("y", labelpad=-4)
    ax.grid(visible=False)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color((1.0, 1.0, 1.0, 0.0))
        axis.line.set_color(style.RULE)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    if relief.logarithmic:
        ax.zaxis.set_major_locator(FixedLocator([relief.height(value) for value in relief.decades()]))
    else:
        ax.zaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.zaxis.set_major_formatter(FuncFormatter(lambda at, _: short(relief.value(at))))
    ax.tick_params(labelsize=style.SMALL - 1, labelcolor=style.FAINT, color=style.RULE, pad=-1)
    # Parallel rays: the direction to the eye is the same at every point.
    ax.set_proj_type("ortho")
    ax.view_init(elev=tilt, azim=turn)
    ax.set_box_aspect(_ASPECT, zoom=1.0)
    figure = ax.get_figure(root=True)
    # The area for the axes: they keep to the square in its middle, but their contents need not.
    place = ax.get_position(original=True)
    corners = np.array(list(product((left, right), (low, high), (relief.bottom, relief.bottom + relief.span))))
    wide, tall = np.ptp(_pixels(ax, corners), axis=0) + 2 * _MARGIN * np.array([1.0, 0.5])
    room = place.width * figure.bbox.width / wide, place.height * figure.bbox.height / tall
    ax.set_box_aspect(_ASPECT, zoom=min(room))
    told = [relief.words, "pale lines: behind the surface"]
    figure.text(
        place.x0 + 0.01, place.y0, " · ".join(told), fontsize=style.SMALL - 0.5, color=style.FAINT, ha="left",
        va="top", parse_math=False, gid="scale",
    )  # fmt: skip


def _pixels(ax: Any, points: FloatArray) -> FloatArray:
    """Return where points, [n, 3], are seen in the figure, [n, 2], in pixels."""
    from mpl_toolkits.mplot3d.proj3d import proj_transform

    ax.apply_aspect()
    x, y, _ = proj_transform(*points.T, ax.get_proj())
    placed: FloatArray = ax.transData.transform(np.column_stack([x, y]))
    return placed


def _toward(tilt: int, turn: int) -> FloatArray:
    """Return the direction to the eye, [3], in shares of the box's sides."""
    up, around = np.radians(tilt), np.radians(turn)
    direction: FloatArray = np.array([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)])
    return direction / _ASPECT


def _sample(path: FloatArray) -> FloatArray:
    return path[:: max(len(path) // 60, 1)]


def _view(relief: Relief, points: FloatArray, minima: FloatArray) -> tuple[int, int]:
    """Return the tilt and turn, in degrees, under which most of the paths and of the minima is seen."""
    best, view = -1.0, (_TILTS[0], _TURNS[0])
    for tilt in _TILTS:
        for turn in _TURNS:
            toward = _toward(tilt, turn)
            worth = float(relief.visible(points, toward).mean())
            if len(minima):
                worth = (worth + float(relief.visible(minima, toward).mean())) / 2
            worth += _USUAL * ((tilt == _TILTS[0]) + (turn == _TURNS[0]))
            if worth > best + 1e-9:
                best, view = worth, (tilt, turn)
    return view


def _name(ax: Any, contest: Contest, begin: FloatArray, paths: list[FloatArray], minima: FloatArray) -> list[Artist]:
    """Name the start and the ends where there is room beside them, over no other name and no mark."""
    dpi, figure = resolution(ax), ax.get_figure(root=True)
    frame = ax.get_position(original=True).transformed(figure.transFigure)
    wanted = [(_pixels(ax, begin)[0], "start", style.INK)]
    order = sorted(range(len(paths)), key=lambda index: contest.contestants[index].rank or index)
    for index in order:
        end = paths[index][-1:]
        if inside(end[:, :2], contest.surface.box)[0]:
            wanted.append((_pixels(ax, end)[0], contest.contestants[index].name, style.path_colour(index)))
    marks = np.array([at for at, *_ in wanted] + (_pixels(ax, minima).tolist() if len(minima) else []))
    taken = [Box(x - 7, y - 7, x + 7, y + 7) for x, y in marks.tolist()]
    artists: list[Artist] = []
    for at, name, colour in wanted:
        rows = wrap(name, 0.4 * frame.width, style.SMALL, dpi, most=2, weight="bold")
        wide = max(width(row, style.SMALL, dpi, "bold") for row in rows) + 6
        tall = height(style.SMALL, dpi, len(rows)) + 3
        for place in (place for away in _AWAY for place in beside(at, (wide, tall), away)):
            within = place.left >= frame.x0 and place.right <= frame.x1
            if within and not any(place.meets(other) for other in taken):
                taken.append(place)
                artists.append(
                    figure.text(
                        (place.left + 3) / figure.bbox.width, (place.bottom + place.top) / 2 / figure.bbox.height,
                        "\n".join(rows), fontsize=style.SMALL, weight="bold", color=style.INK, linespacing=1.15,
                        ha="left", va="center", zorder=9, gid="end name", parse_math=False,
                        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": colour, "linewidth": 1.0, "pad": 1.2},
                    )
                )  # fmt: skip
                break
    return artists
