"""Points of the plane, in a module without functions over it: code for results need not import those."""

from __future__ import annotations

Point = tuple[float, float]
Box = tuple[Point, Point]
"""((least x, greatest x), (least y, greatest y))."""
