"""Ticks that people read: 20k, 1M, 3e-4; never an offset in a corner."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike

from lrviz.foundation.numerals import count, scientific, short
from lrviz.render.figures import style
from lrviz.render.figures.timeline import Timeline


def count_ticks(axis: Axis, extent: float, bins: int) -> None:
    """Number a time axis of length `extent`: whole epochs or steps, fractions only of less than one."""
    axis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10], integer=extent >= 1))
    axis.set_major_formatter(FuncFormatter(lambda value, _: count(round(value, 9))))


def value_ticks(ax: Axes, bins: int) -> None:
    """Number a hyperparameter's axis: a log axis by decades where it spans enough of them."""
    axis = ax.yaxis
    if ax.get_yscale() != "log":
        axis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: _alike(value, max(map(abs, ax.get_ylim())))))
        return
    low, high = ax.get_ylim()
    decades = math.log10(high / low)
    subs = (1.0,) if decades > 2.5 else (1.0, 2.0, 5.0) if decades > 0.5 else tuple(range(1, 10))
    axis.set_major_locator(LogLocator(subs=subs, numticks=bins + 2))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def _alike(value: float, largest: float) -> str:
    """Write a tick like the others on an axis up to `largest`: all plain, or all with a power of ten."""
    return f"{value + 0.0:.6g}" if 2e-3 <= largest < 1e5 else scientific(value)


def second_scale(ax: Axes, axis: Timeline, bins: int) -> None:
    """Add the timeline's other scale above the panel: steps over epochs, or epochs over steps."""
    if axis.other is None:
        return
    label, factor = axis.other

    def scale(by: float) -> Callable[[ArrayLike], ArrayLike]:
        return lambda x: np.asarray(x) * by

    top = ax.secondary_xaxis("top", functions=(scale(factor), scale(1 / factor)))
    top.set_xlabel(label, fontsize=style.SMALL, color=style.FAINT, labelpad=3)
    top.spines["top"].set_visible(False)
    top.tick_params(length=2.5, pad=2, labelsize=style.SMALL, color=style.RULE, labelcolor=style.FAINT)
    count_ticks(top.xaxis, ax.get_xlim()[1] * factor, bins)
