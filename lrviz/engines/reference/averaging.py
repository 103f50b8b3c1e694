"""The reference's average of a path."""

from __future__ import annotations

from dataclasses import dataclass, field

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
            # Floats, not rows: a call of NumPy takes longer than multiplying two numbers.
            x, y = keep * x + (1 - keep) * next_x, keep * y + (1 - keep) * next_y
            followed.append((x, y))
        rows[:] = followed
    return average


@dataclass(slots=True, eq=False)
class RunningAverages:
    """The last row of `averaged` for each of many paths, bit for bit, from their points as they are made.

    Of each path only [2] numbers are kept, whatever its length.
    """

    averaging: Averaging
    paths: int
    _kept: FloatArray = field(init=False)
    _rows: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._kept = np.full((2, self.paths), np.nan)

    def take(self, row: int, points: FloatArray, some: slice) -> None:
        """Take in the points, [2, some], that some of the paths have reached in a row."""
        averaging = self.averaging
        if row <= averaging.start:
            return
        kept = self._kept[:, some]
        self._rows = row - averaging.start
        if self._rows == 1:
            kept[:] = points
        elif averaging.kind == "swa":
            kept += points
        else:
            kept *= averaging.decay
            kept += (1 - averaging.decay) * points

    def ends(self) -> FloatArray:
        """Return the averages, [2, paths]."""
        return self._kept / max(self._rows, 1) if self.averaging.kind == "swa" else self._kept
