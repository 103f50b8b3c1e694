"""Maps of a sweep over two axes: the final loss as a colour, small multiples on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, Stroke

from lrviz.foundation.numerals import short
from lrviz.render.figures import style
from lrviz.render.figures.round_values import log_ticks
from lrviz.render.figures.sweep_scale import DIVERGES, Filled, Scale, border_words, loss_words, value_words
from lrviz.render.figures.text_size import LEADING, resolution, width, wrap
from lrviz.render.figures.ticks import value_ticks
from lrviz.results import FloatArray, GridAxis, Swept, SweptEntry

PALETTE = "viridis"
"""Even to the eye, also in grey and for every kind of colour vision: darker is lower."""
_FLOATS = np.log([1e-323, 1e308])
"""An edge beyond them would be 0 or infinite."""
_GROUND, _HATCH = "#f4f4f4", "#a9a9a9"
LEFT, _BETWEEN, _UNDER, _HEAD, _BAR, _RIGHT = 0.85, 0.75, 0.55, 0.42, 0.16, 1.0
"""Inches left of the maps, between them, under and over each, of the colour bar, and right of the maps for it."""

_ASIDE, _UP, _PAD, _AIR = 7, (5, 18, 31, 44), 1.2, 3.0
"""Points from the best point to its value, to the side and up or down, around the value, and from it to a line."""


@dataclass(frozen=True, slots=True)
class Multiples:
    """Where small panels stand: so many in a row, each so many inches wide and high."""

    columns: int
    rows: int
    wide: float
    high: float

    @classmethod
    def of(cls, count: int, shape: float = 0.82) -> Multiples:
        """Return the places of some panels; shape: how high each is, as a share of its width."""
        columns = min(count, 3 if count != 4 else 2)
        wide = {1: 5.6, 2: 4.2}.get(columns, 3.1)
        return cls(columns, -(-count // columns), wide, wide * shape)

    @property
    def across(self) -> float:
        """Inches that the panels and what is between them take."""
        return self.columns * self.wide + (self.columns - 1) * _BETWEEN

    @property
    def down(self) -> float:
        """Inches that the panels with their heads and axes take."""
        return self.rows * (self.high + _HEAD + _UNDER)

    def panels(self, figure: Figure, count: int, head: float) -> list[Axes]:
        """Return the axes of so many panels, `head` inches below the upper edge."""
        width, whole = figure.get_figwidth(), figure.get_figheight()
        found = []
        for index in range(count):
            row, column = divmod(index, self.columns)
            left = LEFT + column * (self.wide + _BETWEEN)
            under = head + (row + 1) * (self.high + _HEAD + _UNDER) - _UNDER
            found.append(figure.add_axes((left / width, 1 - under / whole, self.wide / width, self.high / whole)))
        return found


def map_words(swept: Swept) -> str:
    """Say what the marks mean."""
    told = ["darker is lower", "+ best"]
    if Scale.of(swept).floored:
        told.insert(1, "darkest: below the tolerance")
    if any((one.diverged >= DIVERGES).any() for one in swept.entries):
        told.append("hatched: diverges" if swept.over_start or swept.expected else "hatched: most starts diverge")
    if (beside := swept.beside_lr) is not None:
        told.append(f"dashed: the best lr at each {swept.axes[beside].key}")
    return " · ".join([*told, *border_words("white line", (one.border for one in swept.entries))])


def compose_maps(swept: Swept, dpi: float, shown: Swept) -> Filled:
    """Lay out a map for each entry, and one colour bar."""
    places = Multiples.of(len(shown.entries))
    wide = LEFT + places.across + _RIGHT

    def draw(figure: Figure, head: float) -> None:
        for ax, one in zip(places.panels(figure, len(shown.entries), head), shown.entries, strict=True):
            draw_sweep_map(ax, swept, one)
            head_of(ax, one.name, _best_words(swept, one), places.wide * dpi, dpi)
        whole = figure.get_figheight()
        tall = min(places.down - _HEAD - _UNDER, 4.2)
        left = LEFT + places.across + 0.2
        bar = figure.add_axes((left / wide, 1 - (head + _HEAD + tall) / whole, _BAR / wide, tall / whole))
        _colour_bar(bar, swept)

    return wide, places.down, draw


def head_of(ax: Axes, name: str, told: str, room: float, dpi: float) -> None:
    """Write over a panel whose it is, and what is to be said of it."""
    for text, size, weight, colour, above, gid in (
        (name, style.TEXT, "bold", style.INK, 14, "name"),
        (told, style.SMALL - 0.5, "normal", style.FAINT, 4, "told"),
    ):
        (row,) = wrap(text, room, size, dpi, most=1, weight=weight) or [""]
        ax.annotate(
            row, (0, 1), xycoords="axes fraction", xytext=(0, above), textcoords="offset points", ha="left",
            va="bottom", fontsize=size, weight=weight, color=colour, gid=gid,
        )  # fmt: skip


def _ridge(ax: Axes, swept: Swept, one: SweptEntry, beside: int) -> Line2D:
    """Draw where along lr the loss is least, at each value of the axis beside it."""
    of_lr = 1 - beside
    rates, others = swept.axes[of_lr].values, swept.axes[beside].values
    finite = np.isfinite(one.median).any(axis=of_lr)
    points = rates[one.median.argmin(axis=of_lr)][finite], others[finite]
    (line,) = ax.plot(
        *(points if of_lr == 0 else points[::-1]), color="white", linewidth=1.4, linestyle=(0, (4, 2)), zorder=3,
        gid="ridge",
    )  # fmt: skip
    line.set_path_effects([Stroke(linewidth=2.6, foreground="black"), Normal()])
    return line


def draw_sweep_map(ax: Axes, swept: Swept, one: SweptEntry) -> list[Artist]:
    """Draw the map of an entry: the first axis across, the second up; return the artists."""
    across, up = swept.axes
    lost = (one.diverged >= DIVERGES) | ~np.isfinite(one.median)
    values = np.ma.masked_array(Scale.of(swept).seen(one.median), lost)
    hatched(ax)
    artists: list[Artist] = [
        ax.pcolormesh(
            edges_of(across), edges_of(up), values.T, norm=_norm(swept), cmap=PALETTE, gid="map", rasterized=True,
            antialiased=False, linewidth=0,
        )
    ]  # fmt: skip
    frame_map(ax, (across, up))
    lines: list[Line2D] = []
    if one.border is not None:
        lines += ax.plot(*one.border.points.T, color="white", linewidth=1.6, zorder=4, gid="border")
        lines[-1].set_path_effects([Stroke(linewidth=3.2, foreground="black"), Normal()])
    if (beside := swept.beside_lr) is not None:
        lines.append(_ridge(ax, swept, one, beside))
    artists += lines
    if one.best is not None:
        column, row = one.best
        at = float(across.values[column]), float(up.values[row])
        artists += _best(ax, at, short(float(one.median[one.best]), 2), lines)
    return artists


def _best(ax: Axes, at: tuple[float, float], value: str, lines: Sequence[Line2D]) -> list[Artist]:
    """Mark the best point, with its value on the side where there is room beside lines."""
    (cross,) = ax.plot(*at, "+", color="white", markersize=11, markeredgewidth=2, zorder=6, clip_on=False, gid="best")
    cross.set_path_effects([Stroke(linewidth=4.5, foreground="black"), Normal()])
    right, up = _free_place(ax, at, value, lines)
    name = ax.annotate(
        value, at, xytext=(right, up), textcoords="offset points", ha="left" if right > 0 else "right",
        va="bottom" if up > 0 else "top", fontsize=style.SMALL, weight="bold",
        color=style.INK, zorder=7, gid="best value",
        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": _PAD},
    )  # fmt: skip
    return [cross, name]


def _free_place(ax: Axes, at: tuple[float, float], value: str, lines: Sequence[Line2D]) -> tuple[int, int]:
    """Return how far right and up of a point, in points, its value begins where it covers nothing, or least."""
    point = resolution(ax) / 72
    size = np.array([width(value, style.SMALL, resolution(ax), "bold"), LEADING * style.SMALL * point])
    here = ax.transData.transform(at)
    drawn = np.concatenate([np.empty((0, 2)), *(_dense(ax.transData.transform(line.get_xydata())) for line in lines)])

    def covered(place: tuple[int, int]) -> float:
        near = here + np.array(place) * point
        far = near + np.sign(place) * size
        low, high = np.minimum(near, far) - _AIR * point, np.maximum(near, far) + _AIR * point
        outside = np.maximum(ax.bbox.min - low, 0).sum() + np.maximum(high - ax.bbox.max, 0).sum()
        return float(1e6 * outside + ((drawn > low) & (drawn < high)).all(axis=1).sum())

    return min(((right, up) for far in _UP for right in (_ASIDE, -_ASIDE) for up in (far, -far)), key=covered)


def _dense(points: FloatArray) -> FloatArray:
    """Return points of a line, [n, 2], about a pixel from one another."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    places = np.arange(0.0, along[-1] + 1)
    return np.stack([np.interp(places, along, part) for part in points.T], axis=1)


def hatched(ax: Axes) -> None:
    """Hatch the ground of a map: what is not drawn over diverges."""
    ax.set_facecolor(_GROUND)
    ax.patch.set_hatch("////")
    ax.patch.set_edgecolor(_HATCH)
    ax.patch.set_linewidth(0)


def frame_map(ax: Axes, axes: Sequence[GridAxis]) -> None:
    """Frame a map and number its axes."""
    across, up = axes
    ax.set_xscale("log" if across.log else "linear")
    ax.set_yscale("log" if up.log else "linear")
    ax.set_xlim(*edges_of(across)[[0, -1]].tolist())
    ax.set_ylim(*edges_of(up)[[0, -1]].tolist())
    if across.log:
        log_ticks(ax.xaxis, 6)
    if up.log:
        log_ticks(ax.yaxis, 7)
    else:
        value_ticks(ax, 6)
    ax.set_xlabel(across.key)
    ax.set_ylabel(up.key)
    ax.tick_params(length=2.5)


def _norm(swept: Swept) -> Normalize:
    scale = Scale.of(swept)
    return LogNorm(scale.low, scale.high) if scale.log else Normalize(scale.low, scale.high)


def _colour_bar(ax: Axes, swept: Swept) -> None:
    """Draw the colour bar that all maps share."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.colorbar(ScalarMappable(_norm(swept), PALETTE), cax=ax)
    if Scale.of(swept).log:
        log_ticks(ax.yaxis, 7)
    else:
        value_ticks(ax, 6)
    ax.minorticks_off()
    ax.set_gid("colour bar")
    for edge in ax.spines.values():
        edge.set_visible(False)
    ax.set_ylabel(loss_words(swept))


def edges_of(axis: GridAxis) -> FloatArray:
    """Return the edges of cells around the values of an axis, [n + 1]."""
    values = np.log(axis.values) if axis.log else axis.values
    middles = (values[1:] + values[:-1]) / 2
    edges: FloatArray = np.concatenate(
        [[values[0] - (middles[0] - values[0])], middles, [values[-1] + (values[-1] - middles[-1])]]
    )
    return np.exp(np.clip(edges, *_FLOATS)) if axis.log else edges


def _best_words(swept: Swept, one: SweptEntry) -> str:
    """Say where an entry is best."""
    if one.best is None:
        return "diverges everywhere"
    pairs = zip(swept.axes, one.best, strict=True)
    at = ", ".join(f"{axis.key} {value_words(float(axis.values[index]))}" for axis, index in pairs)
    return f"best {short(float(one.median[one.best]), 2)} at {at}{f' · {one.told}' if one.told else ''}"
