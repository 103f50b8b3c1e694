"""How the final loss of each tuned entry depends on the lr: why the race chose what it chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.render.figures import style
from lrviz.render.figures.edge_marks import mark_edge
from lrviz.render.figures.frame import quiet
from lrviz.render.figures.label_space import along, hidden
from lrviz.render.figures.losses import ABOVE, draw_tolerance, frame_log
from lrviz.render.figures.path_ends import around, draw_discs, free_place
from lrviz.render.figures.paths import look
from lrviz.render.figures.round_values import log_ticks
from lrviz.render.figures.text_size import height, resolution, width
from lrviz.results import Contest, FloatArray, Sensitivity

_MOST_BANDS = 4
"""Entries whose bands can be told apart."""
_DEPTH = 0.25
"""How far down from the loss of the start to the best, in decades, an lr must lead to be worth showing."""
_BESIDE, _FOLLOWED = 2, 8
"""Rates shown beside those where something changes, and how far beyond the chosen one an lr that diverges is shown."""
_LOWER = 0.9
"""The share of the start's loss that an lr must lead below."""
_AS_GOOD, _WORSE = 1.05, 1.3
"""How many times the best median the chosen one is: above the first it shows; above the second it was no tie."""
_NARROW = 3.0
"""The ratio of the losses on the axis below which it reaches up to the loss of the start."""
_NAME = 7.0
"""Points of the name of a curve."""
_WIDEST, _HIDES = 0.5, 4
"""The share of the panel that a name may be wide, and how many points of the curves it may hide."""
_HALF = 0.5
"""An lr diverges where this share of the starts does."""


def tells(contest: Contest) -> bool:
    """Return whether the lr of some entry was tuned, and some lr leads lower than the start."""
    first = contest.contestants[0].trajectory.loss[0] - (contest.function.minimum or 0.0)
    return any(float(one.median.min()) < _LOWER * first for _, one in _tuned(contest))


def sensitivity_words(contest: Contest) -> str:
    """Say what the panel shows."""
    tuned = _tuned(contest)
    what = "median, quartiles" if len(tuned) <= _MOST_BANDS else "median"
    told = [f"{what} of {contest.protocol.tuning_starts} starts", "● chosen"]
    floored = [(_floored(contest, one), _chosen(contest, index, one)) for index, one in tuned]
    for times, why in ((_AS_GOOD, "● smallest lr near the best"), (_WORSE, "● best that stays in view")):
        if any(median[at] > times * median.min() for median, at in floored):
            told = [what, why]
    if any(_diverging(one, _chosen(contest, index, one)) is not None for index, one in tuned):
        told.append("▲ diverges")
    return " · ".join(told)


def draw_sensitivity(ax: Axes, contest: Contest) -> list[Artist]:
    """Draw median and quartiles of f - f_min at the end against lr, for each tuned entry; return the artists.

    As in the choice of the lr, all losses below the tolerance are equal: they are drawn on its line.
    """
    tuned, tolerance = _tuned(contest), contest.tolerance or 0.0
    first = max(float(contest.contestants[0].trajectory.loss[0]) - (contest.function.minimum or 0.0), tolerance)
    begin, end = _interesting(contest, first)
    known = np.concatenate(
        [_floored(contest, one)[begin : min(end + 1, _drawn(contest, index, one))] for index, one in tuned]
    )
    known = known[np.isfinite(known) & (known > 0)]
    if not known.size or known.max() < _NARROW * known.min():
        known = np.append(known, first)
    frame_log(ax, known, tolerance, first, 1.0)
    rates = tuned[0][1].lr
    ax.set_xscale("log")
    ax.set_xlim(rates[begin] / 1.2, rates[end] * 1.2)
    low, high = ax.get_ylim()

    def seen(values: FloatArray) -> FloatArray:
        return np.clip(np.nan_to_num(values, nan=np.inf, posinf=np.inf), max(tolerance, low / ABOVE), high * ABOVE)

    artists: list[Artist] = []
    if low < tolerance < high:
        artists.append(draw_tolerance(ax, tolerance, gid="floor"))
    chosen: dict[int, FloatArray] = {}
    for index, one in tuned:
        at = _chosen(contest, index, one)
        diverging = _diverging(one, at)
        some = slice(_drawn(contest, index, one))
        lr, median, band = one.lr[some], seen(one.median)[some], (seen(one.low)[some], seen(one.high)[some])
        if len(tuned) <= _MOST_BANDS:
            pale: dict[str, Any] = {"color": style.path_colour(index), "alpha": 0.13, "linewidth": 0, "zorder": 2}
            artists.append(ax.fill_between(lr, *band, gid="sensitivity band", **pale))
        artists += ax.plot(lr, median, linewidth=1.4, zorder=4, gid="median", **look(index))
        chosen[index] = np.array([one.lr[at], np.clip(seen(one.median[at : at + 1])[0], low, high)])
        if diverging is not None:
            last = float(np.clip(median[-1], low, high))
            colour = style.path_colour(index)
            artists += mark_edge(ax, lr[-1], last, "^", colour, clip_on=diverging > end, gid="diverges")
    artists += draw_discs(ax, chosen, gid="chosen")
    if len(tuned) > 1:
        artists += _name(ax, contest, chosen)
    log_ticks(ax.xaxis, 6)
    log_ticks(ax.yaxis, 5)
    ax.set_xlabel("learning rate")
    quiet(ax)
    return artists


def _name(ax: Axes, contest: Contest, chosen: Mapping[int, FloatArray]) -> list[Artist]:
    """Name the curves beside the lr that was chosen, where there is room: not everyone can tell their colours apart."""
    box, dpi = ax.get_window_extent(), resolution(ax)
    frame = (box.width, box.height)
    curves = [line.get_xydata() for line in ax.lines if line.get_gid() == "median"]
    points = np.concatenate([along(ax.transData.transform(curve) - box.min, frame) for curve in curves])
    marks = {index: ax.transData.transform(at) - box.min for index, at in chosen.items()}
    taken = [around(at, 6) for at in marks.values()]
    artists: list[Artist] = []
    for index, at in marks.items():
        name = contest.contestants[index].name.partition(" (")[0]
        size = np.array([width(name, _NAME, dpi, "bold") + 4, height(_NAME, dpi)])
        place = free_place(at, size, taken, points, frame) if size[0] < _WIDEST * box.width else None
        if place is None or hidden(points, place) > _HIDES:
            continue
        taken.append(place)
        artists.append(
            ax.text(
                (place.left + 2) / box.width, (place.bottom + place.top) / 2 / box.height, name,
                transform=ax.transAxes, fontsize=_NAME, weight="bold", color=style.path_colour(index), ha="left",
                va="center", zorder=9, gid="curve name", parse_math=False,
                bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.4},
            )
        )  # fmt: skip
    return artists


def _tuned(contest: Contest) -> list[tuple[int, Sensitivity]]:
    found = ((index, one.sensitivity) for index, one in enumerate(contest.contestants))
    return [(index, one) for index, one in found if one is not None]


def _floored(contest: Contest, one: Sensitivity) -> FloatArray:
    """Return the median at each lr, no lower than the tolerance: what the lr was chosen by."""
    return np.maximum(one.median, contest.tolerance or 0.0)


def _chosen(contest: Contest, index: int, one: Sensitivity) -> int:
    """Return the place on the grid of the lr that was chosen."""
    return int(np.argmin(np.abs(np.log(one.lr / contest.contestants[index].lr))))


def _diverging(one: Sensitivity, chosen: int) -> int | None:
    """Return the place on the grid, beyond the chosen lr, from which on half of the starts diverge."""
    beyond = np.flatnonzero(one.diverged[chosen + 1 :] >= _HALF)
    return chosen + 1 + int(beyond[0]) if beyond.size else None


def _drawn(contest: Contest, index: int, one: Sensitivity) -> int:
    """Return how many of the rates are drawn: those up to the first that diverges."""
    diverging = _diverging(one, _chosen(contest, index, one))
    return len(one.lr) if diverging is None else diverging + 1


def _interesting(contest: Contest, first: float) -> tuple[int, int]:
    """Return the first and the last place on the grid that are shown: around the chosen, good and diverging rates."""
    places = []
    least = max(min(float(one.median.min()) for _, one in _tuned(contest)), contest.tolerance or 0.0)
    good = first ** (1 - _DEPTH) * least**_DEPTH
    for index, one in _tuned(contest):
        chosen = _chosen(contest, index, one)
        places.append(chosen)
        diverging = _diverging(one, chosen)
        if diverging is not None and diverging <= chosen + _FOLLOWED:
            places.append(diverging)
        better = one.median[:diverging] < good
        # If every lr down to the smallest is as good, these are not worth showing.
        found = np.flatnonzero(better & ~np.logical_and.accumulate(better))
        if found.size:
            places += [int(found[0]), int(found[-1])]
    last = len(_tuned(contest)[0][1].lr) - 1
    return max(min(places) - _BESIDE, 0), min(max(places) + _BESIDE, last)
