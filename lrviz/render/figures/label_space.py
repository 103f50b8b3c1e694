"""Where on a panel there is room for a label, in pixels of its axes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from lrviz.results import FloatArray

_EVERY, _FAR, _MOST = 4.0, 40.0, 6000
"""Pixels between points along a line, pixels outside the axes that are followed, and the most points."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, counted from the lower left corner of the axes."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Return whether the two share any area."""
        across = self.left < other.right and other.left < self.right
        return across and self.bottom < other.top and other.bottom < self.top


def beside(at: FloatArray, size: Iterable[float], away: float) -> Iterator[Box]:
    """Yield the places for a label, `size` wide and tall, at a distance from a point: corners first, then sides."""
    wide, tall = size
    for dx, dy in ((1, 1), (1, -1), (-1, 1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1)):
        left = at[0] + dx * away - (wide if dx < 0 else wide / 2 if dx == 0 else 0)
        bottom = at[1] + dy * away - (tall if dy < 0 else tall / 2 if dy == 0 else 0)
        yield Box(left, bottom, left + wide, bottom + tall)


@dataclass(slots=True)
class Room:
    """The area of a panel, `width` by `height`, with the boxes that labels have `taken` and the `curves` through it.

    curves: pairs (x, y) of each line's pixels, x rising.
    """

    width: float
    height: float
    curves: Sequence[tuple[FloatArray, FloatArray]] = ()
    taken: list[Box] = field(default_factory=list)

    def take(self, box: Box) -> bool:
        """Reserve `box` and return True, or return False where it is not free."""
        inside = box.left >= 0 and box.right <= self.width and box.bottom >= 0 and box.top <= self.height
        if not inside or any(box.meets(other) for other in self.taken):
            return False
        if any(_crosses(x, y, box) for x, y in self.curves):
            return False
        self.taken.append(box)
        return True


def along(points: FloatArray, frame: tuple[float, float]) -> FloatArray:
    """Return points every few pixels along a line [n, 2] in pixels, to find out what a label would hide.

    frame: width and height of the axes; what lies far outside is not followed.
    """
    near = np.clip(points[np.isfinite(points).all(axis=1)], -_FAR, np.array(frame) + _FAR)
    if len(near) < 2:
        return near
    way = np.append(0.0, np.cumsum(np.hypot(*np.diff(near, axis=0).T)))
    stops = np.linspace(0.0, way[-1], min(int(way[-1] / _EVERY) + 2, _MOST))
    return np.stack([np.interp(stops, way, near[:, 0]), np.interp(stops, way, near[:, 1])], axis=1)


def hidden(points: FloatArray, box: Box) -> int:
    """Return how many of the points, [n, 2], lie under `box`."""
    x, y = points.T
    return int(((x >= box.left) & (x <= box.right) & (y >= box.bottom) & (y <= box.top)).sum())


def _crosses(x: FloatArray, y: FloatArray, box: Box) -> bool:
    """Return whether the stairs (x, y) pass through `box`."""
    first = max(int(np.searchsorted(x, box.left, side="right")) - 1, 0)
    last = int(np.searchsorted(x, box.right, side="left"))
    span = y[first:last]
    span = span[np.isfinite(span)]
    return bool(span.size) and bool(span.min() < box.top and span.max() > box.bottom)


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Return centres, as near to `wanted` as can be, of labels of the given `sizes` that do not overlap.

    Least squares under c[i+1] - c[i] >= (size[i] + size[i+1]) / 2 in the order of `wanted`, within
    low..high: after subtracting the offsets of a tight stack this is an isotonic regression, solved by
    pooling neighbours that violate the order.
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    offsets, top = [], 0.0
    for index in order:
        offsets.append(top + sizes[index] / 2)
        top += sizes[index]
    pools: list[tuple[float, int]] = []
    for index, offset in zip(order, offsets, strict=True):
        mean, many = wanted[index] - offset, 1
        while pools and pools[-1][0] > mean:
            other, more = pools.pop()
            mean, many = (mean * many + other * more) / (many + more), many + more
        pools.append((mean, many))
    bases = [min(max(mean, low), max(high - top, low)) for mean, many in pools for _ in range(many)]
    centres = [0.0] * len(wanted)
    for index, base, offset in zip(order, bases, offsets, strict=True):
        centres[index] = base + offset
    return centres
