"""The loss of every entry against what it has cost, and the lr of those under a schedule."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from lrviz.foundation.numerals import count, short
from lrviz.render.figures import style
from lrviz.render.figures.label_space import Box, along, hidden
from lrviz.render.figures.limits import frame_values
from lrviz.render.figures.paths import DOTTED, MOST_POINTS, look
from lrviz.render.figures.text_size import height, resolution, width, wrap
from lrviz.render.figures.ticks import count_ticks, value_ticks
from lrviz.results import Contest, Contestant, FloatArray

_BELOW = 1e-3
"""How far below the tolerance the loss axis reaches, at the most."""
_ABOVE = 1e2
"""How far above the start's loss it reaches, at the most."""
_LIFT = 2.5
"""Points between the line of the tolerance and its name."""
_SIDES = ((0.99, "right"), (0.01, "left"), (0.5, "center"))
"""Where along the line its name may stand."""
_WIDEST = 1.75
"""Inches of an entry's label."""


def costs(contest: Contest) -> str:
    """Return what the axis counts: evaluations where some entry spends more than one a step."""
    several = any((np.diff(one.trajectory.spent[: one.trajectory.last + 1]) > 1).any() for one in contest.contestants)
    return "gradient evaluations" if several else "step"


def spent(contest: Contest, one: Contestant) -> FloatArray:
    """Return where the rows of an entry's path lie on the axis of costs, [steps + 1]."""
    if costs(contest) == "step":
        return np.arange(one.trajectory.steps + 1, dtype=np.float64)
    return one.trajectory.spent.astype(np.float64)


def draw_losses(ax: Axes, contest: Contest) -> list[Artist]:
    """Draw f - f_min on a log axis, or f itself where no minimum is known; return the artists."""
    artists = frame_losses(ax, contest)
    floor = ax.get_ylim()[0] if ax.get_yscale() == "log" else -np.inf
    minimum = contest.function.minimum or 0.0
    for index, one in enumerate(contest.contestants):
        at = spent(contest, one)
        artists += _curve(ax, at, np.maximum(one.trajectory.loss - minimum, floor), gid="loss", **look(index))
        if one.average is not None:
            mean = np.maximum(one.average.loss - minimum, floor)
            dotted = {"color": style.colour(index), "linewidth": 2.6, "linestyle": DOTTED}
            artists += _curve(ax, at, mean, gid="average loss", **dotted)
    ax.set_xlim(0, max(float(spent(contest, one).max()) for one in contest.contestants) or 1.0)
    ax.set_xlabel(costs(contest))
    count_ticks(ax.xaxis, ax.get_xlim()[1], 6)
    for artist in artists:
        if isinstance(artist, Annotation):
            _clear(ax, artist)
    return artists


def frame_losses(ax: Axes, contest: Contest) -> list[Artist]:
    """Set the axes of the losses of a contest, with the tolerance where there is one; return the artists.

    Values at and below the lower limit of a log axis are drawn on it.
    """
    minimum, tolerance = contest.function.minimum, contest.tolerance
    heights = [one.trajectory.loss - (minimum or 0.0) for one in contest.contestants]
    artists: list[Artist] = []
    logarithmic = minimum is not None and tolerance is not None
    if logarithmic and tolerance is not None:
        known = np.concatenate([height[np.isfinite(height)] for height in heights])
        least = float(known[known > 0].min()) if (known > 0).any() else tolerance
        floor = max(min(least, tolerance * 0.3), tolerance * _BELOW)
        first = max(float(heights[0][0]), tolerance)
        ax.set_yscale("log")
        ax.set_ylim(floor / 1.6, min(max(float(known.max()), first), first * _ABOVE) * 2.5)
        line = ax.axhline(tolerance, color=style.FAINT, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1, gid="tolerance")
        artists.append(line)
        told = ax.annotate(
            f"tolerance {short(tolerance)}", (0.99, tolerance), (0, _LIFT), xycoords=ax.get_yaxis_transform(),
            textcoords="offset points", fontsize=style.SMALL, color=style.FAINT, ha="right", va="bottom",
            gid="tolerance name", parse_math=False, zorder=6,
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip
        artists.append(told)
        ax.yaxis.set_major_locator(LogLocator(numticks=9))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    else:
        _linear(ax, heights)
    quiet(ax)
    clean = ", without noise" if contest.protocol.noise else ""
    ax.set_ylabel(f"{'f − f_min' if logarithmic else 'f'}{clean}")
    return artists


def _clear(ax: Axes, name: Annotation) -> None:
    """Move the tolerance's name along its line to where it hides the least of the curves."""
    box, dpi = ax.get_window_extent(), resolution(ax)
    frame = (box.width, box.height)
    points = np.concatenate(
        [
            along(ax.transData.transform(line.get_xydata()) - (box.x0, box.y0), frame)
            for line in ax.lines
            if line.get_gid() in ("loss", "average loss")
        ]
    )
    wide, tall = width(name.get_text(), style.SMALL, dpi) + 4, height(style.SMALL, dpi) + _LIFT * dpi / 72
    line = float(ax.transData.transform((0.0, name.xy[1]))[1]) - box.y0

    def cost(place: tuple[float, str, bool]) -> float:
        share, _, under = place
        left, bottom = share * (box.width - wide), line - tall if under else line
        return hidden(points, Box(left, bottom, left + wide, bottom + tall)) if bottom > 0 else np.inf

    places = [(share, side, under) for share, side in _SIDES for under in (False, True)]
    share, side, under = min(places, key=cost)
    name.xy = (share, name.xy[1])
    name.xyann = (0, -_LIFT if under else _LIFT)
    name.set(ha=side, va="top" if under else "bottom")


def draw_scheduled(ax: Axes, contest: Contest) -> list[Artist]:
    """Draw the lr of each step of the entries that run under a schedule."""
    artists: list[Artist] = []
    drawn = []
    for index, one in enumerate(contest.contestants):
        if one.chain:
            lr = one.trajectory.lr
            at = spent(contest, one)
            artists += _curve(ax, at, np.append(lr, lr[-1]), gid="lr", drawstyle="steps-post", **look(index))
            drawn.append(lr)
    ax.set_xlim(0, max(float(spent(contest, one).max()) for one in contest.contestants) or 1.0)
    frame_values(ax, drawn, log=False, zero=True, above=0.08)
    quiet(ax)
    ax.set_ylabel("lr")
    ax.set_xlabel(costs(contest))
    count_ticks(ax.xaxis, ax.get_xlim()[1], 6)
    value_ticks(ax, 3)
    return artists


Rows = list[tuple[str, bool]]
"""The rows of a label, and whether each is part of the name."""


def labels(contest: Contest, dpi: float) -> list[Rows]:
    """Return the rows of each entry's label: its rank and name, its lr or schedule, and where it ended."""
    return [_label(contest, one, dpi) for one in contest.contestants]


def _label(contest: Contest, one: Contestant, dpi: float) -> Rows:
    room, small = _WIDEST * dpi, style.SMALL
    rank = f"{one.rank}.\N{NO-BREAK SPACE}" if one.rank is not None else ""
    name = wrap(f"{rank}{one.name}", room, small, dpi, most=4, weight="bold")
    rows = wrap(one.chain or f"lr {short(one.lr)} {one.lr_source}", room, small, dpi, most=2)
    minimum = contest.function.minimum or 0.0
    if not np.isfinite(one.final_loss):
        rows.append(f"DIVERGED at step {one.trajectory.last + 1}")
    else:
        left = "DIVERGED, " if one.diverged else "OUTSIDE the domain, " if one.outside else ""
        rows.append(f"{left}ends at {short(one.final_loss - minimum)}")
    if one.average is not None:
        value = short(float(one.average.loss[-1]) - minimum)
        rows += wrap(f"dotted: {one.average.words}, {value}", room, small, dpi, most=2)
    return [*((row, True) for row in name), *((row, False) for row in rows)]


def quiet(ax: Axes) -> None:
    """Give a panel its quiet frame: two spines, pale rules at the values."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=style.GRID, linewidth=0.8, zorder=0.5)
    ax.tick_params(length=3, width=0.8, labelsize=style.SMALL, color=style.RULE, labelcolor=style.FAINT)


def _curve(ax: Axes, x: FloatArray, y: FloatArray, **given: object) -> list[Artist]:
    stride = max(len(x) // MOST_POINTS, 1)
    kept = np.unique(np.append(np.arange(0, len(x), stride), len(x) - 1))
    options: dict[str, object] = {"linewidth": 1.5, "solid_joinstyle": "round", **given}
    return list(ax.plot(x[kept], y[kept], **options))  # type: ignore[arg-type]


def _linear(ax: Axes, heights: list[FloatArray]) -> None:
    """Set the limits of a loss without a least value: where the curves are, on a scale that holds both signs."""
    known = np.concatenate([height[np.isfinite(height)] for height in heights])
    first = abs(float(heights[0][0])) or 1.0
    low, high = max(float(known.min()), -1e6 * first), min(float(known.max()), _ABOVE * first)
    if low < -20 * first:
        ax.set_yscale("symlog", linthresh=first)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value) if abs(value) >= 1 else short(value)))
    else:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    air = 0.05 * (high - low) or 1.0
    ax.set_ylim(low * 1.5 if low < -20 * first else low - air, high + air if low >= -20 * first else high * 2)
