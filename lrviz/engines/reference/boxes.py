"""Boxes in the plane, and the points and paths that lie in them."""

from __future__ import annotations

from lrviz.foundation.plane import Box, Point
from lrviz.results import BoolArray, FloatArray


def held(points: FloatArray, box: Box) -> BoolArray:
    """Return which of points, [2, ...], lie in a box; those that are not finite do not."""
    (left, right), (low, high) = box
    inside: BoolArray = (points[0] >= left) & (points[0] <= right) & (points[1] >= low) & (points[1] <= high)
    return inside


def outside(least: FloatArray, greatest: FloatArray, box: Box) -> BoolArray:
    """Return which paths, [paths], have a row outside a box, given the extremes, [2, paths], of their rows."""
    return ~(held(least, box) & held(greatest, box))


def widened(box: Box, times: float) -> Box:
    """Return a box that is several times as large, about the same centre."""
    (left, right), (low, high) = ((mid - times * half, mid + times * half) for mid, half in map(_middle, box))
    return (left, right), (low, high)


def _middle(bounds: Point) -> Point:
    """Return the middle of an interval, and half its length."""
    return (bounds[0] + bounds[1]) / 2, (bounds[1] - bounds[0]) / 2
