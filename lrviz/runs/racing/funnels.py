"""Where a descent must end at a minimum, so that it need not be followed there."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from lrviz.foundation.plane import Box, Point
from lrviz.functions import Function
from lrviz.results import BoolArray, FloatArray

_ANGLES, _RADII, _FURTHEST = 256, 96, 0.24
"""Rays from a minimum, circles around it, and the radius of the last, as a share of the view's diagonal."""
_NARROWEST, _NARROW = 1e-6, 24
"""The radius of the first circle, as such a share, and how many there are inside of the first of equal distances."""
_LEAST = 1e-3
"""The least radius of a funnel, as such a share."""
_SEARCHED = 24
"""Steps by which the lowest point between two rays is found: to a millionth of their distance."""
_SURE = 0.5
"""Of the lowest value on the rim: a funnel is not filled to the brim."""
_GOLDEN = (5**0.5 - 1) / 2


def diagonal(view: Box) -> float:
    """Return the length of a view's diagonal."""
    (left, right), (low, high) = view
    return float(np.hypot(right - left, high - low))


@dataclass(frozen=True, slots=True)
class Funnel:
    """The points nearer than `radius` to a minimum at which f is below `level`.

    From each of them the ray to the minimum goes down, and around them f is at least `level`: a path whose steps go
    down, and are no longer than that rim is wide, stays inside, where there is no other point to rest at.
    """

    minimum: Point
    radius: float
    level: float

    def holds(self, points: FloatArray, f: FloatArray) -> BoolArray:
        """Return which points, [2, n], with these values are inside."""
        x, y = points[0] - self.minimum[0], points[1] - self.minimum[1]
        inside: BoolArray = (f < self.level) & (x * x + y * y < self.radius**2)
        return inside


@functools.lru_cache(maxsize=64)
def funnels(function: Function, longest: float) -> tuple[Funnel, ...]:
    """Return the funnels of a function's minima for steps of at most `longest`; none where nothing is sure."""
    found = (_funnel(function, minimum, longest) for minimum in function.minima)
    return tuple(one for one in found if one is not None)


def _funnel(function: Function, minimum: Point, longest: float) -> Funnel | None:
    """Return the deepest funnel of a minimum that sampled rays and circles allow, None where there is none."""
    across = diagonal(function.view)
    even = np.linspace(0, _FURTHEST * across, _RADII + 1)[1:]
    radii = np.concatenate([np.geomspace(_NARROWEST * across, even[0], _NARROW, endpoint=False), even])
    angles = np.arange(_ANGLES) * (2 * np.pi / _ANGLES)
    cosine, sine = np.cos(angles), np.sin(angles)
    with np.errstate(all="ignore"):
        (bottom,) = function.value(np.array([minimum[0]]), np.array([minimum[1]]))
        x, y = minimum[0] + radii[:, None] * cosine, minimum[1] + radii[:, None] * sine
        f = function.value(x, y)
        along_x, along_y = function.gradient(x, y)
        falls = ~(along_x * cosine + along_y * sine > 0) | ~np.isfinite(f)
        lowest = _lowest(function, minimum, radii, f)
    if not np.isfinite(bottom):
        return None
    rises = np.where(np.isfinite(lowest), lowest, -np.inf) - bottom
    # The value at the lowest ray that falls, of all circles up to each.
    barrier = np.minimum.accumulate(np.where(falls, np.where(np.isfinite(f), f, -np.inf), np.inf).min(axis=1)) - bottom
    rims = [(first, last) for first, last in enumerate(np.searchsorted(radii, radii + longest)) if last < len(radii)]
    depths = _SURE * np.array([min(rises[first : last + 1].min(), barrier[first]) for first, last in rims])
    deepest = int(depths.argmax())
    level = float(bottom + depths[deepest])
    if radii[deepest] < _LEAST * across or not level > bottom:
        return None
    return Funnel(minimum, float(radii[deepest]), level)


def _lowest(function: Function, minimum: Point, radii: FloatArray, f: FloatArray) -> FloatArray:
    """Return the least value on each circle, [radii], between the rays, too: a valley may be narrow. f: on the rays."""
    f = np.where(np.isnan(f), -np.inf, f)
    circle, ray = np.nonzero((f <= np.roll(f, 1, axis=1)) & (f <= np.roll(f, -1, axis=1)))
    step = 2 * np.pi / _ANGLES
    low, high = (ray - 1) * step, (ray + 1) * step

    def value(angle: FloatArray) -> FloatArray:
        at = radii[circle]
        found: FloatArray = function.value(minimum[0] + at * np.cos(angle), minimum[1] + at * np.sin(angle))
        return found

    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = value(left), value(right)
    least = np.minimum(f[circle, ray], np.minimum(at_left, at_right))
    for _ in range(_SEARCHED):
        lower = at_left < at_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        fresh = np.where(lower, high - _GOLDEN * (high - low), low + _GOLDEN * (high - low))
        at_fresh = value(fresh)
        left, right = np.where(lower, fresh, right), np.where(lower, left, fresh)
        at_left, at_right = np.where(lower, at_fresh, at_right), np.where(lower, at_left, at_fresh)
        least = np.minimum(least, at_fresh)
    found = np.full(len(radii), np.inf)
    np.minimum.at(found, circle, least)
    return found
