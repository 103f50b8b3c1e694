"""Which of many values a picture needs: no more than its pixels show, and never less."""

from __future__ import annotations

import numpy as np

from lrviz.results import FloatArray, IntArray


def decimate(values: FloatArray, columns: int) -> IntArray:
    """Return the sorted indices, at most 5 * (columns + 1), that draw `values` [steps] like all of them.

    The steps are cut into equal buckets, at most one a pixel column. Each keeps its first, its
    smallest, its largest and its last value, so a spike of one step survives; a bucket with a value
    that is not finite keeps one such value too, which breaks the line there.
    """
    steps = len(values)
    if steps <= 4 * columns:
        return np.arange(steps)
    width = -(-steps // columns)
    whole = steps - steps % width
    kept = [_extremes(values[:whole].reshape(-1, width), 0)]
    if whole < steps:
        kept.append(_extremes(values[whole:].reshape(1, -1), whole))
    return np.unique(np.concatenate(kept))


def _extremes(buckets: FloatArray, offset: int) -> IntArray:
    """Return the indices kept of `buckets` [buckets, width], whose first value has index `offset`."""
    count, width = buckets.shape
    starts = offset + width * np.arange(count)
    low, high = buckets.argmin(axis=1), buckets.argmax(axis=1)
    rows = np.arange(count)
    kept = [starts, starts + width - 1]
    # argmin and argmax stop at a nan, and an infinity is one of the two: no pass over all values is needed.
    broken = ~(np.isfinite(buckets[rows, low]) & np.isfinite(buckets[rows, high]))
    if broken.any():
        finite = np.isfinite(buckets[broken])
        low[broken] = np.where(finite, buckets[broken], np.inf).argmin(axis=1)
        high[broken] = np.where(finite, buckets[broken], -np.inf).argmax(axis=1)
        kept.append(starts[broken] + finite.argmin(axis=1))
    kept += [starts + low, starts + high]
    return np.concatenate(kept)
