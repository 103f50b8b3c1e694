"""The reference's average of a path."""

from __future__ import annotations

import numpy as np

from lrviz.documents.averaging import Averaging
from lrviz.results import FloatArray


def averaged(path: FloatArray, averaging: Averaging) -> FloatArray:
    """Return the running average of a path, [steps + 1, 2]: row r is that of rows start + 1 to r, NaN before them.

    Formula, p the points from row start + 1 on, k = 0, 1, ...:
        a[k] = (p[0] + ... + p[k])/(k + 1)                    (swa)
        a[0] = p[0],  a[k] = decay a[k-1] + (1 - decay) p[k]  (ema)

    Source: https://docs.pytorch.org/docs/stable/optim.html#weight-averaging-swa-and-ema
    """
    average = np.full_like(path, np.nan)
    points, rows = path[averaging.start + 1 :], average[averaging.start + 1 :]
    if averaging.kind == "swa":
        rows[:] = np.cumsum(points, axis=0) / np.arange(1, len(points) + 1)[:, None]
    elif len(points):
        keep = averaging.decay
        x, y = points[0].tolist()
        followed = []
        for next_x, next_y in points.tolist():
            # Floats, not rows: NumPy takes longer to call than to multiply two numbers.
            x, y = keep * x + (1 - keep) * next_x, keep * y + (1 - keep) * next_y
            followed.append((x, y))
        rows[:] = followed
    return average
