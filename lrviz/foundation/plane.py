"""Places in the plane, apart from the functions over it: code that handles results need not import those."""

from __future__ import annotations

Point = tuple[float, float]
Box = tuple[Point, Point]
"""((least x, greatest x), (least y, greatest y))."""
