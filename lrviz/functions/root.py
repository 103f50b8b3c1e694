"""The square root of the surfaces whose formula has one at a minimum or along a ridge."""

from __future__ import annotations

from typing import Any

from lrviz.foundation.arrays import np


def root(square: Any, m: Any = np) -> Any:
    """Return √s at an array of s ≥ 0 in the library `m`; its slope at 0 counts as 0.

    The slope there is infinite, and autograd would multiply it by the 0 of s = r² to NaN.
    """
    away = square > 0
    # The inner choice keeps the infinite slope out of the branch not taken, where it would be NaN all the same.
    return m.where(away, m.sqrt(m.where(away, square, square + 1)), 0 * square)
