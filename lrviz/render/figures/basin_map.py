"""Maps of where paths end: a colour and a number for each minimum, lighter where it is reached sooner."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import FixedLocator, FuncFormatter

from lrviz.foundation.numerals import count
from lrviz.foundation.plane import Point
from lrviz.render.figures import style
from lrviz.render.figures.basin_borders import draw_borders
from lrviz.render.figures.basin_colours import ELSEWHERE, SHADES, rgb, shades_of
from lrviz.render.figures.round_values import round_values
from lrviz.render.figures.surface import STAR
from lrviz.render.figures.sweep_map import Multiples, frame_map, hatched, head_of
from lrviz.render.figures.sweep_scale import Filled
from lrviz.results import FloatArray, IntArray, Swept, SweptEntry

_ROW, _LEGEND, _UNDER, _LEFT, _RIGHT = 0.17, 1.35, 0.42, 0.85, 0.3
_FINE = 500
"""Cells of a map across or up, from which on they are finer than its pixels."""
_MOST_ROWS, _MOST_COLUMNS = 10, 2
"""Minima in a column of the legend, and its columns; those beyond have their numbers on the map alone."""


def basin_map_words(swept: Swept) -> str:
    """Say what the colours mean."""
    told = ["colour: the minimum where a path from there ends", "lighter is faster", "★ minimum"]
    if len(swept.function.minima) > 1:
        told[-1] += " with its number"
    if any((_basins(one) < 0).any() and ((_basins(one) < 0) & (one.diverged == 0)).any() for one in swept.entries):
        told.append("pale grey: none of these")
    if any(one.diverged.any() for one in swept.entries):
        told.append("hatched: diverges")
    return " · ".join(told)


def compose_basin_maps(swept: Swept, dpi: float, shown: Swept) -> Filled:
    """Lay out a map for each entry, and under them the shades of each minimum."""
    (left, right), (low, high) = swept.function.view
    places = Multiples.of(len(shown.entries), float(np.clip((high - low) / (right - left), 0.6, 1.1)))
    width = max(_LEFT + places.across + _RIGHT, 5.2)
    rows = min(len(swept.function.minima), _MOST_ROWS)
    columns = min(-(-len(swept.function.minima) // _MOST_ROWS), _MOST_COLUMNS)
    legend = _ROW * rows + _UNDER + 0.16

    def draw(figure: Figure, head: float) -> None:
        for ax, one in zip(places.panels(figure, len(shown.entries), head), shown.entries, strict=True):
            draw_basin_map(ax, swept, one)
            head_of(ax, one.name, one.told, places.wide * dpi, dpi)
        whole = figure.get_figheight()
        each = min(places.across, 4.4 * columns) / columns
        under = head + places.down + 0.1 + _ROW * rows
        for column in range(columns):
            left = _LEFT + column * each + _LEGEND - _LEFT
            box = (left / width, 1 - under / whole, (each - _LEGEND + 0.2) / width, _ROW * rows / whole)
            _draw_legend(figure.add_axes(box), swept, column * _MOST_ROWS, rows)

    return width, places.down + 0.1 + legend, draw


def draw_basin_map(ax: Axes, swept: Swept, one: SweptEntry) -> list[Artist]:
    """Draw the map of an entry, and the minima on it; return the artists."""
    hatched(ax)
    frame_map(ax, swept.axes)
    extent = (*ax.get_xlim(), *ax.get_ylim())
    picture = coloured(one, shades_of(swept.function.minima, swept.function.view), _span(swept))
    artists: list[Artist] = [
        ax.imshow(
            picture.swapaxes(0, 1),
            extent=extent,
            origin="lower",
            aspect="auto",
            gid="map",
            # Of cells that are finer than pixels each pixel shows the mean.
            interpolation="nearest" if min(one.median.shape) < _FINE else "hanning",
        )
    ]
    artists += draw_borders(ax, np.where(one.diverged > 0, -1, _basins(one)), extent)
    frame_map(ax, swept.axes)
    for index, at in enumerate(swept.function.minima):
        artists += _draw_minimum(ax, at, str(index) if len(swept.function.minima) > 1 else "")
    return artists


def _draw_minimum(ax: Axes, at: Point, number: str) -> list[Artist]:
    """Mark a minimum, and number it on the side where there is room."""
    (star,) = ax.plot(
        *at, "*", color=STAR, markersize=13, markeredgecolor=style.INK, markeredgewidth=1.0, zorder=5, gid="minimum"
    )
    right, top = ax.transAxes.inverted().transform(ax.transData.transform(at))
    ha, va = "right" if right > 0.93 else "left", "top" if top > 0.93 else "bottom"
    name = ax.annotate(
        number, at, xytext=(-6 if ha == "right" else 6, -3 if va == "top" else 3), textcoords="offset points", ha=ha,
        va=va, fontsize=style.TEXT, weight="bold", color=style.INK, zorder=6, gid="number",
    )  # fmt: skip
    name.set_path_effects([Stroke(linewidth=2.5, foreground="white"), Normal()])
    return [star, name]


def coloured(one: SweptEntry, shades: FloatArray, span: tuple[float, float]) -> FloatArray:
    """Return the colour of each start, [x, y, RGBA]; what diverges is transparent.

    shades: of each minimum, [minima, SHADES, RGB]; span: steps of the fastest and of the slowest.
    """
    basins, arrived = _basins(one), one.arrived
    assert arrived is not None
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.log(np.maximum(arrived, 1) / span[0]) / np.log(span[1] / span[0])
    at = np.clip(np.where(np.isfinite(share), share, 1.0), 0, 1)
    # The last shade is that of paths that never arrive.
    index = np.where(np.isfinite(arrived), at * (SHADES - 2), SHADES - 1).astype(np.int64)
    found: FloatArray = np.ones((*basins.shape, 4))
    found[..., :3] = shades[basins, index]
    found[basins < 0, :3] = rgb(ELSEWHERE)
    found[one.diverged > 0, 3] = 0.0
    return found


def _draw_legend(ax: Axes, swept: Swept, first: int, rows: int) -> None:
    """Draw the shades of some minima, from the one numbered `first` on, over the steps that they stand for."""
    span, minima = _span(swept), swept.function.minima
    picture = np.ones((rows, SHADES - 1, 3))
    own = shades_of(minima, swept.function.view)[first : first + rows, :-1]
    picture[: len(own)] = own
    ax.imshow(picture, extent=(np.log(span[0]), np.log(span[1]), rows, 0), aspect="auto", gid="legend")
    ticks = round_values(span[0], span[1], 7 if len(minima) <= _MOST_ROWS else 4)
    ax.xaxis.set_major_locator(FixedLocator([float(np.log(tick)) for tick in ticks]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: count(round(float(np.exp(at)), 6))))
    # What a search has found may be a hair beside zero.
    near = [1e-9 * (high - low) for low, high in swept.function.view]
    names = [
        ", ".join(f"{0.0 if abs(one) < zero else one:.4g}" for one, zero in zip(at, near, strict=True)) for at in minima
    ]
    if len(minima) > 1:
        names = [f"{index}:  {name}" for index, name in enumerate(names)]
    ax.set_yticks([row + 0.5 for row in range(len(own))], names[first : first + rows])
    if not first:
        most = _MOST_ROWS * _MOST_COLUMNS
        some = f" (the first {most} of {len(minima)} minima)" if len(minima) > most else ""
        ax.set_xlabel(f"steps until f is within the tolerance; darkest: never{some}", labelpad=2, loc="left")
    ax.tick_params(length=2)
    ax.set_gid("shades")
    for row in range(1, rows):
        ax.axhline(row, color="white", linewidth=1)
    for edge in ax.spines.values():
        edge.set_visible(False)


def _span(swept: Swept) -> tuple[float, float]:
    """Return the steps of the lightest and of the darkest shade: nearly all that arrive lie between."""
    known = np.concatenate([one.arrived[np.isfinite(one.arrived)] for one in swept.entries if one.arrived is not None])
    if not known.size:
        return 1.0, float(max(swept.steps, 2))
    low, high = np.quantile(known, (0.01, 0.99), method="inverted_cdf")
    return float(max(low, 1)), float(max(high, low + 1, 2))


def _basins(one: SweptEntry) -> IntArray:
    assert one.basin is not None
    return one.basin
