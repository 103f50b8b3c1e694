"""What the pictures of sweeps share: how panels are laid out, and the scale of losses, on an axis or as colours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from lrviz.foundation.numerals import short
from lrviz.results import Border, FloatArray, Swept

Filled = tuple[float, float, Callable[[Figure, float], None]]
"""Inches of width and height that panels need, and what draws them so far below the upper edge."""

DIVERGES = 0.5
"""A point of a grid diverges where this share of its starts does."""
_ABOVE = 3.0
"""The highest end of the scale, as a multiple of the loss at the start: anything above it is lost."""
_LEAST = 0.1
"""The scale begins at this share of the loss at the start or below, so that small differences are not exaggerated."""

_WIDE = 1e3
"""Positive losses whose ends have this ratio or more stand on a log scale, though no minimum is known."""
_FAR = 1e3
"""How many times the top of the scale a line reaches that leaves its panel."""
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
            if low > 0 and high >= _WIDE * low:
                return cls(low, high, log=True, floored=False)
            return cls(low, high if high > low else low + max(1.0, abs(low)), log=False, floored=False)
        high = float(min(values.max(), _ABOVE * max(swept.first, swept.tolerance)))
        least = float(values.min())
        low = min(max(least, swept.tolerance), _LEAST * high)
        return cls(max(low, swept.tolerance * 0.999), max(high, 10 * low), log=True, floored=least < swept.tolerance)

    def seen(self, values: FloatArray) -> FloatArray:
        """Return values on the scale, what is lost at its top."""
        return np.clip(np.where(np.isfinite(values), values, np.inf), self.low, self.high)

    def leaving(self, values: FloatArray) -> FloatArray:
        """Return values as a line has them, which leaves its panel where they rise above the scale."""
        above = _FAR * self.high if self.log else self.low + _FAR * (self.high - self.low)
        return np.clip(np.where(np.isfinite(values), values, np.inf), self.low, above)


def value_words(value: float) -> str:
    """Write a value of an axis: 0.0215, 1024."""
    return short(value, 4 if abs(value) >= 1e3 else 3)


def loss_words(swept: Swept) -> str:
    """Return what the scale is called."""
    if swept.expected:
        return "expected loss at the end"
    return "f − f_min at the end" if swept.tolerance is not None else "f at the end"


def border_words(mark: str, borders: Iterable[Border | None]) -> list[str]:
    """Say what the mark of borders means, nothing where there are none; no formula is broken at the end of a line."""
    rules = list(dict.fromkeys(one.words for one in borders if one is not None))
    letters = ["L: curvature", "m: momentum"] if any("m" in rule for rule in rules) else ["L: curvature"]
    formulas, meant = (", ".join(one.replace(" ", "\N{NO-BREAK SPACE}") for one in each) for each in (rules, letters))
    return [f"{mark}: {formulas}, no minimum is stable beyond it ({meant})"] if rules else []
