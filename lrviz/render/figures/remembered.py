"""What the optimizers of a race remember, each value in a small panel of its own, below the race."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from lrviz.foundation.numerals import short
from lrviz.render.figures import style
from lrviz.render.figures.label_space import spread
from lrviz.render.figures.paths import DOTTED, MOST_POINTS
from lrviz.render.figures.text_size import height, resolution, width, wrap
from lrviz.render.figures.ticks import count_ticks
from lrviz.results import Contest, FloatArray, Remembered

HEADING, TITLE, PANEL, UNDER = 0.34, 0.24, 1.25, 0.42
"""Inches: of the row of words over all panels, over each panel, of a panel, and for the steps under it."""
LEFT, RIGHT, BETWEEN = 0.66, 0.2, 0.72
"""Inches left and right of the panels, and between two of them."""
_MOST_COLUMNS = 3
_DASHES: tuple[Any, ...] = ((0, ()), DOTTED)
"""Of x and y."""
_LOG = 100.0
"""The ratio of the largest to the middle value from which on positive values have a log axis."""
_DECADES = 8
_ALIKE = 10.0
"""Values of one name whose sizes differ by less share their axis, so that they can be compared."""
_START, _MOST = 10, 0.6
"""Where more than this share of all change happens in this part of the steps, their axis is logarithmic."""
_HALF, _FORGOTTEN = 0.5, 0.01
_SHARED = "#444444"
"""The colour of what several entries have in common."""

Place = Callable[[float, float, float, float], tuple[float, float, float, float]]
"""Left, top, width and height in inches -> the place of axes in a figure."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A panel: a value that entry `index` remembers; None for the weights of old gradients."""

    index: int
    kept: Remembered | None


def remembered_height(contest: Contest) -> float:
    """Return the inches that the panels need; 0 where there are none."""
    rows = _rows(contest)
    return HEADING + len(rows) * (TITLE + PANEL + UNDER) if rows else 0.0


def draw_remembered(figure: Figure, contest: Contest, top: float, wide: float, at: Place) -> list[Artist]:
    """Draw the panels `top` inches below a figure's upper edge, `wide` inches over; return their lines."""
    rows = _rows(contest)
    if not rows:
        return []
    _tell(figure, contest, at(LEFT, top, wide - LEFT - RIGHT, HEADING))
    columns = max(map(len, rows))
    each = (wide - LEFT - RIGHT - (columns - 1) * BETWEEN) / columns
    artists: list[Artist] = []
    for row, cells in enumerate(rows):
        under = top + HEADING + row * (TITLE + PANEL + UNDER) + TITLE
        for column, cell in enumerate(cells):
            ax = figure.add_axes(at(LEFT + column * (each + BETWEEN), under, each, PANEL), gid="state")
            artists += _draw_weights(ax, contest) if cell.kept is None else _draw(ax, contest, cell.index, cell.kept)
    return artists


def remembers_alike(contest: Contest, other: Contest) -> bool:
    """Return whether what two contests of the same entries remember looks the same: to a thousandth of its largest."""
    for one, drawn in zip(contest.contestants, other.contestants, strict=True):
        for new, old in zip(one.state or (), drawn.state or (), strict=True):
            if new.name != old.name or new.values.shape != old.values.shape:
                return False
            size = float(np.abs(_known(old)).max(initial=0.0))
            if not np.allclose(new.values, old.values, rtol=1e-3, atol=1e-9 * size, equal_nan=True):
                return False
    return True


def _rows(contest: Contest) -> list[list[_Cell]]:
    """Return the panels of each row: those of an entry beside each other where all have as many, else one by one."""
    several = [[_Cell(index, kept) for kept in one.state or ()] for index, one in enumerate(contest.contestants)]
    several = [cells for cells in several if cells]
    every = [cell for cells in several for cell in cells]
    if not every:
        return []
    weights = [_Cell(-1, None)] if any(cell.kept is not None and cell.kept.keeps for cell in every) else []
    sizes = {len(cells) for cells in several}
    if len(several) > 1 and sizes == {2}:
        first, *rest = several
        return [[*first, *weights], *rest]
    every += weights
    columns = 2 if len(every) == 4 else _MOST_COLUMNS
    return [every[start : start + columns] for start in range(0, len(every), columns)]


def _tell(figure: Figure, contest: Contest, place: tuple[float, float, float, float]) -> None:
    """Write what the panels show, and what their lines mean, beside a sample of each."""
    dpi, y = figure.dpi, place[1] + place[3] * 0.62
    pixels = figure.bbox.width
    x = place[0] * pixels
    figure.text(
        x / pixels, y, "What each optimizer remembers", fontsize=style.TEXT, weight="bold", color=style.INK,
        va="center", gid="state heading",
    )  # fmt: skip
    x += width("What each optimizer remembers", style.TEXT, dpi, "bold") + 24
    samples: list[tuple[str, dict[str, Any]]] = [
        (f"of {name}", {"linestyle": dashes, "linewidth": 1.5}) for name, dashes in zip("xy", _DASHES, strict=True)
    ]
    every = [kept for one in contest.contestants for kept in one.state or ()]
    if any(kept.corrected is not None for kept in every):
        samples.append(("pale: as a step uses it, divided by 1 − βᵗ", {"linewidth": 5.0, "alpha": 0.35}))
    for words, sample in samples:
        line = Line2D([x / pixels, (x + 25) / pixels], [y, y], color=style.INK, transform=figure.transFigure, **sample)
        figure.add_artist(line)
        figure.text((x + 33) / pixels, y, words, fontsize=style.SMALL, color=style.FAINT, va="center", gid="heading")
        x += 33 + width(words, style.SMALL, dpi) + 24


def _draw(ax: Axes, contest: Contest, index: int, kept: Remembered) -> list[Artist]:
    """Draw one value of an entry over the steps: x solid, y dotted, the bias-corrected value pale behind them."""
    steps = np.arange(len(kept.values))
    stride = max(len(steps) // MOST_POINTS, 1)
    artists: list[Artist] = []
    for gid, values, look in (
        ("corrected", kept.corrected, {"linewidth": 5.0, "alpha": 0.35, "zorder": 2}),
        ("remembered", kept.values, {"linewidth": 1.3, "zorder": 3}),
    ):
        for column, dashes in zip([] if values is None else values.T, _DASHES, strict=False):
            given: dict[str, Any] = {**look, "linestyle": dashes if gid == "remembered" else "-", "gid": gid}
            artists += ax.plot(steps[::stride], column[::stride], color=style.path_colour(index), **given)
    _scale(ax, contest, kept)
    if _early(contest):
        _count_by_decades(ax, contest.steps)
    else:
        ax.set_xlim(0, contest.steps)
        count_ticks(ax.xaxis, (0, contest.steps), 5)
    ax.set_xlabel("step", labelpad=1, fontsize=style.SMALL)
    words = [kept.name]
    if kept.keeps is not None:
        words = [f"{kept.name}, keeps {short(kept.keeps)}{more}" for more in (" of its value per step", " per step")]
        words.append(kept.name)
    _finish(ax, contest.contestants[index].name, words, style.path_colour(index))
    return artists


def _count_by_decades(ax: Axes, most: float) -> None:
    """Let the steps run from 1 to `most` on a log axis."""
    ax.set_xscale("log")
    ax.set_xlim(1, most)
    ax.xaxis.set_ticks(10.0 ** np.arange(int(np.log10(most)) + 1))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def _early(contest: Contest) -> bool:
    """Return whether most of what changes does so in the first steps, so that these need a log axis of steps."""
    first = max(contest.steps // _START, 1)
    if contest.steps < _START:
        return False
    shares = []
    for one in contest.contestants:
        for kept in one.state or ():
            moved = np.abs(np.diff(kept.values[1:], axis=0)).max(axis=1)
            moved = moved[np.isfinite(moved)]
            if moved.any():
                shares.append(float(moved[:first].sum() / moved.sum()))
    return bool(shares) and float(np.median(shares)) > _MOST


def _scale(ax: Axes, contest: Contest, kept: Remembered) -> None:
    """Set the axis: one for all entries with a value of this name where these are similar in size."""
    same = [other for one in contest.contestants for other in one.state or () if other.name == kept.name]
    sizes = [size for size in (float(np.abs(_known(other)).max(initial=0.0)) for other in same) if size > 0]
    if not sizes or max(sizes) > _ALIKE * min(sizes):
        same = [kept]
    values = np.concatenate([_known(other) for other in same])
    if not values.size:
        ax.set_ylim(0, 1)
        return
    size = float(np.abs(values).max()) or 1.0
    # Without the bias of its start an average may be much larger than with it.
    middle = float(np.nanmedian(np.concatenate([other.values for other in same])))
    if values.min() >= 0 and values.any() and size > _LOG * middle:
        least = float(values[values > 0].min(initial=size))
        ax.set_yscale("log")
        ax.set_ylim(max(least, size * 10.0**-_DECADES) / 1.6, size * 2.5)
        ax.yaxis.set_major_locator(LogLocator(numticks=5))
        ax.yaxis.set_minor_locator(NullLocator())
    else:
        low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
        air = 0.08 * (high - low) or 1.0
        ax.set_ylim(low - (air if low else 0), high + (air if high or not low else 0))
        ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        if low < 0 < high:
            ax.axhline(0, color=style.RULE, linewidth=0.8, zorder=0.6)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def _known(kept: Remembered) -> FloatArray:
    both = [kept.values] if kept.corrected is None else [kept.values, kept.corrected]
    every = np.concatenate(both).ravel()
    return every[np.isfinite(every)]


def _draw_weights(ax: Axes, contest: Contest) -> list[Artist]:
    """Draw what is left of a gradient in each running average, n steps later."""
    rates: dict[float, list[tuple[int, str]]] = {}
    for index, one in enumerate(contest.contestants):
        for kept in one.state or ():
            if kept.keeps:
                rates.setdefault(kept.keeps, []).append((index, kept.name))
    most = max(np.log(_FORGOTTEN) / np.log(rate) if rate < 1 else contest.steps for rate in rates)
    n = np.geomspace(1.0, max(most, 10.0), 200)
    artists: list[Artist] = []
    for rate, users in sorted(rates.items()):
        entries = {index for index, _ in users}
        colour = style.path_colour(next(iter(entries))) if len(entries) == 1 else _SHARED
        artists += ax.plot(n, rate**n, color=colour, linewidth=1.5, gid="weight")
    _count_by_decades(ax, float(n[-1]))
    ax.set_ylim(0, 1.05)
    ax.yaxis.set_major_locator(MaxNLocator(3, steps=[5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    ax.set_xlabel("n, steps later", labelpad=1, fontsize=style.SMALL)
    _name_rates(ax, sorted(rates))
    _finish(ax, "", ["what is left of a gradient n steps later: βⁿ"], style.INK)
    return artists


def _name_rates(ax: Axes, rates: Sequence[float]) -> None:
    """Write each rate where its curve falls below a half, apart from each other."""
    box, dpi = ax.get_window_extent(), resolution(ax)
    words = [short(rate) for rate in rates]
    wide = [width(one, style.SMALL, dpi, "bold") + 6 for one in words]
    half = [np.log(_HALF) / np.log(rate) if rate < 1 else ax.get_xlim()[1] for rate in rates]
    wanted = [float(ax.transData.transform((at, _HALF))[0]) - box.x0 for at in half]
    for one, centre in zip(words, spread(wanted, wide, 0.0, box.width), strict=True):
        ax.text(
            centre / box.width, _HALF / 1.05, one, transform=ax.transAxes, fontsize=style.SMALL, weight="bold",
            color=style.INK, ha="center", va="center", zorder=5, gid="rate",
            bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def _finish(ax: Axes, name: str, wordings: Sequence[str], colour: str) -> None:
    """Give a panel its frame and its title: whose it is, in the entry's colour, and what; the longest that fits."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=style.GRID, linewidth=0.8, zorder=0.5)
    ax.tick_params(length=3, width=0.8, labelsize=style.SMALL, color=style.RULE, labelcolor=style.FAINT, pad=2)
    box, dpi = ax.get_window_extent(), resolution(ax)
    y = 1 + (0.5 * height(style.SMALL, dpi) + 3) / box.height
    x = 0.0
    words = wordings[0]
    if name:
        room = [box.width - width(one, style.SMALL, dpi) - 36 for one in wordings]
        long = width(name, style.SMALL, dpi, "bold")
        place = next((place for place, free in enumerate(room) if long <= free), -1)
        words = wordings[place]
        (name, *_) = wrap(name, max(room[place], 60.0), style.SMALL, dpi, most=1, weight="bold")
        sample: dict[str, Any] = {"color": colour, "linewidth": 2.2, "clip_on": False, "transform": ax.transAxes}
        ax.add_artist(Line2D([0, 18 / box.width], [y, y], **sample))
        x = 24.0
    for text, weight, ink in ((name, "bold", style.INK), (words, "normal", style.FAINT)):
        if text:
            ax.text(
                x / box.width, y, text, transform=ax.transAxes, fontsize=style.SMALL, weight=weight, color=ink,
                ha="left", va="center", gid="state name", parse_math=False,
            )  # fmt: skip
            x += width(text, style.SMALL, dpi, weight) + 8
