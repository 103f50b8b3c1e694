"""The peak of a curve, and the rise before it."""

from __future__ import annotations

from lrviz.foundation.arrays import FloatArray, np


def peak(values: FloatArray) -> tuple[int, float]:
    """Return the tick at which a curve first comes within rounding of its highest finite value, and the value there.

    A warm-up that ends a rounding error below its plateau still peaks where the plateau begins.
    """
    known, highest = values, values.max()
    if not np.isfinite(highest):
        known = np.where(np.isfinite(values), values, -np.inf)
        highest = known.max()
    at = int((known >= highest - 1e-9 * abs(highest)).argmax()) if np.isfinite(highest) else 0
    return at, float(values[at])


def rise(values: FloatArray) -> int:
    """Return the ticks before the peak of a curve that only rises to it, else 0."""
    at, _ = peak(values)
    before = values[: at + 1]
    return at if np.isfinite(before).all() and (np.diff(before) >= 0).all() else 0
