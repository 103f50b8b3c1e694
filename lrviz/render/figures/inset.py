"""The warm-up of a long run, drawn large where the panel is empty: on the panel itself it is a vertical line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from lrviz.foundation.peak import peak, rise
from lrviz.render.figures import style
from lrviz.render.figures.label_space import Box, Room
from lrviz.render.figures.limits import frame_values
from lrviz.render.figures.lines import Line
from lrviz.render.figures.stairs import draw_lines
from lrviz.render.figures.text_size import height, resolution, width
from lrviz.render.figures.ticks import Written, count_ticks, value_ticks
from lrviz.render.figures.timeline import Timeline
from lrviz.results import Curves, FloatArray

SHORT = 0.03
"""Of the run: a shorter warm-up is drawn apart."""
_REACH = 1.5
"""Warm-ups that the inset shows, so that what follows is seen too."""
_SIZES = ((2.6, 1.3), (2.1, 1.05), (1.6, 0.8))
"""Inches, the largest that has room."""
_AIR = 10.0
"""Pixels between the inset and what is around it."""


def draw_warm_up(
    ax: Axes, curves: Sequence[Curves], lines: Sequence[Line], axis: Timeline, room: Room, *, write: Written
) -> list[Artist]:
    """Draw the first steps of the run in an inset, where its warm-up is short and the inset hides nothing."""
    long = _warm_up(curves, axis)
    if not long:
        return []
    log = ax.get_yscale() == "log"
    dpi, row = resolution(ax), height(style.SMALL, resolution(ax))
    reach, shown = _REACH * long, []
    for line in lines:
        ticks = reach / line.scale
        shown.append(replace(line, values=line.values[: int(np.ceil(ticks))], extent=min(ticks, line.extent)))
    numbers = max(width(write(peak(line.values)[1]), style.SMALL, dpi) for line in shown) + 18
    half = width(f"{reach:,.0f}", style.SMALL, dpi) / 2 + 4
    box = _place(room, (numbers, row + 4), (half, row + 4), dpi)
    if box is None:
        return []
    bounds = (box.left, box.bottom, box.right - box.left, box.top - box.bottom)
    inset = ax.inset_axes(np.divide(bounds, [room.width, room.height] * 2).tolist(), zorder=4, gid="inset")
    drawn = draw_lines(inset, shown, replace(axis, limits=(0.0, reach)), log=log)
    frame_values(inset, [np.asarray(line.get_ydata()) for line in drawn], log=log, zero=True, above=0.08)
    for spine in inset.spines.values():
        spine.set_color(style.RULE)
    inset.tick_params(length=2.5, pad=2, labelsize=style.SMALL, color=style.RULE, labelcolor=style.FAINT)
    count_ticks(inset.xaxis, inset.get_xlim(), 4, share=axis.share, full=True)
    value_ticks(inset, 4, write)
    name = inset.set_title("warm-up", fontsize=style.SMALL, color=style.FAINT, pad=3)
    return [inset, name]


def _warm_up(curves: Sequence[Curves], axis: Timeline) -> float:
    """Return how long the longest warm-up is on the axis, where it is too short to be seen; else 0."""
    if axis.windows != tuple((0, one.steps) for one in curves):
        return 0.0
    longest = max(_ticks(one) * scale for one, scale in zip(curves, axis.scales, strict=True))
    return longest if longest < SHORT * axis.limits[1] else 0.0


def _ticks(one: Curves) -> int:
    """Return the ticks of a warm-up: the first phase, where it is one, else the rise to the peak."""
    first = one.phases[0] if one.phases else None
    if first is not None and first.start == 0 and first.kind == "warm-up":
        return first.stop
    return max(_risen(one.lr[:, group]) for group in range(len(one.groups)))


def _risen(lr: FloatArray) -> int:
    """Return the ticks in which a short warm-up rises to the peak; 0 where there is none."""
    begin = lr[: int(SHORT * len(lr)) + 2]
    ticks = rise(begin)
    return ticks if begin[ticks] >= (1 - 1e-9) * peak(lr)[1] else 0


def _place(room: Room, before: tuple[float, float], after: tuple[float, float], dpi: float) -> Box | None:
    """Return where an inset hides nothing, in pixels of the panel; None where it has no room.

    before, after: the pixels that its numbers and its name take left of it and below, right of it and above.
    """
    for wide, high in _SIZES:
        across, up = before[0] + wide * dpi + after[0], before[1] + high * dpi + after[1]
        for top in np.arange(room.height - _AIR, up, -_AIR).tolist():
            for right in np.arange(room.width, across + _AIR, -2 * _AIR).tolist():
                if room.take(Box(right - across - _AIR, top - up - _AIR, right, top)):
                    return Box(right - across + before[0], top - up + before[1], right - after[0], top - after[1])
    return None
