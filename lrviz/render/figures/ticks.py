"""Readable ticks: 20k, 1M, 3e-4; never an offset in a corner."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike

from lrviz.foundation.numerals import count, scientific, short
from lrviz.render.figures import style
from lrviz.render.figures.timeline import Timeline
from lrviz.results import FloatArray

Written = Callable[[float], str]
"""Formats a value."""


def count_ticks(axis: Axis, limits: tuple[float, float], bins: int, *, share: bool = False, full: bool = False) -> None:
    """Number a time axis: whole epochs or steps, fractions only on an axis shorter than one; all numbers in one form.

    share: it counts shares of a run; full: numbers have room to be written out.
    """
    whole = limits[1] - limits[0] >= 1 and not share
    axis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10], integer=whole))
    most = max(map(abs, limits))

    def written(value: float, _: object) -> str:
        value = round(value, 9)
        if share:
            return f"{100 * value:.6g}%"
        return f"{value:,.10g}" if full else count(value, most)

    axis.set_major_formatter(FuncFormatter(written))


def value_ticks(ax: Axes, bins: int, write: Written | None = None) -> None:
    """Number a hyperparameter's axis: a log axis by decades where it spans enough of them.

    write: how values are written on this picture, `numeral`; else the axis decides for itself.
    """
    axis = ax.yaxis
    if ax.get_yscale() != "log":
        write = write or numeral([np.asarray(ax.get_ylim())], log=False)
        plain = write is not scientific
        axis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value + 0.0:.6g}" if plain else scientific(value)))
        return
    low, high = ax.get_ylim()
    decades = math.log10(high / low)
    subs = (1.0,) if decades > 2.5 else (1.0, 2.0, 5.0) if decades > 0.5 else tuple(range(1, 10))
    axis.set_major_locator(LogLocator(subs=subs, numticks=bins + 2))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def numeral(values: Sequence[FloatArray], *, log: bool) -> Written:
    """Return how the values of a picture are written, on its axis and beside its lines: in one form.

    All with a power of ten on a linear axis that ends below 0.01 or reaches 100,000.
    """
    most = max(map(_largest, values), default=0.0)
    return short if log or most == 0 or 1e-2 <= most < 1e5 else scientific


def _largest(values: FloatArray) -> float:
    most = max(abs(float(values.max(initial=0.0))), abs(float(values.min(initial=0.0))))
    return most if np.isfinite(most) else float(np.abs(values[np.isfinite(values)]).max(initial=0.0))


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
    left, right = ax.get_xlim()
    count_ticks(top.xaxis, (left * factor, right * factor), bins, full=True)
