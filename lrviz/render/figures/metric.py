"""The panel of the metric that ReduceLROnPlateau watches: what it saw, the best so far, and how long it waited."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lrviz.foundation.numerals import plural
from lrviz.render.figures import style
from lrviz.render.figures.decimate import decimate
from lrviz.render.figures.label_space import Box, Room
from lrviz.render.figures.panel import lower_panel
from lrviz.render.figures.stairs import columns, finite
from lrviz.render.figures.text_size import height, resolution, width
from lrviz.render.figures.timeline import Timeline
from lrviz.results import Curves, FloatArray, IntArray, Trace

METRIC = 1.35
"""Inches of the panel."""
BEST = "best so far"
GAP = 0.15
"""Inches from the panel to the name of its best value."""
_DOTTED = 120
"""With more values than this they are a line, without a dot each."""


def draw_metrics(ax: Axes, curves: Sequence[Curves], axis: Timeline) -> None:
    """Draw the metrics that plateau schedulers watch, each value at the end of its tick, when it is passed on.

    Of a single schedule also the best so far, every bad value as a ring, and each wait for a reduction, counted.
    """
    traces = [one.metric for one in curves if one.metric is not None]
    shared = all(_same(one, traces[0]) for one in traces)
    seen: list[tuple[Trace, FloatArray]] = []
    for index, (one, scale, window) in enumerate(zip(curves, axis.scales, axis.windows, strict=True)):
        trace = one.metric
        if trace is None or any(_same(trace, other) for other, _ in seen):
            continue
        kept = np.flatnonzero((trace.ticks >= window[0]) & (trace.ticks < window[1]))
        kept = kept[decimate(trace.values[kept], columns(ax))]
        x, values = (trace.ticks[kept] + 1) * scale, finite(trace.values[kept])
        colour = style.MARK if shared else style.colour(index)
        ax.plot(x, values, linewidth=1.3, color=colour, gid="line")
        seen.append((trace, values))
        if len(kept) <= _DOTTED:
            bad = trace.bad[kept] > 0 if len(curves) == 1 else np.zeros(len(kept), dtype=bool)
            dots: dict[str, Any] = {"linestyle": "", "marker": "o", "markeredgecolor": colour, "markeredgewidth": 0.9}
            ax.plot(x[~bad], values[~bad], markersize=3, markerfacecolor=colour, gid="better", **dots)
            ax.plot(x[bad], values[bad], markersize=3.6, markerfacecolor="white", gid="bad", **dots)
    names = {trace.label for trace, _ in seen}
    name = names.pop() if len(names) == 1 else "metric"
    row = height(style.SMALL, resolution(ax)) / ax.get_window_extent().height
    alone = curves[0].metric if len(curves) == 1 else None
    above = 0.08 if alone is None else row + 0.06
    lower_panel(ax, curves, [values for _, values in seen], axis, name=name, above=above)
    if alone is not None:
        _draw_waits(ax, alone, _noun(alone, curves[0]), axis)
        _draw_best(ax, alone, axis)


def _same(one: Trace, other: Trace) -> bool:
    return np.array_equal(one.ticks, other.ticks) and np.array_equal(one.values, other.values, equal_nan=True)


def _draw_best(ax: Axes, trace: Trace, axis: Timeline) -> None:
    """Draw the best value so far as stairs, and name them at their end."""
    kept = decimate(trace.best, columns(ax))
    best = finite(trace.best[kept])
    x = (trace.ticks[kept] + 1) * axis.scales[0]
    ax.plot(x, best, drawstyle="steps-post", color=style.INK, linewidth=1.2, zorder=1.9, gid="best")
    last = best[np.isfinite(best)][-1:]
    if last.size:
        y = float(ax.transData.transform((0, last[0]))[1]) - ax.get_window_extent().y0
        high = ax.get_window_extent().height
        ax.text(
            1 + GAP * resolution(ax) / ax.get_window_extent().width, min(max(y / high, 0.06), 0.94), BEST,
            transform=ax.transAxes, fontsize=style.SMALL, color=style.INK, ha="left", va="center", gid="best",
        )  # fmt: skip


def _draw_waits(ax: Axes, trace: Trace, noun: str, axis: Timeline) -> None:
    """Shade the bad values before each reduction, and count them where there is room."""
    dpi, box = resolution(ax), ax.get_window_extent()
    left, right = axis.limits
    row = height(style.SMALL, dpi)
    room = Room(box.width, box.height)
    for last in _reductions(trace).tolist():
        first = last - int(trace.bad[last])
        start, stop = ((float(trace.ticks[at]) + 1) * axis.scales[0] for at in (first, last))
        ax.axvspan(start, stop, color=style.WAIT, linewidth=0, zorder=0.1, gid="wait")
        middle = (start + stop) / 2
        if not left < middle < right:
            continue
        for text in (plural(int(trace.bad[last]), f"bad {noun}"), f"{trace.bad[last]} bad", f"{trace.bad[last]}"):
            long = width(text, style.SMALL, dpi) + 4
            at = (middle - left) / (right - left) * box.width
            fits = long <= (stop - start) / (right - left) * box.width
            if fits and room.take(Box(at - long / 2, box.height - row, at + long / 2, box.height)):
                ax.text(
                    at / box.width, 1 - row / 2 / box.height, text, transform=ax.transAxes, fontsize=style.SMALL,
                    color=style.FAINT, ha="center", va="center", gid="bad count",
                )  # fmt: skip
                break


def _noun(trace: Trace, one: Curves) -> str:
    """Return what a value stands for: an epoch, where there is one value for each."""
    every = set(np.diff(trace.ticks).tolist())
    return "epoch" if every == {1 if one.unit == "epoch" else one.steps_per_epoch} else "value"


def _reductions(trace: Trace) -> IntArray:
    """Return the indices of the values after which the lr is reduced."""
    return np.flatnonzero(trace.bad > trace.patience)
