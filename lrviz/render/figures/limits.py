"""Between which values a panel's axis runs, and how much of it is left free for names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lrviz.render.figures import style
from lrviz.results import FloatArray

DECADES = 8
"""The decades that a log axis reaches below its largest value, if only a few values lie lower."""
FEW = 0.02
"""The largest share of the values that may lie below a log axis."""
FEWER = 0.01
"""The same share of each line, where the log axis was not asked for."""
LARGEST = 1e300
"""Larger values cannot be on an axis: its margins would be infinite."""


def frame_values(
    ax: Axes, values: Sequence[FloatArray], *, log: bool, zero: bool, above: float, deep: bool = True
) -> None:
    """Set the y limits around `values`, with the share `above` of the panel left free over the largest.

    With `zero` a linear axis of positive values starts at zero, so that heights compare as the values do. A log axis
    that is not `deep` ends where few values of any line lie lower: a line that falls towards zero leaves it.
    """
    known = np.concatenate([one[np.abs(one) < LARGEST] for one in values]) if values else np.empty(0)
    if not known.size:
        ax.set_ylim(0, 1)
        return
    low, high = float(known.min()), float(known.max())
    if log:
        deepest = min(high * 10.0**-DECADES, float(np.quantile(known, FEW)))
        if not deep:
            deepest = min(float(np.quantile(one[np.isfinite(one)], FEWER)) for one in values if np.isfinite(one).any())
        bottom = np.log10(max(low, deepest))
        span = np.log10(high) - bottom
        if span < 0.3:
            bottom, span = bottom - 0.15, span + 0.3
        ax.set_yscale("log")
        ax.set_ylim(10 ** (bottom - 0.04 * span), 10 ** (bottom + span / (1 - above)))
        return
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    span = high - low or abs(high) * 0.2 or 1.0
    below = 0.0 if zero and low == 0 else 0.06 * span if zero else 0.1 * span
    if high == low and not zero:
        low, high = low - span / 2, high + span / 2
    ax.set_ylim(low - below, low - below + (high - low + below or span) / (1 - above))
    if low < 0 < high:
        ax.axhline(0, color=style.RULE, linewidth=0.8, zorder=0.6)
