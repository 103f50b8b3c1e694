"""The loss of every entry against what it has cost, and the lr of those under a schedule."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter

from lrviz.foundation.numerals import short
from lrviz.render.figures import style
from lrviz.render.figures.edge_marks import mark_edge
from lrviz.render.figures.frame import quiet
from lrviz.render.figures.label_space import Box, along, hidden
from lrviz.render.figures.limits import frame_values
from lrviz.render.figures.paths import FAINT, MOST_POINTS, average_look, look, look_among, shown_rows
from lrviz.render.figures.round_values import log_ticks
from lrviz.render.figures.text_size import height, resolution, width
from lrviz.render.figures.ticks import count_ticks, value_ticks
from lrviz.results import Contest, Contestant, FloatArray

BELOW = 1e-2
"""The lowest end of a loss axis, as a share of the tolerance."""
ABOVE = 1e2
"""The highest end of a loss axis, as a multiple of the loss at the start."""
_NEAR = 30.0
"""Losses that come down to this many times the tolerance show its line."""
_LEAST = 3.0
"""The least ratio of the ends of a log axis."""
_LIFT = 2.5
"""Points between the line of the tolerance and its name."""
_SIDES = ((0.99, "right"), (0.01, "left"), (0.5, "center"))
"""Where along the line its name may be."""
_FAR = 1e3
"""How far beyond a log axis a curve that leaves it is drawn."""


def costs(contest: Contest) -> str:
    """Return the name of the axis of costs: step, or gradient evaluations."""
    return "step" if contest.unit == "step" else f"{contest.unit}s"


def spent(contest: Contest, one: Contestant) -> FloatArray:
    """Return where the rows of an entry's path lie on the axis of costs, [steps + 1]."""
    if contest.unit == "step":
        return np.arange(one.trajectory.steps + 1, dtype=np.float64)
    return one.trajectory.spent.astype(np.float64)


def dearest(contest: Contest) -> float:
    """Return where the axis of costs ends."""
    return max(float(spent(contest, one).max()) for one in contest.contestants) or 1.0


def draw_losses(ax: Axes, contest: Contest) -> list[Artist]:
    """Draw f - f_min on a log axis, or f itself where no minimum is known; return the artists."""
    artists = frame_losses(ax, contest)
    ax.set_xlim(0, dearest(contest))
    for index, one in enumerate(contest.contestants):
        at = spent(contest, one)
        faint = FAINT if one.average is not None else {}
        rising = followed(ax, contest, one, one.trajectory.loss)
        artists += _curve(ax, at, rising, gid="loss", **faint, **look_among(contest, index))
        artists += leaving(ax, at, rising, style.path_colour(index))
        if one.average is not None:
            mean = followed(ax, contest, one, one.average.loss)
            artists += _curve(ax, at, mean, gid="average loss", **average_look(contest, index))
    ax.set_xlabel(costs(contest))
    count_ticks(ax.xaxis, ax.get_xlim(), 6)
    for artist in artists:
        if isinstance(artist, Annotation):
            _clear(ax, artist)
    return artists


def followed(ax: Axes, contest: Contest, one: Contestant, loss: FloatArray) -> FloatArray:
    """Return the heights that a curve of `loss`, [steps + 1], has on axes whose limits are final.

    A value beyond them leaves the axes at the edge; a loss that stops being finite leaves them at the upper one.
    """
    low, high = ax.get_ylim()
    least, most = (low / _FAR, high * _FAR) if ax.get_yscale() == "log" else (low - (high - low), high + (high - low))
    with np.errstate(invalid="ignore"):
        heights: FloatArray = np.clip(loss - (contest.function.minimum or 0.0), least, most)
    last = one.trajectory.last
    if one.diverged and last < one.trajectory.steps:
        heights[last + 1] = most if heights[last] > low else least
    return heights


def frame_losses(ax: Axes, contest: Contest, below: float = BELOW) -> list[Artist]:
    """Set the axes of the losses of a contest by its data, with the tolerance if some come near it; return the artists.

    below: the share of the tolerance that they reach down to.
    """
    minimum, tolerance = contest.function.minimum, contest.tolerance
    heights = []
    for one in contest.contestants:
        rows = shown_rows(contest, one)
        heights.append(one.trajectory.loss[:rows] - (minimum or 0.0))
        if one.average is not None:
            heights.append(one.average.loss[:rows] - (minimum or 0.0))
    artists: list[Artist] = []
    if minimum is not None and tolerance is not None:
        every = np.concatenate(heights)
        known = every[np.isfinite(every) & (every > 0)]
        first = max(float(heights[0][0]), tolerance)
        shown = near(every, tolerance)
        frame_log(ax, np.append(known, (tolerance / 2, tolerance)) if shown else known, tolerance, first, below)
        if shown:
            artists = _tolerance(ax, tolerance)
        log_ticks(ax.yaxis, 6)
    else:
        _linear(ax, heights)
    quiet(ax)
    return artists


def near(above: FloatArray, tolerance: float) -> bool:
    """Return whether losses above the minimum come near the tolerance; those below it are outside the domain."""
    return bool(((above >= -tolerance) & (above <= _NEAR * tolerance)).any())


def frame_log(ax: Axes, known: FloatArray, tolerance: float, first: float, below: float) -> None:
    """Set a log axis around losses; first: that of the start; below: the share of the tolerance it reaches down to."""
    low = max(float(known.min()) if known.size else tolerance, below * tolerance)
    high = max(min(float(known.max()) if known.size else first, ABOVE * first), low)
    # Losses that hardly change are in the middle, on a scale that does not exaggerate the change.
    narrow = max(_LEAST * low / high, 1.0) ** 0.5
    low, high = low / narrow, high * narrow
    air = (high / low) ** 0.06
    ax.set_yscale("log")
    ax.set_ylim(low / air, high * air)


def loss_words(contest: Contest) -> str:
    """Say what the axis of losses shows, and where the tolerance lies if not on it."""
    told = "f − f_min" if contest.tolerance is not None else "f"
    if contest.protocol.noise:
        told += ", without noise"
    if contest.tolerance is None:
        return told
    with np.errstate(invalid="ignore"):
        averages = [one.average.loss for one in contest.contestants if one.average is not None]
        losses = np.concatenate([*(one.trajectory.loss for one in contest.contestants), *averages])
        above = losses - (contest.function.minimum or 0.0)
    if near(above, contest.tolerance):
        return told
    return f"{told}; the tolerance, {short(contest.tolerance, 3)}, is not reached"


def draw_tolerance(ax: Axes, tolerance: float, *, gid: str) -> Artist:
    """Draw the line of the tolerance."""
    return ax.axhline(tolerance, color=style.FAINT, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1, gid=gid)


def _tolerance(ax: Axes, tolerance: float) -> list[Artist]:
    line = draw_tolerance(ax, tolerance, gid="tolerance")
    told = ax.annotate(
        f"tolerance {short(tolerance, 3)}", (0.99, tolerance), (0, _LIFT), xycoords=ax.get_yaxis_transform(),
        textcoords="offset points", fontsize=style.SMALL, color=style.FAINT, ha="right", va="bottom",
        gid="tolerance name", parse_math=False, zorder=6,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip
    return [line, told]


def leaving(ax: Axes, x: FloatArray, y: FloatArray, colour: str) -> list[Artist]:
    """Mark where a curve leaves the axes for good, or that it never enters: an arrowhead on the edge."""
    low, high = ax.get_ylim()
    known = np.flatnonzero(np.isfinite(y))
    x, y = x[known], y[known]
    inside = np.flatnonzero((y >= low) & (y <= high))
    if inside.size and inside[-1] == len(y) - 1:
        return []
    last = inside[-1] if inside.size else -1
    up = bool(y[last + 1] > high)
    at = x[0]
    if inside.size:
        scale = np.log if ax.get_yscale() == "log" else np.asarray
        here, there, edge = (float(scale(value)) for value in (y[last], y[last + 1], high if up else low))
        at = x[last] + (x[last + 1] - x[last]) * (edge - here) / (there - here)
    marker, placed = "^" if up else "v", ax.get_xaxis_transform()
    return mark_edge(ax, at, float(up), marker, colour, transform=placed, gid="leaves")


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
    ax.set_xlim(0, dearest(contest))
    frame_values(ax, drawn, log=False, zero=True, above=0.08)
    quiet(ax)
    ax.set_xlabel(costs(contest))
    count_ticks(ax.xaxis, ax.get_xlim(), 6)
    value_ticks(ax, 3)
    return artists


def _curve(ax: Axes, x: FloatArray, y: FloatArray, **given: Any) -> list[Artist]:
    stride = max(len(x) // MOST_POINTS, 1)
    kept = np.unique(np.append(np.arange(0, len(x), stride), len(x) - 1))
    options: dict[str, Any] = {"linewidth": 1.5, "solid_joinstyle": "round", **given}
    return list(ax.plot(x[kept], y[kept], **options))


def _linear(ax: Axes, heights: list[FloatArray]) -> None:
    """Set the limits of a loss without a least value: where the curves are, on a scale that holds both signs."""
    known = np.concatenate([height[np.isfinite(height)] for height in heights])
    first = abs(float(heights[0][0])) or 1.0
    low, high = max(float(known.min()), -1e6 * first), min(float(known.max()), ABOVE * first)
    if low < -20 * first:
        ax.set_yscale("symlog", linthresh=first)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    air = 0.05 * (high - low) or max(0.05 * abs(high), 1.0)
    ax.set_ylim(low * 1.5 if low < -20 * first else low - air, high + air if low >= -20 * first else high * 2)
