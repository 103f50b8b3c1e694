"""Maps of where paths end: one hue for each minimum, lighter where it is reached sooner."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from lrviz.foundation.numerals import count
from lrviz.render.figures import style
from lrviz.render.figures.round_values import round_values
from lrviz.render.figures.surface import STAR
from lrviz.render.figures.sweep_map import Multiples, frame_map, hatched, head_of
from lrviz.render.figures.sweep_scale import Filled
from lrviz.results import FloatArray, IntArray, Swept, SweptEntry

HUES = ("#3f90da", "#e76300", "#2a9d6f", "#b9409b", "#e0b01e", "#7a5cd6", "#c8413b", "#27a3b5", "#8f7a54", "#6f8f1f")
"""Colours of minima, after petroff's: neighbours differ for every kind of colour vision."""
ELSEWHERE = "#8d8d8d"
"""Where a path ends at none of the minima."""
_LIGHTEST, _DARKEST = 0.62, 0.62
"""How much white the hue of the fastest has, and how much black that of those that never arrive."""
_SHADES = 10
"""Few enough that they can be told apart, and that a picture of few colours has them all."""
_ROW, _LEGEND, _UNDER, _LEFT, _RIGHT = 0.17, 1.15, 0.42, 0.85, 0.3
_FINE = 500
"""Cells of a map across or up, from which on they are finer than its pixels."""
_MOST_ROWS = 10
"""Minima that the legend shows."""


def basin_map_words(swept: Swept) -> str:
    """Say what the colours mean."""
    told = ["colour: the minimum where a path from there ends", "lighter is faster", "★ minimum"]
    if any((_basins(one) < 0).any() and ((_basins(one) < 0) & (one.diverged == 0)).any() for one in swept.entries):
        told.append("grey: none of these")
    if any(one.diverged.any() for one in swept.entries):
        told.append("hatched: diverges")
    return " · ".join(told)


def compose_basin_maps(swept: Swept, dpi: float, shown: Sequence[SweptEntry]) -> Filled:
    """Lay out a map for each entry, and under them the shades of each minimum."""
    (left, right), (low, high) = swept.function.view
    places = Multiples.of(len(shown), float(np.clip((high - low) / (right - left), 0.6, 1.1)))
    width = max(_LEFT + places.across + _RIGHT, 5.2)
    rows = min(len(swept.function.minima), _MOST_ROWS)
    legend = _ROW * rows + _UNDER + 0.16

    def draw(figure: Figure, head: float) -> None:
        for ax, one in zip(places.panels(figure, len(shown), head), shown, strict=True):
            draw_basin_map(ax, swept, one)
            head_of(ax, one.name, one.told, places.wide * dpi, dpi)
        whole = figure.get_figheight()
        wide = min(places.across - _LEGEND, 4.2)
        under = head + places.down + 0.1 + _ROW * rows
        box = ((_LEFT + _LEGEND) / width, 1 - under / whole, wide / width, _ROW * rows / whole)
        _draw_legend(figure.add_axes(box), swept, rows)

    return width, places.down + 0.1 + legend, draw


def draw_basin_map(ax: Axes, swept: Swept, one: SweptEntry) -> list[Artist]:
    """Draw the map of an entry, and the minima on it; return the artists."""
    hatched(ax)
    frame_map(ax, swept.axes)
    extent = (*ax.get_xlim(), *ax.get_ylim())
    picture = coloured(one, _span(swept))
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
    frame_map(ax, swept.axes)
    for x, y in swept.function.minima:
        artists += ax.plot(
            x, y, "*", color=STAR, markersize=13, markeredgecolor=style.INK, markeredgewidth=1.0, zorder=5,
            gid="minimum",
        )  # fmt: skip
    return artists


def coloured(one: SweptEntry, span: tuple[float, float]) -> FloatArray:
    """Return the colour of each start, [x, y, RGBA]; what diverges is transparent. span: fastest and slowest."""
    basins, arrived = _basins(one), one.arrived
    assert arrived is not None
    shades = np.stack([shades_of(hue) for hue in HUES])
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.log(np.maximum(arrived, 1) / span[0]) / np.log(span[1] / span[0])
    at = np.clip(np.where(np.isfinite(share), share, 1.0), 0, 1)
    # The last shade is that of paths that never arrive.
    index = np.where(np.isfinite(arrived), at * (_SHADES - 2), _SHADES - 1).astype(np.int64)
    found: FloatArray = np.ones((*basins.shape, 4))
    found[..., :3] = shades[basins % len(HUES), index]
    found[basins < 0, :3] = _rgb(ELSEWHERE)
    found[one.diverged > 0, 3] = 0.0
    return found


def shades_of(hue: str) -> FloatArray:
    """Return the shades of a hue, [shades, RGB], from the fastest to those that never arrive."""
    colour = np.array(_rgb(hue))
    light, dark = colour + (1 - colour) * _LIGHTEST, colour * (1 - _DARKEST)
    at = np.linspace(0, 1, _SHADES)[:, None]
    # Through the hue itself, half way.
    found: FloatArray = np.where(at < 0.5, light + (colour - light) * 2 * at, colour + (dark - colour) * (2 * at - 1))
    return found


def _draw_legend(ax: Axes, swept: Swept, rows: int) -> None:
    """Draw the shades of each minimum over the steps that they stand for."""
    span = _span(swept)
    picture = np.stack([shades_of(HUES[index % len(HUES)])[:-1] for index in range(rows)])
    ax.imshow(picture, extent=(np.log(span[0]), np.log(span[1]), rows, 0), aspect="auto", gid="legend")
    ticks = round_values(span[0], span[1], 7)
    ax.xaxis.set_major_locator(FixedLocator([float(np.log(tick)) for tick in ticks]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: count(round(float(np.exp(at)), 6))))
    ax.set_yticks([row + 0.5 for row in range(rows)], [f"{x:.4g}, {y:.4g}" for x, y in swept.function.minima[:rows]])
    ax.set_xlabel("steps until f is within the tolerance; darkest: never", labelpad=2)
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


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
