"""Sensitivity: the final loss of each entry over one axis, and the share of its starts that diverges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lrviz.foundation.numerals import short
from lrviz.render.figures import style
from lrviz.render.figures.frame import quiet
from lrviz.render.figures.round_values import log_ticks
from lrviz.render.figures.sweep_scale import DIVERGES, Filled, Scale, border_words, loss_words, value_words
from lrviz.render.figures.text_size import width, wrap
from lrviz.render.figures.ticks import value_ticks
from lrviz.results import FloatArray, Swept, SweptEntry

_WIDTH, _HIGH, _LEFT, _ROW, _UNDER, _APART = 9.0, 3.7, 0.95, 0.2, 0.42, 0.1
"""Inches: the picture, its panel, what is left of it, a row of shares that diverge, what is under and between."""
_MOST_BANDS = 4
"""Entries whose bands can be told apart."""
_NAME = 8.0
_ROOM, _EACH = 2.6, 0.46
"""Inches that names may take at the right, and each of them from top to bottom."""
_SAMPLE, _AIR = (0.14, 0.5), 0.08
"""Inches right of the axes between which a piece of each line stands, and from there to its name."""


def line_words(swept: Swept, *, apart: bool = False) -> str:
    """Say what the marks mean; apart: where each entry has a panel of its own."""
    scale = Scale.of(swept)
    told = ["● best"] if swept.expected else ["line: median", "● best"]
    if swept.starts > 1:
        told.insert(1, "band: quartiles")
    if _shows_first(swept, scale):
        told.append(f"thin dotted: loss {'at the start' if swept.expected else 'of the first start'}")
    if any((one.diverged >= DIVERGES).any() for one in swept.entries):
        lost = "it diverges" if swept.expected else "most starts diverge"
        told.append(f"shaded: {lost.removeprefix('it ')}" if apart else f"a line ends where {lost}")
    if not apart and any(one.diverged.any() for one in swept.entries) and not swept.expected:
        told.append("bars: the share that diverges")
    values = swept.axes[0].values
    told += border_words("vertical line", (one.border for one in swept.entries if _border(one, values) is not None))
    if scale.floored:
        told.append("at the lower edge: below the tolerance")
    if apart:
        told.append("grey: the other entries")
    return " · ".join(told)


def _shows_first(swept: Swept, scale: Scale) -> bool:
    return scale.log and scale.low < swept.first < scale.high * 1.5


def compose_lines(swept: Swept, dpi: float, shown: Swept) -> Filled:
    """Lay out the lines of those shown over the shares that diverge, with the names at the right."""
    count = len(shown.entries)
    names = max(_width(swept, one, dpi) for one in swept.entries) / dpi
    right = min(names, _ROOM) + _SAMPLE[1] + _AIR + 0.13
    high = max(_HIGH, _EACH * count)
    shares = _ROW * count if any(one.diverged.any() for one in swept.entries) else 0.0
    tall = high + (shares + _APART if shares else 0.0) + _UNDER
    order = _order(swept, count)

    def draw(figure: Figure, head: float) -> None:
        wide, whole = figure.get_figwidth(), figure.get_figheight()
        across = (wide - _LEFT - right) / wide
        ax = figure.add_axes((_LEFT / wide, 1 - (head + high) / whole, across, high / whole))
        ax.set_gid("losses")
        draw_lines(ax, shown, Scale.of(swept))
        _draw_names(ax, shown, order, high)
        last = ax
        if shares:
            under = head + high + _APART + shares
            last = figure.add_axes((_LEFT / wide, 1 - under / whole, across, shares / whole), sharex=ax)
            draw_shares(last, shown, order)
            ax.tick_params(labelbottom=False)
            ax.set_xlabel("")
        last.set_xlabel(swept.axes[0].key)

    return _WIDTH, tall, draw


def draw_lines(ax: Axes, swept: Swept, scale: Scale, lone: int | None = None) -> list[Artist]:
    """Draw median, quartiles and best point of each entry; return the artists.

    lone: of this one alone, and only the medians of the others, in grey.
    """
    axis = swept.axes[0]
    ax.set_xscale("log" if axis.log else "linear")
    ax.set_yscale("log" if scale.log else "linear")
    ax.set_xlim(float(axis.values[0]), float(axis.values[-1]))
    if scale.log:
        ax.set_ylim(scale.low / 1.6, scale.high * 1.6)
    else:
        air = 0.06 * (scale.high - scale.low)
        ax.set_ylim(scale.low - air, scale.high + air)
    artists: list[Artist] = []
    if _shows_first(swept, scale):
        artists.append(ax.axhline(swept.first, color=style.MARK, linewidth=0.8, dashes=(2, 2), zorder=1, gid="first"))
    bands = len(swept.entries) <= _MOST_BANDS or lone is not None
    for index, one in enumerate(swept.entries):
        if lone in {None, index}:
            artists += _line(ax, index, one, axis.values, scale, bands=bands)
            continue
        known = axis.values[: _drawn(one)], scale.leaving(one.median)[: _drawn(one)]
        ax.plot(*known, color=style.RULE, linewidth=0.8, zorder=1.5, gid="other")
    if axis.log:
        log_ticks(ax.xaxis, 8 if lone is None else 5)
    if scale.log:
        log_ticks(ax.yaxis, 8 if lone is None else 5)
    else:
        value_ticks(ax, 6)
    ax.set_xlabel(axis.key)
    ax.set_ylabel(loss_words(swept))
    quiet(ax)
    if all(one.best is None for index, one in enumerate(swept.entries) if lone in {None, index}):
        place: dict[str, Any] = {"transform": ax.transAxes, "ha": "center", "va": "center", "color": style.FAINT}
        artists.append(ax.text(0.5, 0.5, "most starts diverge at every value", gid="nothing", **place))
    return artists


def _line(ax: Axes, index: int, one: SweptEntry, values: FloatArray, scale: Scale, *, bands: bool) -> list[Artist]:
    colour = style.colour(index)
    some = slice(_drawn(one))
    at = values[some]
    # What diverges at once is seen at the upper edge.
    heights = scale.seen if one.best is None else scale.leaving
    artists: list[Artist] = []
    if bands and not np.array_equal(one.low, one.high):
        pale: dict[str, Any] = {"color": colour, "alpha": 0.15, "linewidth": 0, "zorder": 2}
        artists.append(ax.fill_between(at, heights(one.low)[some], heights(one.high)[some], gid="band", **pale))
    look: dict[str, Any] = {"color": colour, "linestyle": style.dash(index), "linewidth": style.LINE_WIDTH}
    artists += ax.plot(at, heights(one.median)[some], zorder=4, gid="median", label=one.name, **look)
    if (border := _border(one, values)) is not None:
        rule: dict[str, Any] = {"color": colour, "linewidth": 1.1, "dashes": (4, 2), "zorder": 3}
        artists.append(ax.axvline(border, gid="border", **rule))
    if one.best is not None:
        best = values[one.best[0]], float(scale.seen(one.median)[one.best])
        artists += ax.plot(
            *best, "o", color=colour, markersize=7, markeredgecolor="white", zorder=7, clip_on=False, gid="best"
        )
    return artists


def draw_shares(ax: Axes, swept: Swept, order: Sequence[int]) -> list[Artist]:
    """Draw the share of the starts that diverges at each value, a row for each entry, full where all do."""
    count, values = len(swept.entries), swept.axes[0].values
    artists: list[Artist] = []
    for under, index in enumerate(order):
        row, one = count - 1 - under, swept.entries[index]
        shape: dict[str, Any] = {"color": style.colour(index), "alpha": 0.8, "linewidth": 0, "step": "mid"}
        artists.append(ax.fill_between(values, row, row + 0.86 * one.diverged, gid="share", **shape))
    ax.set_ylim(0, count)
    ax.set_yticks([])
    ax.set_ylabel("diverged", rotation=0, ha="right", va="center", fontsize=style.SMALL)
    quiet(ax)
    ax.set_gid("shares")
    ax.grid(visible=False)
    return artists


def _draw_names(ax: Axes, swept: Swept, order: Sequence[int], high: float) -> None:
    """Name each entry at the right, in an order, with its best loss, where that is, and its other settings.

    high: inches of the axes.
    """
    for row, index in enumerate(order):
        one = swept.entries[index]
        _draw_sample(ax, index, row, high)
        (name,) = wrap(one.name, _ROOM * ax.figure.dpi, _NAME, ax.figure.dpi, most=1, weight="bold")
        for text, size, weight, colour, under, gid in (
            (name, _NAME, "bold", style.colour(index), 0, "name"),
            (best_words(swept, one), _NAME - 1, "normal", style.FAINT, -10, "told"),
            (one.told, _NAME - 1, "normal", style.FAINT, -19, "told"),
        ):
            ax.annotate(
                text, (1, 1 - row * _EACH / high), xycoords="axes fraction",
                xytext=(72 * (_SAMPLE[1] + _AIR), under - 4),
                textcoords="offset points", ha="left", va="top", fontsize=size, weight=weight, color=colour, gid=gid,
                annotation_clip=False, parse_math=False,
            )  # fmt: skip


def _draw_sample(ax: Axes, index: int, row: int, high: float) -> None:
    """Draw a piece of a line beside its name; high: inches of the axes."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    across = ax.get_position().width * figure.get_figwidth()
    up = 1 - (row * _EACH + (4 + 0.6 * _NAME) / 72) / high
    look: dict[str, Any] = {"color": style.colour(index), "linestyle": style.dash(index), "linewidth": style.LINE_WIDTH}
    at = [1 + inches / across for inches in _SAMPLE]
    ax.add_artist(Line2D(at, (up, up), transform=ax.transAxes, clip_on=False, gid="sample", **look))


def _width(swept: Swept, one: SweptEntry, dpi: float) -> float:
    """Return the pixels that the name of an entry and the texts under it take."""
    told = max(width(text, _NAME - 1, dpi) for text in (best_words(swept, one), one.told))
    return max(width(one.name, _NAME, dpi, "bold"), told)


def best_words(swept: Swept, one: SweptEntry) -> str:
    """Say how low an entry comes, and where."""
    if one.best is None:
        return "diverges everywhere"
    (axis,) = swept.axes
    return f"{short(float(one.median[one.best]), 3)} at {axis.key} {value_words(float(axis.values[one.best[0]]))}"


def _order(swept: Swept, count: int) -> list[int]:
    """Return the entries, the one with the least loss first; of a film, in which each is `count` further again."""
    bests = [np.inf if one.best is None else float(one.median[one.best]) for one in swept.entries]
    least = np.reshape(bests, (-1, count)).min(axis=0).tolist()
    return sorted(range(count), key=least.__getitem__)


def _border(one: SweptEntry, values: FloatArray) -> float | None:
    """Return the border of stability where it lies on the axis."""
    at = None if one.border is None else float(one.border.points[0, 0])
    return at if at is not None and values[0] <= at <= values[-1] else None


def diverging(one: SweptEntry) -> int | None:
    """Return the first value from which on, to the end of the axis, most starts diverge."""
    lost = one.diverged >= DIVERGES
    if not lost[-1]:
        return None
    kept = np.flatnonzero(~lost)
    return int(kept[-1]) + 1 if kept.size else 0


def _drawn(one: SweptEntry) -> int:
    """Return how many of the values are drawn: those before the first that diverges, to the end of the axis."""
    first = diverging(one)
    return len(one.median) if first is None else max(first, 1)
