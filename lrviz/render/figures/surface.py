"""The ground of a race: a surface in bands from low to high, labelled contour lines, its minima and its frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import contourpy
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from lrviz.foundation.numerals import short
from lrviz.render.figures import style
from lrviz.render.figures.label_space import Box, hidden
from lrviz.render.figures.round_values import round_values
from lrviz.render.figures.text_size import height, resolution, width
from lrviz.results import BoolArray, Contest, FloatArray

BANDS = 24
LOW, HIGH = (0.58, 0.72, 0.82), (0.995, 0.985, 0.95)
"""Colours of the lowest and the highest band; lightness grows evenly between them, also in grey."""
STAR = "#ffd84d"
CONTOUR = "#5b7186"
_FINEST = 0.002
"""The share of the view whose lowest points do not stretch the scale."""
_LEVELS = 6
"""The most contour levels."""
_EVERY = 2
"""Pixels between the points that contour lines and bands are found from."""
_MOST_LINES = 120
"""Contour lines of one level."""
_SHORTEST = 90.0
"""Pixels of a contour line that is long enough for a label."""
_SIZE = style.SMALL - 1.5
_STAR, _STAR_UNDER = 16.0, 24.0
"""Points of a minimum's star, and of one that must be seen around the end of a path."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Which values of f lie in which band: `edges` [bands + 1] of log10(f - f_min), or of f itself."""

    edges: FloatArray
    logarithmic: bool
    minimum: float

    def of(self, values: FloatArray) -> FloatArray:
        """Return where values lie on the scale, 0 for the lowest band to 1 for the highest."""
        edges = self.minimum + 10 ** self.edges[1:-1] if self.logarithmic else self.edges[1:-1]
        # NaN is found above all edges.
        found: FloatArray = np.searchsorted(edges, values) / len(edges)
        return found

    def levels(self) -> list[float]:
        """Return the round values of f - f_min, or of f, that contour lines are drawn at."""
        low, high = float(self.edges[1]), float(self.edges[-2])
        if not self.logarithmic:
            return [float(level) for level in MaxNLocator(_LEVELS).tick_values(low, high) if low < level < high]
        return round_values(10**low, 10**high, _LEVELS)

    def words(self) -> list[str]:
        """The scale in words."""
        return ["darker is lower", f"lines: {'f − f_min' if self.logarithmic else 'f'}"]


def bands(values: FloatArray, minimum: float | None) -> Bands:
    """Return the bands of a surface with these values, and this least one if it is known.

    Half of a band's width follows the scale, half the area: neither a plain nor a pit is of one colour.
    """
    known = values[::_EVERY, ::_EVERY]
    known = known[np.isfinite(known)]
    logarithmic = minimum is not None and bool((known > minimum).any())
    heights = np.log10(np.maximum(known - (minimum or 0.0), 1e-300)) if logarithmic else known
    low, high = float(np.quantile(heights, _FINEST)), float(heights.max())
    # Even a constant surface needs a scale.
    shares = np.linspace(0, 1, BANDS + 1)
    evenly = np.linspace(min(low, high - 1e-6), high, BANDS + 1)
    edges = (evenly + np.quantile(heights, _FINEST + (1 - _FINEST) * shares)) / 2
    return Bands(edges, logarithmic, minimum if logarithmic and minimum is not None else 0.0)


@dataclass(frozen=True, slots=True)
class Ground:
    """A surface as it is drawn in axes of one size: the same for all of them.

    colours: [rows, columns, RGB]; lines: for each contour level its lines, [n, 2] each.
    """

    box: Any
    bands: Bands
    colours: Any
    lines: tuple[tuple[float, list[FloatArray]], ...]


def ground(ax: Axes, contest: Contest, lowest: tuple[float, float, float] = LOW) -> Ground:
    """Return the surface for the size that `ax` has now, in as many points as it has pixels; lowest: a colour."""
    (left, right), (low, high) = box = contest.surface.box
    size = ax.get_window_extent()
    columns, rows = max(int(size.width), 2), max(int(size.height), 2)
    values = _stretched(_stretched(contest.surface.values, rows).T, columns).T
    scale = bands(values, contest.function.minimum)
    shade = np.linspace(0, 1, len(scale.edges) - 1)[:, None]
    table = (255 * (np.array(lowest) * (1 - shade) + np.array(HIGH) * shade)).astype(np.uint8)
    places = np.rint(scale.of(values) * (len(table) - 1)).astype(np.intp)
    x = left + (np.arange(columns)[::_EVERY] + 0.5) * (right - left) / columns
    y = low + (np.arange(rows)[::_EVERY] + 0.5) * (high - low) / rows
    heights = values[::_EVERY, ::_EVERY] - scale.minimum
    # Levels of a log scale lie evenly on it: between points heights are interpolated there.
    if scale.logarithmic:
        heights = np.log10(np.maximum(heights, 1e-300))
    known = np.ma.masked_invalid(heights)
    found = contourpy.contour_generator(x, y, known)
    levels: list[tuple[float, list[FloatArray]]] = []
    for level in scale.levels():
        some: Any = found.lines(np.log10(level) if scale.logarithmic else level)
        # Lines so many that they would hide the surface are left out.
        if len(some) <= _MOST_LINES:
            levels.append((level, some))
    return Ground(box, scale, table[places], tuple(levels))


def draw_surface(ax: Axes, contest: Contest, known: Ground | None = None, *, under: BoolArray | None = None) -> Ground:
    """Draw the surface over the whole of `ax`, with contour lines and minima; return what was drawn.

    known: the surface, where axes of the same size have it; under: [minima], those beneath the end of a path.
    """
    drawn = ground(ax, contest) if known is None else known
    scale = mark_scale(ax)
    (left, right), (low, high) = drawn.box
    ax.imshow(
        drawn.colours, extent=(left, right, low, high), origin="lower", aspect="auto", interpolation="nearest",
        zorder=0, gid="surface",
    )  # fmt: skip
    ax.set(xlim=(left, right), ylim=(low, high))
    lines = LineCollection(
        [line for _, some in drawn.lines for line in some], colors=CONTOUR, linewidths=0.6, zorder=0.5, gid="contours"
    )
    ax.add_collection(lines, autolim=False)
    ax.set_xlabel("x", labelpad=1)
    ax.set_ylabel("y", labelpad=1)
    ax.tick_params(length=3, width=0.8, labelsize=style.SMALL, color=style.RULE, labelcolor=style.FAINT)
    minima = np.array(contest.function.minima).reshape(-1, 2)
    large = np.zeros(len(minima)) if under is None else under
    ax.scatter(
        minima[:, 0], minima[:, 1], s=(scale * np.where(large, _STAR_UNDER, _STAR)) ** 2, marker="*",
        facecolor=STAR, edgecolor=style.INK, linewidth=0.9, zorder=6.5, gid="minima",
    )  # fmt: skip
    return drawn


def mark_scale(ax: Axes) -> float:
    """Return the scale of the marks on a surface: 1, or less on a small one."""
    return float(np.clip(ax.get_window_extent().height / resolution(ax) / 3, 0.7, 1.0))


def label_contours(ax: Axes, drawn: Ground, taken: list[Box], points: FloatArray) -> list[Artist]:
    """Write its value on a line of each contour level, where it hides the least.

    taken: what no label may meet, in pixels of the axes; points: [n, 2], the pixels of paths.
    """
    box, dpi = ax.get_window_extent(), resolution(ax)
    frame = (box.width, box.height)
    artists: list[Artist] = []
    for level, lines in drawn.lines:
        text = short(level)
        size = np.array([width(text, _SIZE, dpi) + 4, height(_SIZE, dpi) - 1])
        best: tuple[float, Box] | None = None
        for line in sorted(lines, key=len, reverse=True)[:3]:
            way = ax.transData.transform(line) - (box.x0, box.y0)
            if np.hypot(*np.diff(way, axis=0).T).sum() < _SHORTEST:
                continue
            for at in way[len(way) // 24 :: max(len(way) // 12, 1)]:
                place = Box(*(at - size / 2), *(at + size / 2))
                inside = place.left >= 4 and place.bottom >= 4 and place.right <= frame[0] - 4
                if not inside or place.top > frame[1] - 4 or any(place.meets(other) for other in taken):
                    continue
                cost = float(hidden(points, place))
                if best is None or cost < best[0]:
                    best = cost, place
        if best is None:
            continue
        place = best[1]
        taken.append(place)
        middle = np.array([(place.left + place.right) / 2, (place.bottom + place.top) / 2])
        rows, columns = drawn.colours.shape[:2]
        under = drawn.colours[int(middle[1] * rows / frame[1]), int(middle[0] * columns / frame[0])]
        artists.append(
            ax.text(
                middle[0] / frame[0], middle[1] / frame[1], text, transform=ax.transAxes, fontsize=_SIZE,
                color="#33475a", ha="center", va="center", zorder=0.6, gid="level", parse_math=False,
                bbox={"facecolor": under / 255, "edgecolor": "none", "pad": 0.6},
            )
        )  # fmt: skip
    return artists


def tell_surface(ax: Axes, told: Sequence[str], room: float) -> None:
    """Write below the surface what its marks mean, in rows of at most `room` pixels."""
    rows = [told[0]]
    for text in told[1:]:
        longer = f"{rows[-1]} · {text}"
        if width(longer, style.SMALL - 0.5, resolution(ax)) <= room:
            rows[-1] = longer
        else:
            rows.append(text)
    # In inches below the axes, however tall they are.
    drop = (0.46 if ax.get_xlabel() else 0.14) * resolution(ax) / ax.get_window_extent().height
    ax.text(
        0.0, -drop, "\n".join(rows), transform=ax.transAxes, fontsize=style.SMALL - 0.5, color=style.FAINT,
        ha="left", va="top", linespacing=1.2, parse_math=False, gid="scale",
    )  # fmt: skip


def _stretched(values: FloatArray, count: int) -> FloatArray:
    """Return the centres of `count` cells down the first axis, interpolated where there are more or fewer now."""
    if len(values) == count:
        return values
    at = np.clip((np.arange(count) + 0.5) * len(values) / count - 0.5, 0, len(values) - 1)
    below = np.minimum(at.astype(np.int64), len(values) - 2)
    share = (at - below)[:, None]
    with np.errstate(all="ignore"):
        found: FloatArray = (1 - share) * values[below] + share * values[below + 1]
    return found
