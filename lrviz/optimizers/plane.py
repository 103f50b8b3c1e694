"""Vectors of the plane as pairs of Python floats, which are faster than arrays for a single path."""

from __future__ import annotations

import math

Pair = tuple[float, float]


def dot(a: Pair, b: Pair) -> float:
    """Return the inner product."""
    return a[0] * b[0] + a[1] * b[1]


def along(a: Pair, b: Pair, scale: float) -> Pair:
    """Return a + scale b."""
    return a[0] + scale * b[0], a[1] + scale * b[1]


def largest(a: Pair) -> float:
    """Return the largest component in size; NaN where one is."""
    x, y = abs(a[0]), abs(a[1])
    return x if math.isnan(x) or x >= y else y


def over(a: float, b: float) -> float:
    """Return a / b as IEEE 754 has it, where Python raises: 1 / 0 is infinite, 0 / 0 is NaN."""
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)
