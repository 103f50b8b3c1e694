"""What the pictures of sweeps share: how panels are laid out, and the scale of losses, on an axis or as colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from lrviz.results import FloatArray, Swept

Filled = tuple[float, float, Callable[[Figure, float], None]]
"""Inches of width and height that panels need, and what draws them so far below the upper edge."""

DIVERGES = 0.5
"""A point of a grid diverges where this share of its starts does."""
_ABOVE = 3.0
"""How many times the loss of the start the scale reaches at the most: what lies above is lost."""
_LEAST = 0.1
"""Of the loss of the start: the scale begins below it at least there, so that nothing is blown up."""
_FARTHEST = 1e300
"""Values beyond it, and below its opposite, are drawn there."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From the least loss that is told apart to the greatest; floored: some are lower, and as good as the tolerance."""

    low: float
    high: float
    log: bool
    floored: bool

    @classmethod
    def of(cls, swept: Swept) -> Scale:
        """Return the scale of a sweep."""
        values = np.concatenate([one.median[one.diverged < DIVERGES] for one in swept.entries])
        # There has to be room around an axis that ends at the largest.
        values = np.clip(values[np.isfinite(values)], -_FARTHEST, _FARTHEST)
        if not values.size:
            values = np.array([swept.first])
        if swept.expected:
            low, high = float(values.min()), float(min(values.max(), swept.first))
            return cls(low, max(high, 1.5 * low), log=True, floored=False)
        if swept.tolerance is None:
            low, high = float(values.min()), float(min(values.max(), max(swept.first, float(values.min()))))
            return cls(low, high if high > low else low + max(1.0, abs(low)), log=False, floored=False)
        high = float(min(values.max(), _ABOVE * max(swept.first, swept.tolerance)))
        least = float(values.min())
        low = min(max(least, swept.tolerance), _LEAST * high)
        return cls(max(low, swept.tolerance * 0.999), max(high, 10 * low), log=True, floored=least < swept.tolerance)

    def seen(self, values: FloatArray) -> FloatArray:
        """Return values on the scale, what is lost at its top."""
        return np.clip(np.where(np.isfinite(values), values, np.inf), self.low, self.high)


def loss_words(swept: Swept) -> str:
    """Return what the scale is called."""
    if swept.expected:
        return "expected loss at the end"
    return "f − f_min at the end" if swept.tolerance is not None else "f at the end"
