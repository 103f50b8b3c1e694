"""Round values on a log scale: where its ticks and contour lines lie."""

from __future__ import annotations

import math

from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from lrviz.foundation.numerals import short

_NARROW, _FEW = 4.0, 5
"""A scale whose ends have no larger ratio is numbered like a linear one, with few numbers."""


def round_values(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` round values from low to high, both above 0: 1, 2, 5, 10, or 1, 3, 10, or decades."""
    if high <= _NARROW * low:
        linear = MaxNLocator(min(most, _FEW), steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        return [float(value) for value in linear if low <= value <= high]
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        values = [value for power in powers for step in steps if low <= (value := step * 10.0**power) <= high]
        if len(values) <= most:
            return values
    every = -(-len(values) // most)
    return [value for value in values if round(math.log10(value)) % every == 0]


def log_ticks(axis: Axis, most: int) -> None:
    """Number a log axis whose limits are final."""
    low, high = axis.get_view_interval()
    axis.set_major_locator(FixedLocator(round_values(low, high, most)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
