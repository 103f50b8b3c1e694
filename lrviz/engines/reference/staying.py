"""Which of many paths stay in a box, row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrviz.engines.reference.boxes import outside
from lrviz.foundation.aligned import copied
from lrviz.foundation.plane import Box
from lrviz.results import BoolArray, FloatArray


class Staying:
    """Looks at the rows of many paths; while all of them stay, at the extremes of all together, which takes less time.

    boxes: those that are asked about at the end.
    """

    def __init__(self, boxes: Sequence[Box]) -> None:
        self._boxes = boxes
        (lefts, rights), (lows, highs) = (zip(*bounds, strict=True) for bounds in zip(*boxes, strict=True))
        self._common = (max(lefts), max(lows)), (min(rights), min(highs))
        self._extremes: tuple[FloatArray, FloatArray] | None = None

    def note(self, points: FloatArray) -> None:
        """Look at the points, [2, paths], of a row."""
        if self._extremes is not None:
            # Both keep a NaN once there is one.
            least, greatest = self._extremes
            np.minimum(least, points, out=least)
            np.maximum(greatest, points, out=greatest)
            return
        (left, low), (right, high) = self._common
        least_x, least_y = np.minimum.reduce(points, axis=1).tolist()
        greatest_x, greatest_y = np.maximum.reduce(points, axis=1).tolist()
        if not (least_x >= left and least_y >= low and greatest_x <= right and greatest_y <= high):
            # The rows before this one lie in every box.
            self._extremes = copied(points), copied(points)

    def left(self, paths: int) -> tuple[BoolArray, ...]:
        """Return, for each box, which paths, [paths], have a row outside."""
        if self._extremes is None:
            return tuple(np.zeros(paths, np.bool_) for _ in self._boxes)
        return tuple(outside(*self._extremes, box) for box in self._boxes)
